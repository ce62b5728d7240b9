//! What the tenant core refuses, as problems.

use tenancy::identity::{ProveError, RegisterError};
use tenancy::password::PasswordError;
use tenancy::{CommitError, Denied, Feature, Refusal, StorageError};

use crate::problem::{Problem, ProblemType};

/// When to try again after the platform was busy, in seconds.
const BUSY_RETRY_S: u32 = 1;

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unauthenticated => Self::new(ProblemType::Unauthenticated),
            Refusal::Expired => Self::new(ProblemType::TokenExpired),
            Refusal::InactiveTenant => Self::new(ProblemType::TenantInactive),
            Refusal::TenantMismatch | Refusal::OperatorRequired | Refusal::PersonRequired => {
                Self::new(ProblemType::Forbidden)
            }
            Refusal::ApiAccessMissing => Denied::Missing(Feature::ApiAccess).into(),
            Refusal::MfaRequired => Self::new(ProblemType::MfaRequired),
            Refusal::CrossSite => Self::new(ProblemType::CrossSite),
            Refusal::TenantRequired => Self::new(ProblemType::TenantRequired),
            Refusal::RateLimited => Self::new(ProblemType::RateLimited),
            Refusal::Unavailable => Self::new(ProblemType::Unavailable).retry_after(BUSY_RETRY_S),
        }
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Forbidden => Self::new(ProblemType::Forbidden),
            Denied::Missing(feature) => {
                Self::new(ProblemType::FeatureUnavailable).member("feature", feature.name())
            }
            Denied::Unknown => Self::new(ProblemType::NotFound),
        }
    }
}

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Unavailable { .. } | StorageError::Contended => {
                tracing::warn!(error = ?error, "storage is busy");
                Self::new(ProblemType::Unavailable).retry_after(BUSY_RETRY_S)
            }
            StorageError::Denied { .. }
            | StorageError::Malformed { .. }
            | StorageError::UnknownSchema { .. }
            | StorageError::Unaudited(_)
            | StorageError::TooManyWrites(_)
            | StorageError::UnreadableOutcome(_)
            | StorageError::OutOfReach(_)
            | StorageError::Corrupt => Self::internal(&error),
        }
    }
}

impl From<CommitError> for Problem {
    /// Maps what no area gave a meaning of its own: a lost race is a conflict.
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Refused(_) | CommitError::Replayed(_) | CommitError::AlreadyDone => {
                Self::new(ProblemType::Conflict)
            }
            CommitError::IdempotencyMismatch => Self::new(ProblemType::IdempotencyMismatch),
            CommitError::Storage(error) => error.into(),
        }
    }
}

impl From<PasswordError> for Problem {
    fn from(error: PasswordError) -> Self {
        Self::internal(&error)
    }
}

impl From<ProveError> for Problem {
    fn from(error: ProveError) -> Self {
        match error {
            ProveError::Wrong => Self::new(ProblemType::InvalidCredentials),
            ProveError::Enough(rest_s) => Self::new(ProblemType::RateLimited).retry_after(rest_s),
            ProveError::Password(error) => error.into(),
            ProveError::Commit(error) => error.into(),
        }
    }
}

impl From<RegisterError> for Problem {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::SubdomainTaken => Self::new(ProblemType::SubdomainTaken),
            RegisterError::EmailTaken => Self::new(ProblemType::EmailTaken),
            RegisterError::IdempotencyMismatch => Self::new(ProblemType::IdempotencyMismatch),
            // Whoever can answer with the operation does.
            RegisterError::Replayed(_) => Self::new(ProblemType::Conflict),
            RegisterError::Enough(rest_s) => ProveError::Enough(rest_s).into(),
            RegisterError::Password(error) => error.into(),
            RegisterError::Commit(error) => error.into(),
            RegisterError::Storage(error) => error.into(),
        }
    }
}
