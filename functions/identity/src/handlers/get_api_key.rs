//! `GET /api/v1/tenant/api-keys/{key}`

use tenancy::Permit;
use tenancy::permission::ReadApiKeys;
use web::{Path, Problem, Tagged};

use crate::handlers::api_keys::{find, shown};
use crate::views::{ApiKeyPath, ApiKeyView};

/// Returns an API key, without its secret.
pub(crate) async fn get_api_key(
    permit: Permit<ReadApiKeys>,
    Path(path): Path<ApiKeyPath>,
) -> Result<Tagged<ApiKeyView>, Problem> {
    let stored = find(&permit, &path).await?;
    Ok(Tagged {
        version: stored.version(),
        view: shown(&permit, &stored).await?,
    })
}
