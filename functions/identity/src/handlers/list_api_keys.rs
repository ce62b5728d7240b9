//! `GET /api/v1/tenant/api-keys`

use std::collections::BTreeMap;

use kernel::limits::LIST_ITEMS_MAX;
use tenancy::Permit;
use tenancy::keys::{ApiKeyKey, ApiKeyUseKey};
use tenancy::permission::ReadApiKeys;
use tenancy::records::{ApiKeyRecord, ApiKeyUseRecord};
use web::{Listed, Paging, Problem};

use crate::views::ApiKeyView;

/// Lists the tenant's API keys, the newest first, with those that have ended, and when each was used last.
pub(crate) async fn list_api_keys(
    permit: Permit<ReadApiKeys>,
    paging: Paging,
) -> Result<Listed<ApiKeyView>, Problem> {
    let keys = ApiKeyKey::partition_of();
    let slice = permit
        .list_newest_first::<ApiKeyRecord>(&keys, paging.from.after.as_ref(), paging.limit)
        .await?;
    // There are no more keys than items on a page.
    let partition = ApiKeyUseKey::partition_of();
    let found = permit
        .list::<ApiKeyUseRecord>(&partition, None, LIST_ITEMS_MAX)
        .await?;
    let last: BTreeMap<_, _> = found
        .records
        .iter()
        .map(|used| (used.id, used.used_at))
        .collect();
    let (tenant, now) = (permit.tenant(), permit.now());
    Ok(paging.page(slice, |key| {
        ApiKeyView::of(tenant, &key, last.get(&key.id).copied(), now)
    }))
}
