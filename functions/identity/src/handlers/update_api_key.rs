//! `PUT /api/v1/tenant/api-keys/{key}`

use tenancy::permission::ManageApiKeys;
use tenancy::records::ApiKeyRecord;
use tenancy::{Feature, Permit, StorageError};
use web::{Body, IfMatch, Path, Problem, Tagged};

use crate::handlers::ATTEMPTS_MAX;
use crate::handlers::api_keys::{find, is_lost, shown};
use crate::handlers::members::refusal;
use crate::views::{ApiKeyChange, ApiKeyPath, ApiKeyView};

/// Says what an API key is called, lets do and when it ends: within a minute, wherever it is shown. What is left out
/// stays as it is, as does its secret.
pub(crate) async fn update_api_key(
    permit: Permit<ManageApiKeys>,
    Path(path): Path<ApiKeyPath>,
    if_match: IfMatch,
    Body(change): Body<ApiKeyChange>,
) -> Result<Tagged<ApiKeyView>, Problem> {
    permit.require_feature(Feature::ApiAccess)?;
    for _ in 0..ATTEMPTS_MAX {
        let stored = find(&permit, &path).await?;
        if_match.check(stored.version())?;
        let read = change.read(&stored, permit.now())?;
        let key = ApiKeyRecord {
            name: read.name,
            scopes: read.scopes,
            websites: read.websites,
            ends_at: read.ends_at,
            ..stored.record.clone()
        };
        let mut version = stored.version();
        if key != stored.record {
            match permit.change_api_key(&stored, &key).await {
                Ok(()) => version = version.saturating_add(1),
                Err(error) if is_lost(&error) => continue,
                Err(error) => return Err(refusal(error)),
            }
        }
        let view = shown(&permit, &key).await?;
        return Ok(Tagged { version, view });
    }
    Err(StorageError::Contended.into())
}
