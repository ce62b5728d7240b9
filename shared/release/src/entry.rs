//! What stands at a key: an entry in the map, or a child in the levels above it.

use kernel::ContentHash;

use crate::key::RouteKey;

/// What an entry is; the codes are part of the format and never change meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    /// A page document at a path.
    Page,
    /// A redirect at a path.
    Redirect,
    /// A member of a list.
    ListItem,
    /// A shared block.
    Block,
}

/// An entry of the map: what it is and the hash of its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    /// What the object is.
    pub kind: EntryKind,
    /// The object's name.
    pub object: ContentHash,
}

/// One item of a node: an entry at level 0, a child above.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    /// The entry's key, or the greatest key below the child.
    pub(crate) key: RouteKey,
    pub(crate) value: Value,
}

/// What an item holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    Entry(Entry),
    Child(Child),
}

/// A node one level below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Child {
    pub(crate) hash: ContentHash,
    /// The node's encoded size: tells whether a list one level below would fit the root.
    pub(crate) bytes: u16,
}

impl EntryKind {
    /// Returns the kind's code in the format.
    pub const fn code(self) -> u16 {
        match self {
            Self::Page => 1,
            Self::Redirect => 2,
            Self::ListItem => 3,
            Self::Block => 4,
        }
    }

    /// Returns the kind of `code`, if there is one.
    pub const fn from_code(code: u16) -> Option<Self> {
        match code {
            1 => Some(Self::Page),
            2 => Some(Self::Redirect),
            3 => Some(Self::ListItem),
            4 => Some(Self::Block),
            _ => None,
        }
    }

    /// Tells whether entries of this kind stand at keys like `key`.
    pub fn fits(self, key: &RouteKey) -> bool {
        let space = match self {
            Self::Page | Self::Redirect => b'p',
            Self::ListItem => b'l',
            Self::Block => b'b',
        };
        key.space_code() == Some(space)
    }
}
