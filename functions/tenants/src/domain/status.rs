//! Moving a tenant from one status to another.

use jiff::Timestamp;
use kernel::limits::UNDO_LIFE_S;
use kernel::time::plus_seconds;
use tenancy::records::{TenantRecord, TenantStatus};

/// What came of a wish to move.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Move {
    /// The tenant as it is after the move.
    To(Box<TenantRecord>),
    /// It is there already.
    Nowhere,
    /// There is no way.
    Illegal,
}

/// Moves `tenant` to `status`. A deleted tenant whose time of grace is over goes nowhere any more.
pub(crate) fn move_to(
    tenant: &TenantRecord,
    status: TenantStatus,
    reason: Option<String>,
    now: Timestamp,
) -> Move {
    if tenant.status == status {
        return Move::Nowhere;
    }
    let is_over = tenant.purge_at.is_some_and(|purge_at| purge_at <= now);
    if is_over || !tenant.status.may_become(status) {
        return Move::Illegal;
    }
    let mut next = TenantRecord {
        status,
        updated_at: now,
        ..tenant.clone()
    };
    next.suspended_at = (status == TenantStatus::Suspended).then_some(now);
    next.suspended_reason = reason.filter(|_| status == TenantStatus::Suspended);
    next.purge_at =
        (status == TenantStatus::Deprovisioning).then(|| plus_seconds(now, UNDO_LIFE_S));
    Move::To(Box::new(next))
}

#[cfg(test)]
mod tests;
