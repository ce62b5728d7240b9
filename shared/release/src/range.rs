//! Reading consecutive entries, level by level: of each level as many nodes at once as the rest of
//! the page is likely to need.

use crate::entry::{Entry, Item, Value};
use crate::error::ReleaseError;
use crate::key::RouteKey;
use crate::limits::NODE_ITEMS_MEAN;
use crate::node::Root;
use crate::span::KeyRange;
use crate::store::{NodeStore, Page, Step, Stop, gather};

/// What a member of a list takes in a node as a rule, in bytes; only the number of nodes asked for
/// in advance hangs on it.
const ITEM_BYTES_TYPICAL: u64 = 96;

type Found = (RouteKey, Entry);

/// Returns the first `limit` entries of `range`.
pub fn range(
    store: &NodeStore,
    root: &Root,
    range: &KeyRange,
    limit: usize,
) -> Result<Step<Page<Found>>, ReleaseError> {
    Step::of(read_page(store, root, range.clone(), limit))
}

fn read_page(
    store: &NodeStore,
    root: &Root,
    mut range: KeyRange,
    limit: usize,
) -> Result<Page<Found>, Stop> {
    let mut items = Vec::new();
    // One entry more than asked for tells whether more follow.
    while items.len() <= limit {
        let wanted = (limit - items.len()).saturating_add(1);
        let (found, rest_after) = read_some(store, root, &range, wanted)?;
        items.extend(found);
        match rest_after {
            Some(key) => range = range.after(&key),
            None => break,
        }
    }
    let has_more = items.len() > limit;
    items.truncate(limit);
    let more_after = items
        .last()
        .filter(|_| has_more)
        .map(|(key, _)| key.clone());
    Ok(Page { items, more_after })
}

/// Reads entries from the start of `range`, about as many as `wanted`; and unless it reached the
/// end, the key up to which it read.
fn read_some(
    store: &NodeStore,
    root: &Root,
    range: &KeyRange,
    wanted: usize,
) -> Result<(Vec<Found>, Option<RouteKey>), Stop> {
    let mut level = root.0.level;
    let mut items = overlapping(range, &root.0.items);
    let mut rest_after = None;
    while level > 0 {
        let enough = nodes_for(level, &items, wanted);
        if enough < items.len() {
            items.truncate(enough);
            rest_after = items.last().map(|item| item.key.clone());
        }
        let nodes = gather(items.iter().map(|item| store.child(level, item)))?;
        items = overlapping(range, nodes.iter().flat_map(|node| &node.items));
        level -= 1;
    }
    let entries = items
        .into_iter()
        .filter(|item| range.is_before_end(&item.key))
        .filter_map(|item| match item.value {
            Value::Entry(entry) => Some((item.key.clone(), entry)),
            Value::Child(_) => None,
        })
        .collect();
    Ok((entries, rest_after))
}

/// Keeps the items at or below which keys of the range may stand: all that end in it, and the one
/// in which it ends.
fn overlapping<'a>(range: &KeyRange, items: impl IntoIterator<Item = &'a Item>) -> Vec<&'a Item> {
    let mut is_reached = false;
    items
        .into_iter()
        .skip_while(|item| !range.is_past_start(&item.key))
        .take_while(|item| !std::mem::replace(&mut is_reached, !range.is_before_end(&item.key)))
        .collect()
}

/// Estimates how many of `items` cover `wanted` entries. The range may begin anywhere in the first,
/// which therefore counts half.
fn nodes_for(level: u8, items: &[&Item], wanted: usize) -> usize {
    let wanted = u64::try_from(wanted).unwrap_or(u64::MAX).saturating_mul(2);
    let below = NODE_ITEMS_MEAN.saturating_pow(u32::from(level.saturating_sub(1)));
    let mut covered: u64 = 0;
    let before_enough = items
        .iter()
        .enumerate()
        .take_while(|(index, item)| {
            let is_short = covered < wanted;
            let bytes = match item.value {
                Value::Child(child) => u64::from(child.bytes),
                Value::Entry(_) => 0,
            };
            let entries = (bytes / ITEM_BYTES_TYPICAL).max(1).saturating_mul(below);
            let weight = if *index == 0 { 1 } else { 2 };
            covered = covered.saturating_add(entries.saturating_mul(weight));
            is_short
        })
        .count();
    before_enough.max(1)
}
