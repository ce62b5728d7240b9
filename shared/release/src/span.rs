//! Ranges of keys.

use std::ops::Bound;

use kernel::PageSlug;

use crate::key::{Identifier, RouteKey};

/// Consecutive keys: a space, a list, a folder of pages, or what lies between two keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRange {
    start: Bound<String>,
    end: Bound<String>,
}

impl KeyRange {
    /// Returns the range of all keys.
    pub const fn all() -> Self {
        Self {
            start: Bound::Unbounded,
            end: Bound::Unbounded,
        }
    }

    /// Returns the range of all pages and redirects, by path.
    pub fn pages() -> Self {
        Self::folder("p")
    }

    /// Returns the range of the pages and redirects below `slug`, without the one at it.
    pub fn pages_below(slug: &PageSlug) -> Self {
        Self::folder(&format!("p/{slug}"))
    }

    /// Returns the range of the members of `list`, newest first.
    pub fn list(list: &Identifier) -> Self {
        Self::folder(&format!("l/{list}"))
    }

    /// Returns the range of all shared blocks, by name.
    pub fn blocks() -> Self {
        Self::folder("b")
    }

    /// Returns the range from `start` to `end`.
    pub fn between(start: Bound<&RouteKey>, end: Bound<&RouteKey>) -> Self {
        let text = |key: &RouteKey| key.as_str().to_owned();
        Self {
            start: start.map(text),
            end: end.map(text),
        }
    }

    /// Leaves out everything up to `key`: the rest after a page of a list.
    #[must_use]
    pub fn after(mut self, key: &RouteKey) -> Self {
        if self.is_past_start(key) {
            self.start = Bound::Excluded(key.as_str().to_owned());
        }
        self
    }

    /// Takes every key that begins with `folder` and a slash, whose successor is the zero.
    fn folder(folder: &str) -> Self {
        Self {
            start: Bound::Included(format!("{folder}/")),
            end: Bound::Excluded(format!("{folder}0")),
        }
    }

    /// Tells whether `key` is not before the range.
    pub(crate) fn is_past_start(&self, key: &RouteKey) -> bool {
        match &self.start {
            Bound::Included(start) => key.as_str() >= start.as_str(),
            Bound::Excluded(start) => key.as_str() > start.as_str(),
            Bound::Unbounded => true,
        }
    }

    /// Tells whether `key` is not behind the range.
    pub(crate) fn is_before_end(&self, key: &RouteKey) -> bool {
        match &self.end {
            Bound::Included(end) => key.as_str() <= end.as_str(),
            Bound::Excluded(end) => key.as_str() < end.as_str(),
            Bound::Unbounded => true,
        }
    }
}
