//! Whether tenants are in use, whose access tokens were taken back and what roles may do and need, remembered for a
//! minute.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use kernel::TenantId;
use kernel::limits::{INACTIVE_CACHE_S, TENANT_STATUS_CACHE_S};
use kernel::time::plus_seconds;
use tenancy::identity::Identity;
use tenancy::rate_plan::{RateLimits, RatePlan};
use tenancy::records::{Revocations, TenantRecord, TenantStatus, Tier};
use tenancy::{MfaRule, Plan, Policy, StorageError};

use crate::room::make_room;

/// What access tokens are held against, beyond their signature.
#[derive(Debug)]
pub(crate) struct Known {
    /// Whether the tenant is in use; the platform always is.
    pub(crate) is_active: bool,
    /// What the tenant has.
    pub(crate) plan: Plan,
    /// Whose access tokens were taken back.
    pub(crate) revocations: Revocations,
    /// What each role may do in the tenant.
    pub(crate) policy: Policy,
    /// Which roles need a second factor there.
    pub(crate) mfa: MfaRule,
    /// How often it may be asked something.
    pub(crate) rate_limits: RateLimits,
}

/// What is remembered: of tenants, and of the platform under no tenant.
#[derive(Debug, Default)]
pub(crate) struct Standings(Mutex<BTreeMap<Option<TenantId>, Remembered>>);

/// What was read, and until when that holds.
type Remembered = (Arc<Known>, Timestamp);

impl Standings {
    /// Returns what access tokens to a tenant are held against, or without one those of operators.
    pub(crate) async fn of(
        &self,
        identity: &Identity,
        place: Option<TenantId>,
    ) -> Result<Arc<Known>, StorageError> {
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
        make_room(&mut standings, |(_, until)| now < *until);
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
            plan: Plan::NONE,
            revocations: identity.operator_revocations().await?,
            policy: Policy::nothing(),
            mfa: MfaRule::default(),
            rate_limits: RatePlan::default().limits(Tier::Free),
        });
    };
    let standing = identity.standing(tenant).await?;
    let tenant = standing.tenant.as_ref();
    Ok(Known {
        is_active: tenant.is_some_and(|tenant| tenant.status == TenantStatus::Active),
        plan: tenant.map_or(Plan::NONE, TenantRecord::plan),
        revocations: standing.revocations,
        policy: standing.policy,
        mfa: standing.mfa,
        rate_limits: tenant.map_or_else(
            || RatePlan::default().limits(Tier::Free),
            TenantRecord::rate_limits,
        ),
    })
}
