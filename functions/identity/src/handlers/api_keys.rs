//! What the operations on API keys share.

use tenancy::api_keys::{ApiKeySecrets, Issued};
use tenancy::keys::{ApiKeyKey, ApiKeyUseKey};
use tenancy::permission::ManageApiKeys;
use tenancy::records::{ApiKeyRecord, ApiKeyUseRecord};
use tenancy::{MemberError, Permission, Permit, StorageError, Stored};
use web::{Problem, ProblemType};

use crate::handlers::members;
use crate::views::{ApiKeyPath, ApiKeyView};

/// Finds a key of the tenant.
pub(super) async fn find<P: Permission>(
    permit: &Permit<P>,
    path: &ApiKeyPath,
) -> Result<Stored<ApiKeyRecord>, Problem> {
    let key = permit.get(&ApiKeyKey { key: path.key }).await?;
    key.ok_or_else(|| Problem::new(ProblemType::NotFound))
}

/// Returns a key as the API shows it.
pub(super) async fn shown<P: Permission>(
    permit: &Permit<P>,
    key: &ApiKeyRecord,
) -> Result<ApiKeyView, StorageError> {
    let used = ApiKeyUseKey { key: key.id };
    let used = permit.get::<ApiKeyUseRecord>(&used).await?;
    let used_at = used.map(|used| used.used_at);
    Ok(ApiKeyView::of(permit.tenant(), key, used_at, permit.now()))
}

/// Finds the key that an earlier request was answered with, and the whole of it as a program shows it: as long as
/// its secret is the newest one.
pub(super) async fn again(
    permit: &Permit<ManageApiKeys>,
    secrets: &ApiKeySecrets,
    outcome: &str,
) -> Result<(Stored<ApiKeyRecord>, ApiKeyView), Problem> {
    let issued = Issued::read(outcome)?;
    let stored = find(permit, &ApiKeyPath { key: issued.key }).await?;
    let view = shown(permit, &stored).await?;
    let token = secrets.token(permit.tenant(), issued.key, &issued.nonce);
    let view = if stored.secret == token.hash() {
        view.with_key(&token)
    } else {
        view
    };
    Ok((stored, view))
}

/// Returns whether somebody else changed what a change of a key was made of.
pub(super) fn is_lost(error: &MemberError) -> bool {
    let is_changed = matches!(error, MemberError::Commit(error) if error.refused::<ApiKeyKey>());
    is_changed || members::is_lost(error)
}
