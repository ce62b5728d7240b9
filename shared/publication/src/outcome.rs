//! What came of asking for a move of the pointer, and how that is remembered under an idempotency
//! key.

use std::fmt;

use kernel::ReleaseId;
use tenancy::{CommitError, Mutates, Once, Permission, Permit, StorageError};

use crate::error::PublishError;

/// What came of a publication or an activation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// The release that was live afterwards.
    pub release: ReleaseId,
    /// Whether the pointer moved; it does not where nothing was different.
    pub is_moved: bool,
    /// Whether this came of an earlier request under the same idempotency key, and this one
    /// changed nothing.
    pub is_replayed: bool,
}

/// The words for whether the pointer moved.
const MOVED: &str = "moved";
const UNMOVED: &str = "unmoved";

/// Stands between such a word and the release.
const SEPARATOR: char = '/';

/// As it is remembered.
impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.is_moved { MOVED } else { UNMOVED };
        write!(formatter, "{word}{SEPARATOR}{}", self.release)
    }
}

impl Outcome {
    pub(crate) fn moved(release: ReleaseId) -> Self {
        Self {
            release,
            is_moved: true,
            is_replayed: false,
        }
    }

    fn unmoved(release: ReleaseId) -> Self {
        Self {
            is_moved: false,
            ..Self::moved(release)
        }
    }

    /// Reads what is remembered.
    pub(crate) fn replayed(text: &str) -> Result<Self, StorageError> {
        let read = |(word, release): (&str, &str)| {
            let release = release.parse().ok()?;
            let outcome = match word {
                MOVED => Self::moved(release),
                UNMOVED => Self::unmoved(release),
                _ => return None,
            };
            Some(Self {
                is_replayed: true,
                ..outcome
            })
        };
        text.split_once(SEPARATOR)
            .and_then(read)
            .ok_or_else(|| StorageError::UnreadableOutcome(text.to_owned()))
    }
}

/// Remembers that the pointer stayed, and returns that.
pub(crate) async fn remember_unmoved<P: Mutates>(
    permit: &Permit<P>,
    release: ReleaseId,
    once: Option<Once>,
) -> Result<Outcome, PublishError> {
    let outcome = Outcome::unmoved(release);
    match permit.remember(once, outcome).await {
        Ok(()) => Ok(outcome),
        Err(CommitError::Replayed(first)) => Ok(Outcome::replayed(&first)?),
        Err(error) => Err(error.into()),
    }
}

/// Returns what came of an earlier request under the same idempotency key, if there was one.
pub async fn replayed<P: Permission>(
    permit: &Permit<P>,
    once: Option<&Once>,
) -> Result<Option<Outcome>, PublishError> {
    let first = permit.replayed(once).await?;
    let first = first.map(|first| Outcome::replayed(&first)).transpose();
    Ok(first?)
}

#[cfg(test)]
mod tests {
    use super::Outcome;

    const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    #[test]
    fn an_outcome_is_read_as_it_was_written() {
        for outcome in [
            Outcome::moved(ID.parse().unwrap()),
            Outcome::unmoved(ID.parse().unwrap()),
        ] {
            let read = Outcome::replayed(&outcome.to_string()).unwrap();
            assert!(read.is_replayed && !outcome.is_replayed);
            assert_eq!(read.is_moved, outcome.is_moved);
            assert_eq!(read.release, outcome.release);
        }
    }

    #[test]
    fn what_is_damaged_is_said_to_be() {
        for text in ["", ID, "moved", "moved/", "gone/01890a5d", "moved/x"] {
            let error = Outcome::replayed(text).unwrap_err().to_string();
            assert!(error.contains("cannot be read"), "{error}");
        }
        assert!(Outcome::replayed(&format!("gone/{ID}")).is_err());
    }
}
