//! Finding items of any level of a map by key, from the root down. Must never change anything.

use std::ops::Bound;

use crate::entry::Item;
use crate::key::RouteKey;
use crate::node::{Node, Root};
use crate::store::{NodeStore, Stop};

/// A map as far as its nodes are known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Map<'a> {
    pub(crate) store: &'a NodeStore,
    pub(crate) root: &'a Root,
}

impl<'a> Map<'a> {
    /// Returns the first item of `level` from `start` on.
    pub(crate) fn first(
        self,
        level: u8,
        start: Bound<&RouteKey>,
    ) -> Result<Option<&'a Item>, Stop> {
        let mut node = &self.root.0;
        loop {
            let at = node.items.partition_point(|item| match start {
                Bound::Included(key) => item.key < *key,
                Bound::Excluded(key) => item.key <= *key,
                Bound::Unbounded => false,
            });
            // The key of an item is the greatest below it, so what is sought lies below the first
            // item that is not before it, or nowhere.
            match node.items.get(at) {
                Some(item) if node.level > level => node = self.store.child(node.level, item)?,
                found => return Ok(found),
            }
        }
    }

    /// Returns the last item of `level`.
    pub(crate) fn last(self, level: u8) -> Result<Option<&'a Item>, Stop> {
        match self.root.0.items.last() {
            Some(last) => self.first(level, Bound::Included(&last.key)),
            None => Ok(None),
        }
    }

    /// Returns the greatest key of `level` before `key`. It needs the nodes above `key` alone.
    pub(crate) fn key_before(
        self,
        level: u8,
        key: &RouteKey,
    ) -> Result<Option<&'a RouteKey>, Stop> {
        let mut node: &'a Node = &self.root.0;
        let mut nearest = None;
        loop {
            let at = node.items.partition_point(|item| item.key < *key);
            // The key of the item before is also the greatest key below it on every level.
            if let Some(before) = at.checked_sub(1).and_then(|index| node.items.get(index)) {
                nearest = Some(&before.key);
            }
            match node.items.get(at) {
                Some(item) if node.level > level => node = self.store.child(node.level, item)?,
                _ => return Ok(nearest),
            }
        }
    }
}
