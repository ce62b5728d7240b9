//! What came of moving a pointer, and what is remembered of that under an idempotency key.

use kernel::ReleaseId;
use tenancy::audit::Action;
use tenancy::{CommitError, Mutates, Once, Permission, Permit};

use crate::error::PublishError;

/// What came of a publication or an activation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    /// The release that was live afterwards.
    pub release: ReleaseId,
    /// Whether the pointer moved; it does not where nothing was different.
    pub is_moved: bool,
    /// Whether this came of an earlier request under the same idempotency key, and this one
    /// changed nothing.
    pub is_replayed: bool,
}

/// The words by which it is remembered whether the pointer moved.
const MOVED: &str = "moved";
const STAYED: &str = "stayed";

/// Stands between such a word and the release.
const SEPARATOR: char = '/';

impl Published {
    pub(crate) fn moved(release: ReleaseId) -> Self {
        Self {
            release,
            is_moved: true,
            is_replayed: false,
        }
    }

    /// Says that nothing was different. A request under an idempotency key is remembered even so:
    /// its repetition must not undo what others did meanwhile.
    pub(crate) async fn stayed<P: Mutates>(
        permit: &Permit<P>,
        action: Action,
        release: ReleaseId,
        once: Option<Once>,
    ) -> Result<Self, PublishError> {
        let published = Self {
            release,
            is_moved: false,
            is_replayed: false,
        };
        if once.is_none() {
            return Ok(published);
        }
        let change = permit.change(action).once(once, published.memory());
        match change.commit().await {
            Ok(()) => Ok(published),
            Err(CommitError::Replayed(memory)) => Self::remembered(&memory),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns what is remembered under an idempotency key.
    pub(crate) fn memory(&self) -> String {
        let word = if self.is_moved { MOVED } else { STAYED };
        format!("{word}{SEPARATOR}{}", self.release)
    }

    /// Reads what was remembered under an idempotency key.
    pub(crate) fn remembered(memory: &str) -> Result<Self, PublishError> {
        let read = |(word, release): (&str, &str)| {
            let is_moved = match word {
                MOVED => true,
                STAYED => false,
                _ => return None,
            };
            Some(Self {
                release: release.parse().ok()?,
                is_moved,
                is_replayed: true,
            })
        };
        let parts = memory.split_once(SEPARATOR);
        parts.and_then(read).ok_or(PublishError::ReleaseNotFound)
    }
}

/// Returns what came of an earlier request under the same idempotency key, if there was one.
pub async fn replayed<P: Permission>(
    permit: &Permit<P>,
    once: Option<&Once>,
) -> Result<Option<Published>, PublishError> {
    let memory = permit.replayed(once).await?;
    memory.as_deref().map(Published::remembered).transpose()
}
