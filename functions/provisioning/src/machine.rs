//! The machine of an operation: what comes next, given how far it got. It must never know what a
//! step does or where the operation is kept.
//!
//! ```text
//! pending ─▶ running, steps done in order ─────────────────────────────────────▶ succeeded
//!               │ a step fails
//!               ▼
//!            running with a failed step: steps undone in reverse ─▶ given up ───▶ failed
//! ```
//! A failed step may have left something behind outside the table, so it is undone first; its end
//! says that this was done. What succeeded or failed never changes again.

use jiff::Timestamp;
use tenancy::records::{OperationRecord, OperationStatus, Step, StepStatus};

/// What an operation needs next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing: it ended.
    Nothing,
    /// The step at this position, done.
    Do(usize),
    /// The step at this position, undone.
    Undo(usize),
    /// To be ended: all steps are undone.
    GiveUp,
}

/// Returns what an operation needs next.
pub(crate) fn next(operation: &OperationRecord) -> Next {
    match operation.status {
        OperationStatus::Succeeded | OperationStatus::Failed => Next::Nothing,
        OperationStatus::Pending | OperationStatus::Running if is_unwinding(operation) => operation
            .steps
            .iter()
            .rposition(is_to_be_undone)
            .map_or(Next::GiveUp, Next::Undo),
        OperationStatus::Pending | OperationStatus::Running => operation
            .steps
            .iter()
            .position(|step| step.status == StepStatus::Pending)
            .map_or(Next::Nothing, Next::Do),
    }
}

/// Returns the operation after the step at `position` was done.
#[must_use]
pub(crate) fn done(
    operation: &OperationRecord,
    position: usize,
    now: Timestamp,
) -> OperationRecord {
    let mut after = with_step(operation, position, StepStatus::Succeeded, Some(now));
    if after
        .steps
        .iter()
        .all(|step| step.status == StepStatus::Succeeded)
    {
        after.status = OperationStatus::Succeeded;
        after.ended_at = Some(now);
    }
    after
}

/// Returns the operation after the step at `position` was found impossible.
#[must_use]
pub(crate) fn failed(
    operation: &OperationRecord,
    position: usize,
    reason: &str,
) -> OperationRecord {
    let mut after = with_step(operation, position, StepStatus::Failed, None);
    after.reason = Some(reason.to_owned());
    after
}

/// Returns the operation after the step at `position` was undone.
#[must_use]
pub(crate) fn undone(
    operation: &OperationRecord,
    position: usize,
    now: Timestamp,
) -> OperationRecord {
    let has_failed = operation
        .steps
        .get(position)
        .is_some_and(|step| step.status == StepStatus::Failed);
    let status = if has_failed {
        StepStatus::Failed
    } else {
        StepStatus::Compensated
    };
    with_step(operation, position, status, Some(now))
}

/// Returns the operation after its end as a failure.
#[must_use]
pub(crate) fn given_up(operation: &OperationRecord, now: Timestamp) -> OperationRecord {
    OperationRecord {
        status: OperationStatus::Failed,
        ended_at: Some(now),
        ..operation.clone()
    }
}

/// Returns whether an operation is on its way back.
fn is_unwinding(operation: &OperationRecord) -> bool {
    operation
        .steps
        .iter()
        .any(|step| step.status == StepStatus::Failed)
}

fn is_to_be_undone(step: &Step) -> bool {
    match step.status {
        StepStatus::Succeeded => true,
        StepStatus::Failed => step.ended_at.is_none(),
        StepStatus::Pending | StepStatus::Compensated => false,
    }
}

fn with_step(
    operation: &OperationRecord,
    position: usize,
    status: StepStatus,
    ended_at: Option<Timestamp>,
) -> OperationRecord {
    let mut after = operation.clone();
    after.status = OperationStatus::Running;
    if let Some(step) = after.steps.get_mut(position) {
        step.status = status;
        step.ended_at = ended_at;
    }
    after
}

#[cfg(test)]
mod tests;
