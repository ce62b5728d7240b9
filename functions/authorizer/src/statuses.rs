//! Whether tenants are in use, remembered for a minute.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use kernel::TenantId;
use kernel::limits::{CACHE_ENTRIES_MAX, INACTIVE_CACHE_S, TENANT_STATUS_CACHE_S};
use kernel::time::plus_seconds;
use tenancy::StorageError;
use tenancy::identity::Identity;
use tenancy::records::TenantStatus;

/// What is remembered: by tenant, whether it is in use, and until when that holds.
#[derive(Debug, Default)]
pub(crate) struct Statuses(Mutex<BTreeMap<TenantId, (bool, Timestamp)>>);

impl Statuses {
    /// Returns whether a tenant is in use.
    pub(crate) async fn is_active(
        &self,
        identity: &Identity,
        tenant: TenantId,
    ) -> Result<bool, StorageError> {
        let now = identity.platform().now();
        let known = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&tenant)
            .copied();
        if let Some((is_active, until)) = known
            && now < until
        {
            return Ok(is_active);
        }
        let record = identity.tenant(tenant).await?;
        let is_active = record.is_some_and(|record| record.status == TenantStatus::Active);
        let mut statuses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if statuses.len() >= CACHE_ENTRIES_MAX {
            statuses.retain(|_, (_, until)| now < *until);
        }
        if statuses.len() >= CACHE_ENTRIES_MAX {
            statuses.clear();
        }
        // A tenant that comes back is not kept waiting for as long as one that goes may linger.
        let life_s = if is_active {
            TENANT_STATUS_CACHE_S
        } else {
            INACTIVE_CACHE_S
        };
        statuses.insert(tenant, (is_active, plus_seconds(now, life_s)));
        Ok(is_active)
    }
}
