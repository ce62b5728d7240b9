//! Looking one key up.

use std::ops::Bound;

use crate::entry::{Entry, Value};
use crate::error::ReleaseError;
use crate::key::RouteKey;
use crate::navigate::Map;
use crate::node::Root;
use crate::store::{NodeStore, Step};

/// Finds the entry at `key`. It needs one node per level, one after the other.
pub fn lookup(
    store: &NodeStore,
    root: &Root,
    key: &RouteKey,
) -> Result<Step<Option<Entry>>, ReleaseError> {
    let map = Map { store, root };
    Step::of(map.first(0, Bound::Included(key)).map(|found| {
        found
            .filter(|item| item.key == *key)
            .and_then(|item| match item.value {
                Value::Entry(entry) => Some(entry),
                Value::Child(_) => None,
            })
    }))
}
