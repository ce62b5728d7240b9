//! Editing a map: a new root and the nodes it needs that the old one did not have.
//!
//! Level by level from the entries up: the edits of one level name the runs they fall into; those
//! runs alone are read, edited and cut again, and what changed among their nodes are the edits of
//! the level above. So edits of c keys read and write O(c · log n) nodes.

use std::collections::BTreeMap;
use std::ops::Bound;

use kernel::ContentHash;

use crate::chunk::{cut, ends_run};
use crate::entry::{Child, Entry, Item, Value};
use crate::error::ReleaseError;
use crate::key::RouteKey;
use crate::limits::ROOT_BYTES_MAX;
use crate::navigate::Map;
use crate::node::{HEADER_BYTES, Node, Root};
use crate::store::{NodeStore, Step, Stop, gather};
use crate::wire::short;

/// What becomes of each key: an entry, or nothing.
pub type Edits = BTreeMap<RouteKey, Option<Entry>>;

/// A node to store before anything names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNode {
    /// The node's name.
    pub hash: ContentHash,
    /// The node's encoding.
    pub bytes: Vec<u8>,
}

/// The outcome of edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    /// The root of the edited map.
    pub root: Root,
    /// The nodes of the edited map that the map before did not have.
    pub nodes: Vec<NewNode>,
}

/// Edits of the list of items on one level.
type Changes = BTreeMap<RouteKey, Option<Value>>;
type Items = BTreeMap<RouteKey, Value>;

/// Applies `edits` to the map of `root`.
pub fn apply(store: &NodeStore, root: &Root, edits: &Edits) -> Result<Step<Edited>, ReleaseError> {
    let mut changes = Changes::new();
    for (key, entry) in edits {
        if entry.is_some_and(|entry| !entry.kind.fits(key)) {
            return Err(ReleaseError::MisplacedKind(key.clone()));
        }
        changes.insert(key.clone(), entry.map(Value::Entry));
    }
    let editing = Editing {
        map: Map { store, root },
        written: BTreeMap::new(),
    };
    Step::of(editing.run(changes))
}

struct Editing<'a> {
    map: Map<'a>,
    written: BTreeMap<ContentHash, Node>,
}

