//! `GET /api/v1/tenant/api-keys/{key}/usage`

use tenancy::Permit;
use tenancy::keys::TrafficKey;
use tenancy::permission::ReadApiKeys;
use tenancy::records::TrafficRecord;
use web::{Listed, Paging, Path, Problem};

use crate::handlers::api_keys::find;
use crate::views::{ApiKeyPath, ApiKeyUsageView};

/// Lists how many requests were made with an API key on each day on which there were some, the newest first.
pub(crate) async fn list_api_key_usage(
    permit: Permit<ReadApiKeys>,
    Path(path): Path<ApiKeyPath>,
    paging: Paging,
) -> Result<Listed<ApiKeyUsageView>, Problem> {
    let key = find(&permit, &path).await?;
    let days = TrafficKey::partition_of(TrafficRecord::whose(Some(key.id)));
    let slice = permit
        .list_newest_first::<TrafficRecord>(&days, paging.from.after.as_ref(), paging.limit)
        .await?;
    Ok(paging.page(slice, |day| ApiKeyUsageView::of(&day.traffic)))
}
