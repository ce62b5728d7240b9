//! Where a level of the map is cut into nodes. The cuts are a function of the level's items alone,
//! so they carry no trace of the order in which the items came.
//!
//! A key whose hash is below a threshold ends a node: the first rule, and nearly always the only
//! one. What lies between two such keys is a *run*. A run that would not fit a node is cut at the
//! key with the smallest hash among those that leave enough bytes on either side, and so are its
//! halves until everything fits. Whether a key ends a run is visible in the key itself, so an edit
//! touches the nodes of its own run and nothing else. Runs are short unless somebody searched for
//! keys that make them long; then edits of that map read more nodes, and no node is larger for it.

use std::mem;

use kernel::ContentHash;

use crate::entry::Item;
use crate::key::RouteKey;
use crate::limits::{
    HASHED_LEVELS, KEY_BYTES_MAX, NODE_BYTES_MAX, NODE_BYTES_MIN, NODE_ITEMS_MEAN,
};
use crate::node::HEADER_BYTES;

// A run that does not fit has room for at least one cut between its two protected ends.
const _: () = assert!(HEADER_BYTES + 2 * NODE_BYTES_MIN + 2 * KEY_BYTES_MAX < NODE_BYTES_MAX);

/// Tells whether `key` ends a run on `level`.
pub(crate) fn ends_run(level: u8, key: &RouteKey) -> bool {
    level < HASHED_LEVELS && rank(level, key) < u64::MAX / NODE_ITEMS_MEAN
}

/// Cuts whole runs of `level` into the items of nodes.
pub(crate) fn cut(level: u8, items: impl IntoIterator<Item = Item>) -> Vec<Vec<Item>> {
    let mut nodes = Vec::new();
    let mut run = Vec::new();
    for item in items {
        let ends = ends_run(level, &item.key);
        run.push(item);
        if ends {
            cut_run(level, mem::take(&mut run), &mut nodes);
        }
    }
    if !run.is_empty() {
        cut_run(level, run, &mut nodes);
    }
    nodes
}

/// The level is hashed along: keys chosen to behave badly on one level are plain on the next.
fn rank(level: u8, key: &RouteKey) -> u64 {
    let hash = ContentHash::of_parts(&[&[level], key.as_str().as_bytes()]);
    hash.as_bytes()
        .first_chunk()
        .map_or(0, |first| u64::from_be_bytes(*first))
}

fn cut_run(level: u8, run: Vec<Item>, nodes: &mut Vec<Vec<Item>>) {
    let mut pending = vec![run];
    while let Some(mut piece) = pending.pop() {
        if let Some(at) = cut_of(level, &piece) {
            pending.push(piece.split_off(at));
            pending.push(piece);
        } else {
            nodes.push(piece);
        }
    }
}

/// Finds the number of items before the cut of a piece that does not fit a node.
fn cut_of(level: u8, piece: &[Item]) -> Option<usize> {
    let total: usize = piece.iter().map(Item::bytes).sum();
    if HEADER_BYTES + total <= NODE_BYTES_MAX {
        return None;
    }
    let mut before = 0;
    piece
        .iter()
        .enumerate()
        .filter_map(|(index, item)| {
            before += item.bytes();
            let is_inner = before >= NODE_BYTES_MIN && total - before >= NODE_BYTES_MIN;
            is_inner.then(|| (rank(level, &item.key), index + 1))
        })
        .min()
        .map(|(_, at)| at)
}
