//! Why a pointer did not move.

use release::{DecodeError, ReleaseError};
use tenancy::{CommitError, StorageError};

/// Why a publication did not happen. Visitors see what they saw before.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// There is no such website.
    #[error("there is no such website")]
    WebsiteNotFound,
    /// There is no such release.
    #[error("there is no such release")]
    ReleaseNotFound,
    /// Somebody published something else in the same places meanwhile: these keys, and `theme` or
    /// `config`.
    #[error("somebody published in the same places")]
    Conflict(Vec<String>),
    /// What was to be written along with the move was not as needed, or was written before.
    #[error(transparent)]
    Commit(CommitError),
    /// Others moved the pointer again and again.
    #[error("the pointer was moved by others too often")]
    Contended,
    /// The tree cannot be made or read.
    #[error("the release tree cannot be worked on")]
    Tree(#[from] ReleaseError),
    /// A stored tree cannot be read.
    #[error("a stored tree cannot be read")]
    Decode(#[from] DecodeError),
    /// An object that a tree names is not there.
    #[error("an object of a release is missing")]
    ObjectMissing,
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<CommitError> for PublishError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Storage(error) => Self::Storage(error),
            CommitError::Refused(_)
            | CommitError::Replayed(_)
            | CommitError::IdempotencyMismatch
            | CommitError::AlreadyDone => Self::Commit(error),
        }
    }
}