impl Editing<'_> {
    fn run(mut self, mut changes: Changes) -> Result<Edited, Stop> {
        let root = &self.map.root.0;
        for level in 0..root.level {
            changes = self.rewrite_level(level, &changes)?;
        }
        let mut level = root.level;
        let mut items = patch(items_of([root]), &changes);
        while !fits_root(items.iter().map(Item::bytes)) {
            items = cut(level, items)
                .into_iter()
                .filter_map(|piece| self.write(level, piece))
                .map(|(key, child)| Item {
                    key,
                    value: Value::Child(child),
                })
                .collect();
            level += 1;
        }
        while level > 0 && fits_root(items.iter().map(bytes_below)) {
            items = self.dissolve(level, &items)?;
            level -= 1;
        }
        Ok(Edited {
            root: Root(Node { level, items }),
            nodes: self
                .written
                .into_iter()
                .map(|(hash, node)| NewNode {
                    hash,
                    bytes: node.encode(),
                })
                .collect(),
        })
    }

    /// Edits the list of `level`, which is below the root; returns the edits of the list above.
    fn rewrite_level(&mut self, level: u8, changes: &Changes) -> Result<Changes, Stop> {
        let old = self.affected_nodes(level, changes)?;
        let store = self.map.store;
        let nodes = gather(old.values().map(|item| store.child(level + 1, item)))?;
        let items = patch(items_of(nodes), changes);
        let mut above: Changes = old.keys().map(|key| (key.clone(), None)).collect();
        for piece in cut(level, items) {
            if let Some((key, child)) = self.write(level, piece) {
                above.insert(key, Some(Value::Child(child)));
            }
        }
        above.retain(|key, value| {
            let before = old.get(key).map(|item| item.value);
            if let (true, Some(Value::Child(child))) = (*value == before, *value) {
                self.written.remove(&child.hash);
            }
            *value != before
        });
        Ok(above)
    }

    /// Returns the items of every node whose run a change falls into, by key.
    fn affected_nodes(
        &self,
        level: u8,
        changes: &Changes,
    ) -> Result<BTreeMap<RouteKey, Item>, Stop> {
        let mut affected: BTreeMap<RouteKey, Item> = BTreeMap::new();
        let mut reached_end = false;
        let runs = changes.keys().map(|key| {
            let is_covered = affected
                .last_key_value()
                .is_some_and(|(last, _)| last >= key);
            if !is_covered && !reached_end {
                reached_end = self.take_run(level, key, changes, &mut affected)?;
            }
            Ok(())
        });
        gather(runs)?;
        Ok(affected)
    }

    /// Adds the nodes of the run that `key` falls into, and of the runs after it for as long as
    /// the key that parts them is removed. Returns whether that is the end of the level.
    fn take_run(
        &self,
        level: u8,
        key: &RouteKey,
        changes: &Changes,
        affected: &mut BTreeMap<RouteKey, Item>,
    ) -> Result<bool, Stop> {
        let (map, list) = (self.map, level + 1);
        let found = map.first(list, Bound::Included(key))?;
        // A key behind all others joins the last run.
        let Some(hit) = found.map_or_else(|| map.last(list), |item| Ok(Some(item)))? else {
            return Ok(true);
        };
        let mut run = vec![hit];
        let mut start = &hit.key;
        while let Some(before) = map.key_before(list, start)?
            && !ends_run(level, before)
        {
            run.extend(map.first(list, Bound::Included(before))?);
            start = before;
        }
        let mut end = Some(&hit.key);
        while let Some(last) = end
            && (!ends_run(level, last) || changes.get(last) == Some(&None))
        {
            let next = map.first(list, Bound::Excluded(last))?;
            run.extend(next);
            end = next.map(|item| &item.key);
        }
        affected.extend(run.into_iter().map(|item| (item.key.clone(), item.clone())));
        Ok(end.is_none() || found.is_none())
    }

    fn write(&mut self, level: u8, items: Vec<Item>) -> Option<(RouteKey, Child)> {
        let key = items.last()?.key.clone();
        let node = Node { level, items };
        let bytes = node.encode();
        let child = Child {
            hash: ContentHash::of(&bytes),
            bytes: short(bytes.len()),
        };
        self.written.insert(child.hash, node);
        Some((key, child))
    }

    /// Replaces the items of `level` by those of the level below, which need no nodes any more.
    fn dissolve(&mut self, level: u8, items: &[Item]) -> Result<Vec<Item>, Stop> {
        let nodes = gather(items.iter().map(|item| {
            let written = child_of(item).and_then(|child| self.written.remove(&child.hash));
            match written {
                Some(node) => Ok(node),
                None => self.map.store.child(level, item).cloned(),
            }
        }))?;
        Ok(nodes.into_iter().flat_map(|node| node.items).collect())
    }
}

fn items_of<'a>(nodes: impl IntoIterator<Item = &'a Node>) -> Items {
    let items = nodes.into_iter().flat_map(|node| &node.items);
    items.map(|item| (item.key.clone(), item.value)).collect()
}

fn patch(mut items: Items, changes: &Changes) -> Vec<Item> {
    for (key, value) in changes {
        match value {
            Some(value) => items.insert(key.clone(), *value),
            None => items.remove(key),
        };
    }
    let items = items.into_iter();
    items.map(|(key, value)| Item { key, value }).collect()
}

fn fits_root(bytes: impl Iterator<Item = usize>) -> bool {
    HEADER_BYTES + bytes.sum::<usize>() <= ROOT_BYTES_MAX
}

/// Returns what the items of a child take in a node one level below.
fn bytes_below(item: &Item) -> usize {
    child_of(item).map_or(0, |child| {
        usize::from(child.bytes).saturating_sub(HEADER_BYTES)
    })
}

fn child_of(item: &Item) -> Option<Child> {
    match item.value {
        Value::Child(child) => Some(child),
        Value::Entry(_) => None,
    }
}
