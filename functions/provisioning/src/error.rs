//! Why a step did not happen.

use tenancy::{CommitError, StorageError};

/// Why an operation failed, as the person who asked is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// A part of the platform did not answer in all the attempts that there are.
    Unavailable,
    /// Something that was made is not there.
    Unverified,
    /// The host is another website's.
    SubdomainTaken,
    /// The first member is no longer on the platform.
    PersonGone,
    /// The tenant may not make anything now.
    TenantInactive,
}

impl Reason {
    /// Returns the reason: a stable word, and a sentence for people.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Unavailable => {
                "unavailable: a part of the platform did not answer; nothing was kept, please try \
                 again"
            }
            Self::Unverified => {
                "unverified: what was made could not be found again; nothing was kept, please try \
                 again"
            }
            Self::SubdomainTaken => {
                "subdomain_taken: another website answers at this subdomain; please choose another"
            }
            Self::PersonGone => {
                "person_gone: the person who asked is no longer on the platform; please register \
                 again"
            }
            Self::TenantInactive => "tenant_inactive: the tenant is not active",
        }
    }
}

/// Why a step did not happen.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StepError {
    /// Somebody changed what the step stands on since it was read: to be read again.
    #[error("somebody else was first")]
    Lost,
    /// It will never happen.
    #[error("the step cannot be done: {}", .0.text())]
    Impossible(Reason),
    /// The operation names a step that there is not.
    #[error("there is no step `{0}`")]
    Unknown(String),
    /// Storage failed; whether the step happened is not known.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<CommitError> for StepError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Storage(error) => Self::Storage(error),
            CommitError::Refused(_)
            | CommitError::Replayed(_)
            | CommitError::IdempotencyMismatch
            | CommitError::AlreadyDone => Self::Lost,
        }
    }
}
