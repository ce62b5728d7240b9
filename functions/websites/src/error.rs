//! What can go wrong with websites, and what callers are told.

use publication::PublishError;
use release::{DecodeError, ReleaseError};
use render::FieldError;
use tenancy::keys::{PointerKey, SiteLabelKey, UsageKey, WebsiteKey};
use tenancy::{CommitError, StorageError};
use web::{Problem, ProblemType};

use crate::domain::IllegalTransition;

/// Why a request was refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WebsiteError {
    /// There is no such website or release, or it is deleted.
    #[error("there is no such website or release")]
    NotFound,
    /// Fields are not what they must be.
    #[error("fields are not valid")]
    Invalid(Vec<FieldError>),
    /// Another website of the tenant has the name.
    #[error("the name is taken")]
    SubdomainTaken,
    /// The tenant has as many websites as it may have.
    #[error("the quota is used up")]
    QuotaExceeded,
    /// The status cannot change like this.
    #[error(transparent)]
    IllegalTransition(#[from] IllegalTransition),
    /// The website is not far enough, or too far, for this.
    #[error("{0}")]
    NotNow(&'static str),
    /// The request meant another version.
    #[error("the website has changed")]
    Stale,
    /// Somebody published in the same places: these.
    #[error("somebody published in the same places")]
    Conflicting(Vec<String>),
    /// What is stored of a release cannot be used.
    #[error("a release cannot be read")]
    Broken(#[source] BrokenRelease),
    /// The change was not made.
    #[error(transparent)]
    Commit(CommitError),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// What is wrong with a stored release.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BrokenRelease {
    /// Its map of routes.
    #[error(transparent)]
    Routes(#[from] ReleaseError),
    /// Its tree.
    #[error(transparent)]
    Tree(#[from] DecodeError),
    /// An object that it names is not there.
    #[error("an object is missing")]
    ObjectMissing,
}

impl From<CommitError> for WebsiteError {
    fn from(error: CommitError) -> Self {
        if error.refused::<SiteLabelKey>() {
            return Self::SubdomainTaken;
        }
        if error.refused::<WebsiteKey>() || error.refused::<PointerKey>() {
            return Self::Stale;
        }
        if error.refused::<UsageKey>() {
            return Self::QuotaExceeded;
        }
        match error {
            CommitError::Storage(error) => Self::Storage(error),
            CommitError::Refused(_)
            | CommitError::Replayed(_)
            | CommitError::IdempotencyMismatch
            | CommitError::AlreadyDone => Self::Commit(error),
        }
    }
}

impl From<PublishError> for WebsiteError {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::WebsiteNotFound | PublishError::ReleaseNotFound => Self::NotFound,
            PublishError::Conflict(places) => Self::Conflicting(places),
            PublishError::Commit(error) => error.into(),
            PublishError::Contended => Self::Storage(StorageError::Contended),
            PublishError::Tree(error) => Self::Broken(error.into()),
            PublishError::Decode(error) => Self::Broken(error.into()),
            PublishError::ObjectMissing => Self::Broken(BrokenRelease::ObjectMissing),
            PublishError::Storage(error) => Self::Storage(error),
        }
    }
}

impl From<WebsiteError> for Problem {
    fn from(error: WebsiteError) -> Self {
        match error {
            WebsiteError::NotFound => Self::new(ProblemType::NotFound),
            WebsiteError::Invalid(errors) => Self::invalid(
                errors
                    .into_iter()
                    .map(|error| web::FieldError::new(error.pointer, error.detail))
                    .collect(),
            ),
            WebsiteError::SubdomainTaken => Self::new(ProblemType::SubdomainTaken),
            WebsiteError::QuotaExceeded => Self::new(ProblemType::QuotaExceeded),
            WebsiteError::IllegalTransition(illegal) => {
                Self::new(ProblemType::IllegalTransition).detail(illegal.to_string())
            }
            WebsiteError::NotNow(detail) => Self::new(ProblemType::Conflict).detail(detail),
            WebsiteError::Stale => Self::new(ProblemType::PreconditionFailed),
            WebsiteError::Conflicting(places) => {
                Self::new(ProblemType::PreconditionFailed).member("conflicts", places)
            }
            WebsiteError::Broken(broken) => Self::internal(&broken),
            WebsiteError::Commit(error) => error.into(),
            WebsiteError::Storage(error) => error.into(),
        }
    }
}
