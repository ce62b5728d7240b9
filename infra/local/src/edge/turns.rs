//! Turns at the origin: one request at a time for one key.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::edge::cache::Key;

/// A turn; whoever holds it is at the origin.
pub(super) type Turn = Arc<tokio::sync::Mutex<()>>;

/// The turns of all keys that somebody waits for.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<BTreeMap<Key, Turn>>);

impl Turns {
    /// Returns the turn of a key.
    pub(super) fn of(&self, key: &Key) -> Turn {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(key.clone()).or_default())
    }

    /// Forgets the turn of a key that nobody else waits for.
    pub(super) fn end(&self, key: &Key, turn: &Turn) {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // This one and the map's.
        if Arc::strong_count(turn) <= 2 {
            turns.remove(key);
        }
    }
}
