//! Nodes: pieces of one level of the map, in their one encoding. Must never know where they are
//! kept or how the level was cut.

use crate::entry::{Child, Entry, EntryKind, Item, Value};
use crate::error::DecodeError;
use crate::key::RouteKey;
use crate::limits::{LEVELS_MAX, NODE_BYTES_MAX, ROOT_BYTES_MAX};
use crate::wire::{Reader, put_part, short};

/// Names the format of nodes and its version.
const FORMAT: [u8; 4] = *b"HSN\x01";
/// Format, level, count.
pub(crate) const HEADER_BYTES: usize = 7;
/// The length of the key, a code or size, a hash. The same on every level, so that a level is never
/// larger than the one below it.
const ITEM_BYTES_BESIDES_KEY: usize = 2 + 2 + 32;

/// A node: consecutive items of one level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    /// Distance from the entries, which are at level 0.
    pub(crate) level: u8,
    /// In strictly ascending order of keys.
    pub(crate) items: Vec<Item>,
}

/// The root of a map: the lowest level that is small enough, whole, to be kept inside a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root(pub(crate) Node);

impl Item {
    /// Returns the item's share of an encoded node.
    pub(crate) fn bytes(&self) -> usize {
        self.key.as_str().len() + ITEM_BYTES_BESIDES_KEY
    }
}

impl Node {
    /// Returns the node's only encoding.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let size = HEADER_BYTES + self.items.iter().map(Item::bytes).sum::<usize>();
        let mut out = Vec::with_capacity(size);
        out.extend(FORMAT);
        out.push(self.level);
        out.extend(short(self.items.len()).to_be_bytes());
        for item in &self.items {
            put_part(&mut out, item.key.as_str().as_bytes());
            let (code, hash) = match item.value {
                Value::Entry(entry) => (entry.kind.code(), entry.object),
                Value::Child(child) => (child.bytes, child.hash),
            };
            out.extend(code.to_be_bytes());
            out.extend(hash.as_bytes());
        }
        out
    }

    /// Reads a node below a root.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > NODE_BYTES_MAX {
            return Err(DecodeError::TooLarge);
        }
        let node = Self::decode_any(bytes)?;
        if node.items.is_empty() {
            return Err(DecodeError::Empty);
        }
        Ok(node)
    }

    fn decode_any(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.format(FORMAT)?;
        let level = reader.u8()?;
        if level > LEVELS_MAX {
            return Err(DecodeError::TooLarge);
        }
        let count = reader.u16()?;
        let mut items: Vec<Item> = Vec::new();
        for _ in 0..count {
            let item = decode_item(&mut reader, level)?;
            if items.last().is_some_and(|last| last.key >= item.key) {
                return Err(DecodeError::Unordered);
            }
            items.push(item);
        }
        reader.end()?;
        Ok(Self { level, items })
    }
}

fn decode_item(reader: &mut Reader<'_>, level: u8) -> Result<Item, DecodeError> {
    let key: RouteKey = reader.text()?.parse()?;
    let code = reader.u16()?;
    let hash = reader.hash()?;
    let value = if level == 0 {
        let kind = EntryKind::from_code(code).ok_or(DecodeError::UnknownKind(code))?;
        if !kind.fits(&key) {
            return Err(DecodeError::MisplacedKind);
        }
        Value::Entry(Entry { kind, object: hash })
    } else {
        Value::Child(Child { hash, bytes: code })
    };
    Ok(Item { key, value })
}

impl Root {
    /// Returns the root of the map without entries.
    pub const fn empty() -> Self {
        Self(Node {
            level: 0,
            items: Vec::new(),
        })
    }

    /// Tells whether the map has no entries.
    pub fn is_empty(&self) -> bool {
        self.0.items.is_empty()
    }

    /// Returns how many nodes lie one after the other between the root and an entry.
    pub fn levels(&self) -> u8 {
        self.0.level
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        self.0.encode()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > ROOT_BYTES_MAX {
            return Err(DecodeError::TooLarge);
        }
        let node = Node::decode_any(bytes)?;
        if node.level > 0 && node.items.is_empty() {
            return Err(DecodeError::Empty);
        }
        Ok(Self(node))
    }
}
