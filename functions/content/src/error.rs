//! What can go wrong with pages, and what callers are told.

use publication::PublishError;
use release::{DecodeError, ReleaseError};
use render::FieldError;
use render::page::PageError;
use tenancy::keys::{PageKey, SlugKey};
use tenancy::{CommitError, Denied, StorageError};
use web::{Problem, ProblemType};

/// Why a request was refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ContentError {
    /// There is no such website or page.
    #[error("there is no such website or page")]
    NotFound,
    /// It is somebody else's, and whoever asks may change the own ones alone.
    #[error("it is not allowed")]
    Denied(Denied),
    /// Fields are not what they must be.
    #[error("fields are not valid")]
    Invalid(Vec<FieldError>),
    /// Another page of the website has the slug.
    #[error("the slug is taken")]
    SlugTaken,
    /// The website is still being made.
    #[error("the website is still being made")]
    NotReady,
    /// The request meant another version, or somebody changed the page at the same moment.
    #[error("the page has changed")]
    Stale,
    /// What is stored of a page or release cannot be used.
    #[error("what is stored cannot be read")]
    Broken(#[source] Broken),
    /// The change was not made.
    #[error(transparent)]
    Commit(CommitError),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// What is wrong with what is stored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    /// A page.
    #[error(transparent)]
    Page(#[from] PageError),
    /// A release's map of routes.
    #[error(transparent)]
    Routes(#[from] ReleaseError),
    /// A release's tree.
    #[error(transparent)]
    Tree(#[from] DecodeError),
    /// An object is not there.
    #[error("an object is missing")]
    ObjectMissing,
}

impl From<PageError> for ContentError {
    fn from(error: PageError) -> Self {
        Self::Broken(error.into())
    }
}

impl From<Denied> for ContentError {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<CommitError> for ContentError {
    fn from(error: CommitError) -> Self {
        // A page that has changed may have taken the slug itself.
        if error.refused::<PageKey>() {
            return Self::Stale;
        }
        if error.refused::<SlugKey>() {
            return Self::SlugTaken;
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

impl From<PublishError> for ContentError {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::WebsiteNotFound | PublishError::ReleaseNotFound => Self::NotFound,
            PublishError::Commit(error) => error.into(),
            // Pages are put on whatever is live, and conflict with nothing.
            PublishError::Contended | PublishError::Conflict(_) => {
                Self::Storage(StorageError::Contended)
            }
            PublishError::Tree(error) => Self::Broken(error.into()),
            PublishError::Decode(error) => Self::Broken(error.into()),
            PublishError::ObjectMissing => Self::Broken(Broken::ObjectMissing),
            PublishError::Storage(error) => Self::Storage(error),
        }
    }
}

impl From<ContentError> for Problem {
    fn from(error: ContentError) -> Self {
        match error {
            ContentError::NotFound => Self::new(ProblemType::NotFound),
            ContentError::Denied(denied) => denied.into(),
            ContentError::Invalid(errors) => Self::invalid(
                errors
                    .into_iter()
                    .map(|error| web::FieldError::new(error.pointer, error.detail))
                    .collect(),
            ),
            ContentError::SlugTaken => Self::new(ProblemType::SlugTaken),
            ContentError::NotReady => {
                Self::new(ProblemType::Conflict).detail("the website is still being made")
            }
            ContentError::Stale => Self::new(ProblemType::PreconditionFailed),
            ContentError::Broken(broken) => Self::internal(&broken),
            ContentError::Commit(error) => error.into(),
            ContentError::Storage(error) => error.into(),
        }
    }
}
