//! Driving an operation to its end: read it, take the next step, and read it again. Progress is
//! written with the step's effect and under the operation's version, so of two workers on the same
//! operation one is first and the other reads what it did.

use queue::Outcome;
use tenancy::StorageError;
use tenancy::records::OperationRecord;

use crate::consumer::Patience;
use crate::error::{Reason, StepError};
use crate::machine::{self, Next};

/// Times in a row that others may be first before a step counts as unavailable.
const LOSSES_MAX: u32 = 8;

/// Transitions of one message: more than any operation has there and back.
const TRANSITIONS_MAX: u32 = 64;

/// What is made step by step.
pub(crate) trait Saga {
    /// The operation as it was read.
    type Read;

    /// Reads the operation.
    async fn read(&self) -> Result<Option<Self::Read>, StorageError>;

    /// Returns the operation.
    fn operation(read: &Self::Read) -> &OperationRecord;

    /// Does the step at `position`, with the note that it is done.
    async fn perform(&self, read: &Self::Read, position: usize) -> Result<(), StepError>;

    /// Undoes the step at `position`, with the note that it is undone. What it made may be there,
    /// in part, or not at all.
    async fn undo(&self, read: &Self::Read, position: usize) -> Result<(), StepError>;

    /// Takes away what was there before the first step, with the note that the operation failed.
    async fn give_up(&self, read: &Self::Read) -> Result<(), StepError>;

    /// Notes `after` and does nothing else.
    async fn note(&self, read: &Self::Read, after: OperationRecord) -> Result<(), StepError>;
}

/// Drives an operation to its end, or to where it must wait for its message to come again.
pub(crate) async fn run<S: Saga>(saga: &S, patience: Patience) -> Outcome {
    let mut losses = 0;
    for _ in 0..TRANSITIONS_MAX {
        let read = match saga.read().await {
            Ok(Some(read)) => read,
            Ok(None) => return Outcome::Poison("there is no such operation".to_owned()),
            Err(error) => return Outcome::Retry(error.to_string()),
        };
        let operation = S::operation(&read);
        let next = machine::next(operation);
        tracing::info!(operation.id = %operation.id, kind = operation.kind, ?next, "provisioning");
        let result = match next {
            Next::Nothing => return Outcome::Done,
            Next::Do(position) => match saga.perform(&read, position).await {
                Err(error) => match verdict(error, patience, losses) {
                    Verdict::Fail(reason) => {
                        let after = machine::failed(operation, position, reason.text());
                        saga.note(&read, after).await
                    }
                    Verdict::Pass(error) => Err(error),
                },
                Ok(()) => Ok(()),
            },
            Next::Undo(position) => saga.undo(&read, position).await,
            Next::GiveUp => saga.give_up(&read).await,
        };
        match result {
            Ok(()) => losses = 0,
            Err(StepError::Lost) if losses < LOSSES_MAX => losses += 1,
            Err(error @ StepError::Unknown(_)) => return Outcome::Poison(error.to_string()),
            Err(error) => return Outcome::Retry(error.to_string()),
        }
    }
    Outcome::Retry("the operation did not come to its end".to_owned())
}

/// What an error of a step means for its operation.
enum Verdict {
    /// The operation fails.
    Fail(Reason),
    /// It does not, yet.
    Pass(StepError),
}

/// Decides whether a step that did not happen fails its operation. That is noted under the version
/// that the operation had before the step: a step that did happen, and only its answer was lost,
/// cannot be failed.
fn verdict(error: StepError, patience: Patience, losses: u32) -> Verdict {
    match error {
        StepError::Impossible(reason) => {
            tracing::warn!(reason = reason.text(), "a step cannot be done");
            Verdict::Fail(reason)
        }
        StepError::Storage(error) if patience == Patience::Spent => {
            tracing::warn!(error = %error, "a step was tried too often");
            Verdict::Fail(Reason::Unavailable)
        }
        StepError::Lost if patience == Patience::Spent && losses >= LOSSES_MAX => {
            Verdict::Fail(Reason::Unavailable)
        }
        StepError::Lost | StepError::Storage(_) | StepError::Unknown(_) => Verdict::Pass(error),
    }
}
