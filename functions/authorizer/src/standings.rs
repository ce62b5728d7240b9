//! Whether tenants are in use and whose access tokens were taken back, remembered for a minute.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use kernel::TenantId;
use kernel::limits::{CACHE_ENTRIES_MAX, INACTIVE_CACHE_S, TENANT_STATUS_CACHE_S};
use kernel::time::plus_seconds;
use tenancy::StorageError;
use tenancy::gateway::Standing;
use tenancy::identity::Identity;
use tenancy::records::{Revocations, TenantRecord, TenantStatus};

/// What access tokens are held against, beyond their signature.
#[derive(Debug)]
pub(crate) struct Known {
    /// Whether the tenant is in use; the platform always is.
    pub(crate) is_active: bool,
    /// Whose access tokens were taken back.
    pub(crate) revocations: Revocations,
}

/// What is remembered: of tenants, and of the platform under no tenant.
#[derive(Debug, Default)]
pub(crate) struct Standings(Mutex<BTreeMap<Option<TenantId>, Remembered>>);

/// What was read, and until when that holds.
type Remembered = (Arc<Known>, Timestamp);

impl Standings {
    /// Returns what access tokens of a standing are held against.
    pub(crate) async fn of(
        &self,
        identity: &Identity,
        standing: &Standing,
    ) -> Result<Arc<Known>, StorageError> {
        let place = match standing {
            Standing::Member(tenant, _) => Some(*tenant),
            Standing::Operator => None,
        };
        let now = identity.platform().now();
        let known = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&place)
            .cloned();
        if let Some((known, until)) = known
            && now < until
        {
            return Ok(known);
        }
        let read = Arc::new(read(identity, place).await?);
        let mut standings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if standings.len() >= CACHE_ENTRIES_MAX {
            standings.retain(|_, (_, until)| now < *until);
        }
        if standings.len() >= CACHE_ENTRIES_MAX {
            standings.clear();
        }
        // A tenant that comes back is not kept waiting for as long as one that goes may linger.
        let life_s = if read.is_active {
            TENANT_STATUS_CACHE_S
        } else {
            INACTIVE_CACHE_S
        };
        standings.insert(place, (Arc::clone(&read), plus_seconds(now, life_s)));
        Ok(read)
    }
}

async fn read(identity: &Identity, place: Option<TenantId>) -> Result<Known, StorageError> {
    let Some(tenant) = place else {
        return Ok(Known {
            is_active: true,
            revocations: identity.operator_revocations().await?,
        });
    };
    let standing = identity.standing(tenant).await?;
    let is_active = |tenant: TenantRecord| tenant.status == TenantStatus::Active;
    Ok(Known {
        is_active: standing.tenant.is_some_and(is_active),
        revocations: standing.revocations,
    })
}
