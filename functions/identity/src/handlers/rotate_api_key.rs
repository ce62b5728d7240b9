//! `POST /api/v1/tenant/api-keys/{key}/rotate`

use kernel::time::plus_seconds;
use tenancy::api_keys::Issued;
use tenancy::permission::ManageApiKeys;
use tenancy::records::{ApiKeyRecord, EarlierSecret};
use tenancy::{Feature, Permit, StorageError};
use web::{Body, Idempotent, IfMatch, Path, Problem, Repeatable, State, Tagged};

use crate::handlers::api_keys::{again, find, is_lost, shown};
use crate::handlers::members::refusal;
use crate::handlers::{ATTEMPTS_MAX, unless_made};
use crate::state;
use crate::views::{ApiKeyPath, ApiKeyView, Rotation};

/// Gives an API key another secret. The one before is good for a while, so that programs can be given the new one
/// without a gap; one from before that is over at once.
pub(crate) async fn rotate_api_key(
    permit: Permit<ManageApiKeys>,
    State(state): State<state::State>,
    Path(path): Path<ApiKeyPath>,
    Idempotent(once): Idempotent,
    if_match: IfMatch,
    Body(rotation): Body<Rotation>,
) -> Result<Repeatable<Tagged<ApiKeyView>>, Problem> {
    permit.require_feature(Feature::ApiAccess)?;
    let overlap_s = rotation.read()?;
    for _ in 0..ATTEMPTS_MAX {
        if let Some(outcome) = permit.replayed(once.as_ref()).await? {
            let (stored, view) = again(&permit, &state.api_key_secrets, &outcome).await?;
            let version = stored.version();
            return Ok(Repeatable::again(Tagged { version, view }));
        }
        let stored = find(&permit, &path).await?;
        // Two who rotate at once would take the secret that is in use away.
        if_match.check(stored.version())?;
        let (nonce, now) = (permit.nonce(), permit.now());
        let token = state
            .api_key_secrets
            .token(permit.tenant(), stored.id, &nonce);
        let rotated = ApiKeyRecord {
            rotated_at: now,
            secret: token.hash(),
            earlier: Some(EarlierSecret {
                secret: stored.secret,
                ends_at: plus_seconds(now, overlap_s),
            }),
            ..stored.record.clone()
        };
        let issued = Issued {
            key: stored.id,
            nonce,
        };
        match permit.rotate_api_key(&stored, &rotated, issued, once).await {
            Ok(()) => {
                return Ok(Repeatable::first(Tagged {
                    version: stored.version().saturating_add(1),
                    view: shown(&permit, &rotated).await?.with_key(&token),
                }));
            }
            Err(error) if is_lost(&error) => {}
            Err(error) => unless_made(&permit, once.as_ref(), refusal(error)).await?,
        }
    }
    Err(StorageError::Contended.into())
}
