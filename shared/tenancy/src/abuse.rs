//! The rule against abuse, as data: how much of what nobody does by right may come from a tenant within an hour.
//!
//! Only what was done with a credential of the tenant counts, so that nobody can have somebody else suspended: not
//! passwords that strangers try, and not what visitors read.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use kernel::TenantId;
use kernel::limits::TALLIED_TENANTS_MAX;
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::audit::{Action, AuditRecord};
use crate::rate_plan::Period;
use crate::records::Tier;

/// The name of the member of an entry that says how many requests were refused.
pub(crate) const REFUSED: &str = "refusedRequests";

/// The name of the member of an entry that says how many bytes were answered with.
pub(crate) const EGRESS: &str = "egressBytes";

/// Bytes of a mebibyte.
const MIB: u64 = 1_048_576;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ids of other tenants that were asked for.
    CrossTenant,
    /// Passwords and codes of members who were signed in that were others.
    FailedProofs,
    /// Requests beyond what the tenant, or a key of it, may make.
    RefusedRequests,
    /// Bytes of answers.
    EgressBytes,
}

impl Signal {
    /// Every signal.
    pub const ALL: [Self; 4] = [
        Self::CrossTenant,
        Self::FailedProofs,
        Self::RefusedRequests,
        Self::EgressBytes,
    ];

    /// Returns what an entry of a tenant's trail counts as, and for how much. What operators do in a tenant is not its
    /// doing.
    pub(crate) fn of(entry: &AuditRecord) -> Vec<(Self, u64)> {
        let is_own = entry.impersonator.is_none() && Actor::is_of_tenant(&entry.actor);
        match entry.action {
            Action::CrossTenant if is_own => vec![(Self::CrossTenant, 1)],
            Action::LoginFailed if is_own => vec![(Self::FailedProofs, 1)],
            Action::Overused => {
                let changes = entry.changes.iter().filter_map(|change| {
                    let signal = match change.field.as_str() {
                        REFUSED => Self::RefusedRequests,
                        EGRESS => Self::EgressBytes,
                        _ => return None,
                    };
                    Some((signal, change.after.as_ref()?.parse().ok()?))
                });
                changes.collect()
            }
            Action::CrossTenant
            | Action::LoginFailed
            | Action::Create
            | Action::ReadSensitive
            | Action::Update
            | Action::Delete
            | Action::Restore
            | Action::Publish
            | Action::Rollback
            | Action::Deploy
            | Action::Login
            | Action::PermissionChange
            | Action::Export
            | Action::ConfigChange
            | Action::AccessDenied
            | Action::TrailBroken
            | Action::Misused
            | Action::Suspended => Vec::new(),
        }
    }

    /// Says what so much of it is, for people.
    fn told(self, amount: u64) -> String {
        match self {
            Self::CrossTenant => format!("{amount} requests for what is other tenants'"),
            Self::FailedProofs => format!("{amount} wrong passwords or codes of members"),
            Self::RefusedRequests => format!("{amount} requests beyond the limits"),
            Self::EgressBytes => format!("{} MiB of answers", amount / MIB),
        }
    }
}

/// How much of each there may be within an hour of UTC. One more, and the tenant is suspended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AbuseLimits {
    /// Ids of other tenants that are asked for.
    pub cross_tenant: u32,
    /// Wrong passwords and codes of members who are signed in.
    pub failed_proofs: u32,
    /// Requests beyond the limits.
    pub refused_requests: u32,
    /// Answers, in mebibytes.
    pub egress_mib: u32,
}

impl AbuseLimits {
    /// Returns what a tenant of a tier has, if its contract says nothing else. All of it is far beyond what a program does
    /// by mistake: a client that asks every second for what it lost, one that does not wait when it is told to, and a
    /// backup of everything stay below.
    pub fn of_tier(tier: Tier) -> Self {
        let [cross_tenant, failed_proofs, refused_requests, egress_mib] = match tier {
            Tier::Free => [5_000, 500, 500_000, 20_480],
            Tier::Starter => [5_000, 500, 1_000_000, 102_400],
            Tier::Professional => [10_000, 1_000, 5_000_000, 512_000],
            Tier::Enterprise | Tier::Custom => [20_000, 5_000, 50_000_000, 5_120_000],
        };
        Self {
            cross_tenant,
            failed_proofs,
            refused_requests,
            egress_mib,
        }
    }

