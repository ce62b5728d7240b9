//! `POST /api/v1/tenant/api-keys`

use kernel::ApiKeyId;
use tenancy::api_keys::{ApiKeySecrets, Issued};
use tenancy::keys::UsageKey;
use tenancy::permission::ManageApiKeys;
use tenancy::records::ApiKeyRecord;
use tenancy::{Actor, Feature, MemberError, Permit, StorageError};
use web::{Body, Created, Idempotent, Problem, ProblemType, Repeatable, State};

use crate::handlers::api_keys::{again, is_lost};
use crate::handlers::members::refusal;
use crate::handlers::{ATTEMPTS_MAX, unless_made};
use crate::state;
use crate::views::{ApiKeyView, NewApiKey};

type Answer = Repeatable<Created<ApiKeyView>>;

/// Makes an API key. The answer is the only one that has the whole key, however often the request is repeated.
pub(crate) async fn create_api_key(
    permit: Permit<ManageApiKeys>,
    State(state): State<state::State>,
    Idempotent(once): Idempotent,
    Body(new): Body<NewApiKey>,
) -> Result<Answer, Problem> {
    let Actor::Member(created_by) = permit.actor() else {
        return Err(Problem::new(ProblemType::Forbidden));
    };
    permit.require_feature(Feature::ApiAccess)?;
    let secrets = &state.api_key_secrets;
    let now = permit.now();
    // What was good when it was made may be none any more, such as an end that is over.
    let read = match (permit.replayed(once.as_ref()).await?, new.read(now)) {
        (Some(outcome), _) => return again_created(&permit, secrets, &outcome).await,
        (None, read) => read?,
    };
    let (id, nonce) = (ApiKeyId::mint(permit.mint()), permit.nonce());
    let token = secrets.token(permit.tenant(), id, &nonce);
    let key = ApiKeyRecord {
        id,
        name: read.name,
        scopes: read.scopes,
        websites: read.websites,
        created_by,
        created_at: now,
        ends_at: read.ends_at,
        rotated_at: now,
        secret: token.hash(),
        earlier: None,
    };
    let issued = Issued { key: id, nonce };
    for _ in 0..ATTEMPTS_MAX {
        match permit.create_api_key(&key, issued, once).await {
            Ok(()) => {
                let view = ApiKeyView::of(permit.tenant(), &key, None, now).with_key(&token);
                return Ok(Repeatable::first(created(&key, 1, view)));
            }
            Err(error) if is_lost(&error) => {}
            Err(MemberError::Commit(error)) if error.refused::<UsageKey>() => {
                let detail = "the tenant has as many API keys as it can";
                return Err(Problem::new(ProblemType::QuotaExceeded).detail(detail));
            }
            Err(error) => unless_made(&permit, once.as_ref(), refusal(error)).await?,
        }
        if let Some(outcome) = permit.replayed(once.as_ref()).await? {
            return again_created(&permit, secrets, &outcome).await;
        }
    }
    Err(StorageError::Contended.into())
}

async fn again_created(
    permit: &Permit<ManageApiKeys>,
    secrets: &ApiKeySecrets,
    outcome: &str,
) -> Result<Answer, Problem> {
    let (stored, view) = again(permit, secrets, outcome).await?;
    Ok(Repeatable::again(created(&stored, stored.version(), view)))
}

fn created(key: &ApiKeyRecord, version: u64, view: ApiKeyView) -> Created<ApiKeyView> {
    Created {
        location: format!("/api/v1/tenant/api-keys/{}", key.id),
        version,
        view,
    }
}
