//! The changes between two maps, level by level: what both sides have alike on a level is left out
//! with everything below it, and the rest is opened. So c changes cost O(c · log n) nodes.

use std::collections::{BTreeMap, BTreeSet};

use crate::entry::{Entry, Item, Value};
use crate::error::ReleaseError;
use crate::key::RouteKey;
use crate::node::Root;
use crate::store::{NodeStore, Page, Step, Stop, both, gather};

/// A key at which two maps differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The key.
    pub key: RouteKey,
    /// The entry of the first map.
    pub before: Option<Entry>,
    /// The entry of the second map.
    pub after: Option<Entry>,
}

/// Returns the first `limit` changes from map `before` to map `after` behind the key `start`.
pub fn diff(
    store: &NodeStore,
    before: &Root,
    after: &Root,
    start: Option<&RouteKey>,
    limit: usize,
) -> Result<Step<Page<Change>>, ReleaseError> {
    Step::of(read_page(store, before, after, start.cloned(), limit))
}

/// Returns all changes from map `before` to map `after`.
pub(crate) fn all_changes(
    store: &NodeStore,
    before: &Root,
    after: &Root,
) -> Result<Vec<Change>, Stop> {
    read_page(store, before, after, None, usize::MAX).map(|page| page.items)
}

fn read_page(
    store: &NodeStore,
    before: &Root,
    after: &Root,
    mut start: Option<RouteKey>,
    limit: usize,
) -> Result<Page<Change>, Stop> {
    let mut items = Vec::new();
    // One change more than asked for tells whether more follow.
    while items.len() <= limit {
        let wanted = (limit - items.len()).saturating_add(1);
        let window = Window { start, end: None };
        let (changes, end) = read_window(store, before, after, window, wanted)?;
        items.extend(changes);
        start = end;
        if start.is_none() {
            break;
        }
    }
    let has_more = items.len() > limit;
    items.truncate(limit);
    let more_after = items
        .last()
        .filter(|_| has_more)
        .map(|change| change.key.clone());
    Ok(Page { items, more_after })
}

/// The keys behind `start` up to `end`; without one, to that end of the map.
struct Window {
    start: Option<RouteKey>,
    end: Option<RouteKey>,
}

/// What of one map is still open on a level, by key.
type Parts = BTreeMap<RouteKey, Part>;

/// One map on its way down.
struct Side {
    level: u8,
    parts: Parts,
}

struct Part {
    /// The key before the part: everything at or below it is behind this.
    behind: Option<RouteKey>,
    value: Value,
}

/// Returns all changes in as much of the window as about `wanted` changes take, and unless that is
/// the rest of the map, the key up to which it is.
fn read_window(
    store: &NodeStore,
    before: &Root,
    after: &Root,
    mut window: Window,
    wanted: usize,
) -> Result<(Vec<Change>, Option<RouteKey>), Stop> {
    let (mut left, mut right) = (window.side(before), window.side(after));
    loop {
        if left.level == right.level {
            drop_common(&mut left.parts, &mut right.parts);
            if left.level == 0 {
                break;
            }
            window.shorten(&left.parts, &right.parts, wanted);
        }
        let level = left.level.max(right.level);
        (left, right) = both(
            left.open(store, &window, level),
            right.open(store, &window, level),
        )?;
    }
    let (left, right) = (left.parts, right.parts);
    let keys: BTreeSet<&RouteKey> = left.keys().chain(right.keys()).collect();
    let changes = keys
        .into_iter()
        .filter(|key| window.end.as_ref().is_none_or(|end| *key <= end))
        .map(|key| Change {
            key: key.clone(),
            before: left.get(key).and_then(Part::entry),
            after: right.get(key).and_then(Part::entry),
        })
        .collect();
    Ok((changes, window.end))
}

impl Window {
    /// Takes the items of one node, which stand behind the key `behind`, as far as the window goes.
    fn parts(&self, mut behind: Option<RouteKey>, items: &[Item]) -> Parts {
        let mut parts = Parts::new();
        for item in items {
            let part = Part {
                behind: behind.replace(item.key.clone()),
                value: item.value,
            };
            let is_past_start = self.start.as_ref().is_none_or(|start| item.key > *start);
            if is_past_start && self.reaches(&part) {
                parts.insert(item.key.clone(), part);
            }
        }
        parts
    }

    fn reaches(&self, part: &Part) -> bool {
        match (&self.end, &part.behind) {
            (Some(end), Some(behind)) => behind < end,
            _ => true,
        }
    }

    /// Ends the window where enough parts differ: each holds a change as a rule.
    fn shorten(&mut self, left: &Parts, right: &Parts, wanted: usize) {
        let keys: BTreeSet<&RouteKey> = left.keys().chain(right.keys()).collect();
        if keys.len() > wanted
            && let Some(end) = keys.into_iter().nth(wanted.saturating_sub(1))
            && self.end.as_ref().is_none_or(|known| end < known)
        {
            self.end = Some(end.clone());
        }
    }

    fn side(&self, root: &Root) -> Side {
        Side {
            level: root.0.level,
            parts: self.parts(None, &root.0.items),
        }
    }
}

impl Side {
    /// Replaces the parts by those one level below, if they are on `level`.
    fn open(self, store: &NodeStore, window: &Window, level: u8) -> Result<Self, Stop> {
        if self.level < level {
            return Ok(self);
        }
        let due = self
            .parts
            .into_iter()
            .filter(|(_, part)| window.reaches(part));
        let opened = gather(due.map(|(key, part)| {
            let value = part.value;
            let node = store.child(level, &Item { key, value })?;
            Ok(window.parts(part.behind, &node.items))
        }))?;
        Ok(Self {
            level: level.saturating_sub(1),
            parts: opened.into_iter().flatten().collect(),
        })
    }
}

/// Leaves out what both sides have alike: equal names mean equal content.
fn drop_common(left: &mut Parts, right: &mut Parts) {
    left.retain(|key, part| {
        let is_common = right
            .get(key)
            .is_some_and(|other| other.value == part.value);
        if is_common {
            right.remove(key);
        }
        !is_common
    });
}

impl Part {
    fn entry(&self) -> Option<Entry> {
        match self.value {
            Value::Entry(entry) => Some(entry),
            Value::Child(_) => None,
        }
    }
}
