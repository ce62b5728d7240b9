//! Running a step to its result with a fetcher that answers at once: for tests, benches and
//! callers that have everything at hand.

use kernel::ContentHash;

use crate::error::ReleaseError;
use crate::store::{NodeStore, Step};

/// Why a driven step has no result.
#[derive(Debug, thiserror::Error)]
pub enum DriveError<E> {
    /// The operation failed.
    #[error("the operation failed")]
    Release(#[from] ReleaseError),
    /// The fetcher failed.
    #[error("nodes could not be fetched")]
    Fetch(#[source] E),
    /// The fetcher answered another number of nodes than it was asked for.
    #[error("the fetcher answered another number of nodes than it was asked for")]
    Unanswered,
}

/// Calls `step` until it is done; `fetch` answers the bytes of the nodes it needs, in their order.
pub fn drive<T, E>(
    store: &mut NodeStore,
    mut fetch: impl FnMut(&[ContentHash]) -> Result<Vec<Vec<u8>>, E>,
    step: impl Fn(&NodeStore) -> Result<Step<T>, ReleaseError>,
) -> Result<T, DriveError<E>> {
    loop {
        let needed = match step(store)? {
            Step::Done(value) => return Ok(value),
            Step::Need(needed) => needed,
        };
        let answers = fetch(&needed).map_err(DriveError::Fetch)?;
        if answers.len() != needed.len() {
            return Err(DriveError::Unanswered);
        }
        for (hash, bytes) in needed.iter().zip(&answers) {
            store.insert_bytes(*hash, bytes)?;
        }
    }
}
