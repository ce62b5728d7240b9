//! Room in what an environment remembers.

use std::collections::BTreeMap;

use kernel::limits::CACHE_ENTRIES_MAX;

/// Makes room for one more entry: those that are not good any more go, or where all are, all of them.
pub(crate) fn make_room<K: Ord, V>(entries: &mut BTreeMap<K, V>, is_good: impl Fn(&V) -> bool) {
    if entries.len() >= CACHE_ENTRIES_MAX {
        entries.retain(|_, entry| is_good(entry));
    }
    if entries.len() >= CACHE_ENTRIES_MAX {
        entries.clear();
    }
}