    fn of(&self, signal: Signal) -> u64 {
        match signal {
            Signal::CrossTenant => self.cross_tenant.into(),
            Signal::FailedProofs => self.failed_proofs.into(),
            Signal::RefusedRequests => self.refused_requests.into(),
            Signal::EgressBytes => u64::from(self.egress_mib).saturating_mul(MIB),
        }
    }
}

/// What was counted of a tenant within an hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AbuseCounts {
    cross_tenant: u64,
    failed_proofs: u64,
    refused_requests: u64,
    egress_bytes: u64,
}

impl AbuseCounts {
    pub(crate) fn add(&mut self, signal: Signal, amount: u64) {
        let count = match signal {
            Signal::CrossTenant => &mut self.cross_tenant,
            Signal::FailedProofs => &mut self.failed_proofs,
            Signal::RefusedRequests => &mut self.refused_requests,
            Signal::EgressBytes => &mut self.egress_bytes,
        };
        *count = count.saturating_add(amount);
    }

    fn of(&self, signal: Signal) -> u64 {
        match signal {
            Signal::CrossTenant => self.cross_tenant,
            Signal::FailedProofs => self.failed_proofs,
            Signal::RefusedRequests => self.refused_requests,
            Signal::EgressBytes => self.egress_bytes,
        }
    }

    /// Returns why a tenant with these limits is suspended, if it is: the first signal that there is too much of.
    pub(crate) fn beyond(&self, limits: &AbuseLimits) -> Option<String> {
        let is_beyond = |signal: &Signal| self.of(*signal) > limits.of(*signal);
        let signal = Signal::ALL.into_iter().find(is_beyond)?;
        let most = signal.told(limits.of(signal));
        let much = signal.told(self.of(signal));
        Some(format!("abuse: {much} within an hour; the most is {most}"))
    }
}

/// Counts in memory what is too frequent to be written down each time, and says when there is enough to be. What is
/// counted of an hour and never comes to that is forgotten.
#[derive(Debug)]
pub struct Tally {
    step: u64,
    counted: Mutex<BTreeMap<TenantId, (Timestamp, u64)>>,
}

impl Tally {
    /// Makes a tally that says of every `step` that there is enough.
    pub fn new(step: u64) -> Self {
        Self {
            step,
            counted: Mutex::default(),
        }
    }

    /// Counts `amount` more of a tenant. Returns what there is to be written down.
    pub fn add(&self, tenant: TenantId, amount: u64, now: Timestamp) -> Option<u64> {
        let hour = Period::Hour.begun(now);
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.len() >= TALLIED_TENANTS_MAX && !counted.contains_key(&tenant) {
            counted.retain(|_, (of, _)| *of == hour);
            if counted.len() >= TALLIED_TENANTS_MAX {
                counted.clear();
            }
        }
        let (of, count) = counted.entry(tenant).or_insert((hour, 0));
        if *of != hour {
            (*of, *count) = (hour, 0);
        }
        *count = count.saturating_add(amount);
        let is_enough = *count >= self.step;
        is_enough.then(|| std::mem::take(count))
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{AbuseCounts, AbuseLimits, Signal, Tally};
    use crate::records::Tier;

    #[test]
    fn a_larger_tier_may_have_no_less_and_as_much_as_is_said_is_not_too_much() {
        for signal in Signal::ALL {
            let of_tiers = Tier::ALL.map(|tier| AbuseLimits::of_tier(tier).of(signal));
            assert!(of_tiers.is_sorted(), "{signal:?} {of_tiers:?}");
            let limits = AbuseLimits::of_tier(Tier::Free);
            let mut counts = AbuseCounts::default();
            counts.add(signal, limits.of(signal));
            assert_eq!(counts.beyond(&limits), None);
            counts.add(signal, 1);
            let why = counts.beyond(&limits).unwrap();
            assert!(
                why.starts_with("abuse: ") && why.contains("within an hour"),
                "{why}"
            );
        }
    }

    #[test]
    fn a_tally_says_when_there_is_enough_of_one_tenant_within_an_hour() {
        let tenant = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
        let other = "01890a5d-ac96-774b-bcce-b302099a8058".parse().unwrap();
        let now = Timestamp::UNIX_EPOCH;
        let later = Timestamp::from_second(3_600).unwrap();
        let tally = Tally::new(10);
        assert_eq!(tally.add(tenant, 9, now), None);
        assert_eq!(tally.add(other, 9, now), None);
        assert_eq!(tally.add(tenant, 3, now), Some(12));
        assert_eq!(tally.add(tenant, 9, now), None);
        assert_eq!(tally.add(tenant, 9, later), None, "of another hour");
        assert_eq!(tally.add(tenant, 1, later), Some(10));
    }
}
