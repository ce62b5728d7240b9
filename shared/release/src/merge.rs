//! Three-way merges: what two sides made of a common base, put together. A part that one side alone
//! changed is that side's; a part that both changed alike is no conflict.

mod trees;

pub use trees::{TreeConflicts, TreeMerge, TreePart, merge_trees};

use std::collections::BTreeMap;

use crate::apply::{Edited, Edits, apply};
use crate::diff::{Change, all_changes};
use crate::entry::Entry;
use crate::error::ReleaseError;
use crate::key::RouteKey;
use crate::limits::CONFLICTS_MAX;
use crate::node::Root;
use crate::store::{NodeStore, Step, both};

/// A key that both sides changed, differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The key.
    pub key: RouteKey,
    /// The entry both sides began with.
    pub base: Option<Entry>,
    /// Our entry.
    pub ours: Option<Entry>,
    /// Their entry.
    pub theirs: Option<Entry>,
}

/// The outcome of merging two maps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouteMerge {
    /// The merged map, with the nodes that ours did not have.
    Merged(Edited),
    /// The keys that cannot be merged, the first [`CONFLICTS_MAX`] of them.
    Conflicts(Vec<Conflict>),
}

/// Merges what `ours` and `theirs` made of `base`.
pub fn merge_routes(
    store: &NodeStore,
    base: &Root,
    ours: &Root,
    theirs: &Root,
) -> Result<Step<RouteMerge>, ReleaseError> {
    let sides = both(
        all_changes(store, base, ours),
        all_changes(store, base, theirs),
    );
    let (our_changes, their_changes) = match Step::of(sides)? {
        Step::Need(needed) => return Ok(Step::Need(needed)),
        Step::Done(changes) => changes,
    };
    let our_changes: BTreeMap<&RouteKey, &Change> = our_changes
        .iter()
        .map(|change| (&change.key, change))
        .collect();
    let mut edits = Edits::new();
    let mut conflicts = Vec::new();
    for Change { key, before, after } in their_changes {
        match our_changes.get(&key) {
            None => {
                edits.insert(key, after);
            }
            Some(our_change) if our_change.after == after => {}
            Some(our_change) => conflicts.push(Conflict {
                key,
                base: before,
                ours: our_change.after,
                theirs: after,
            }),
        }
    }
    if conflicts.is_empty() {
        let edited = apply(store, ours, &edits)?;
        return Ok(edited.map(RouteMerge::Merged));
    }
    conflicts.truncate(CONFLICTS_MAX);
    Ok(Step::Done(RouteMerge::Conflicts(conflicts)))
}
