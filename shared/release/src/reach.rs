//! Everything a map names: what a sweeper must keep.

use std::collections::BTreeSet;

use kernel::ContentHash;

use crate::entry::{Item, Value};
use crate::error::ReleaseError;
use crate::node::Root;
use crate::store::{NodeStore, Step, Stop, gather};

/// The names of nodes and objects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reachable {
    /// Nodes of the map.
    pub nodes: BTreeSet<ContentHash>,
    /// Objects of its entries.
    pub objects: BTreeSet<ContentHash>,
}

/// Returns everything the map of `root` names besides what `known` holds already.
///
/// What is below a known node is known: the releases of one site share most of their nodes, so marking one after
/// the other costs only what each added.
pub fn reachable(
    store: &NodeStore,
    root: &Root,
    known: &Reachable,
) -> Result<Step<Reachable>, ReleaseError> {
    Step::of(mark(store, root, known))
}

fn mark(store: &NodeStore, root: &Root, known: &Reachable) -> Result<Reachable, Stop> {
    let mut found = Reachable::default();
    let mut items: Vec<&Item> = root.0.items.iter().collect();
    for level in (0..=root.0.level).rev() {
        items.retain(|item| match item.value {
            Value::Child(child) => {
                !known.nodes.contains(&child.hash) && found.nodes.insert(child.hash)
            }
            Value::Entry(entry) => {
                if !known.objects.contains(&entry.object) {
                    found.objects.insert(entry.object);
                }
                false
            }
        });
        let nodes = gather(items.iter().map(|item| store.child(level, item)))?;
        items = nodes.iter().flat_map(|node| &node.items).collect();
    }
    Ok(found)
}
