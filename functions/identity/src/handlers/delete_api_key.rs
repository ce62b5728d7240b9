//! `DELETE /api/v1/tenant/api-keys/{key}`

use tenancy::permission::ManageApiKeys;
use tenancy::{Permit, StorageError};
use web::{IfMatch, NoContent, Path, Problem};

use crate::handlers::ATTEMPTS_MAX;
use crate::handlers::api_keys::{find, is_lost};
use crate::handlers::members::refusal;
use crate::views::ApiKeyPath;

/// Ends an API key: within a minute, wherever it is shown.
pub(crate) async fn delete_api_key(
    permit: Permit<ManageApiKeys>,
    Path(path): Path<ApiKeyPath>,
    if_match: IfMatch,
) -> Result<NoContent, Problem> {
    for _ in 0..ATTEMPTS_MAX {
        let stored = find(&permit, &path).await?;
        if_match.check(stored.version())?;
        match permit.delete_api_key(&stored).await {
            Ok(()) => return Ok(NoContent),
            Err(error) if is_lost(&error) => {}
            Err(error) => return Err(refusal(error)),
        }
    }
    Err(StorageError::Contended.into())
}
