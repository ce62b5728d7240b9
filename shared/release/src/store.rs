//! The nodes known so far, and the shape of a step that may lack some. Must never know where nodes
//! come from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kernel::ContentHash;

use crate::entry::{Item, Value};
use crate::error::ReleaseError;
use crate::key::RouteKey;
use crate::node::Node;

/// What an operation answers: its result, or the nodes it needs first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<T> {
    /// Insert these nodes and call again; they can be fetched at the same time.
    Need(Vec<ContentHash>),
    /// The result.
    Done(T),
}

/// Some items of a list in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// The last key of this page, if more follow: the next page begins after it.
    pub more_after: Option<RouteKey>,
}

/// A node whose bytes were held against its hash.
#[derive(Debug, Clone)]
pub struct VerifiedNode {
    hash: ContentHash,
    bytes: usize,
    node: Arc<Node>,
}

/// The nodes an operation may read.
#[derive(Debug, Clone, Default)]
pub struct NodeStore {
    nodes: BTreeMap<ContentHash, VerifiedNode>,
}

/// Why an operation stopped before its result.
#[derive(Debug)]
pub(crate) enum Stop {
    Missing(BTreeSet<ContentHash>),
    Error(ReleaseError),
}

impl VerifiedNode {
    /// Reads a node and checks that the bytes are those that `hash` names.
    pub fn read(hash: ContentHash, bytes: &[u8]) -> Result<Self, ReleaseError> {
        let actual = ContentHash::of(bytes);
        if actual != hash {
            return Err(ReleaseError::HashMismatch {
                expected: hash,
                actual,
            });
        }
        let node = Node::decode(bytes)
            .map_err(|source| ReleaseError::Malformed { hash, source })
            .map(Arc::new)?;
        Ok(Self {
            hash,
            bytes: bytes.len(),
            node,
        })
    }

    /// Returns the node's only encoding: the bytes that it was read from.
    pub fn encode(&self) -> Vec<u8> {
        self.node.encode()
    }

    /// Returns the node's name.
    pub fn hash(&self) -> ContentHash {
        self.hash
    }

    /// Returns the size of the node's encoding, for caches bounded in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl NodeStore {
    /// Returns a store without nodes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a node that was verified before.
    pub fn insert(&mut self, node: VerifiedNode) {
        self.nodes.insert(node.hash, node);
    }

    /// Verifies the bytes of a node against its name, reads and adds it.
    pub fn insert_bytes(&mut self, hash: ContentHash, bytes: &[u8]) -> Result<(), ReleaseError> {
        self.insert(VerifiedNode::read(hash, bytes)?);
        Ok(())
    }

    /// Returns a node, for a cache to keep.
    pub fn get(&self, hash: &ContentHash) -> Option<&VerifiedNode> {
        self.nodes.get(hash)
    }

    /// Returns the number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Tells whether there are no nodes.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Returns the node that `item`, of a node on `level`, points to.
    pub(crate) fn child(&self, level: u8, item: &Item) -> Result<&Node, Stop> {
        let child = match item.value {
            Value::Child(child) => child,
            Value::Entry(entry) => return Err(ReleaseError::Misplaced(entry.object).into()),
        };
        let Some(found) = self.nodes.get(&child.hash) else {
            return Err(Stop::Missing(BTreeSet::from([child.hash])));
        };
        let node = found.node.as_ref();
        let is_fitting = node.level.checked_add(1) == Some(level)
            && node.items.last().map(|last| &last.key) == Some(&item.key)
            && found.bytes == usize::from(child.bytes);
        if is_fitting {
            Ok(node)
        } else {
            Err(ReleaseError::Misplaced(child.hash).into())
        }
    }
}

impl From<ReleaseError> for Stop {
    fn from(error: ReleaseError) -> Self {
        Self::Error(error)
    }
}

impl<T> Step<T> {
    /// Makes something else of the result.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Step<U> {
        match self {
            Self::Need(needed) => Step::Need(needed),
            Self::Done(value) => Step::Done(make(value)),
        }
    }

    /// Makes a stop for want of nodes an ordinary answer.
    pub(crate) fn of(result: Result<T, Stop>) -> Result<Self, ReleaseError> {
        match result {
            Ok(value) => Ok(Self::Done(value)),
            Err(Stop::Missing(hashes)) => Ok(Self::Need(hashes.into_iter().collect())),
            Err(Stop::Error(error)) => Err(error),
        }
    }
}

/// Takes both results, or everything that is missing for either, so that it is fetched at once.
pub(crate) fn both<T, U>(left: Result<T, Stop>, right: Result<U, Stop>) -> Result<(T, U), Stop> {
    match (left, right) {
        (Ok(left), Ok(right)) => Ok((left, right)),
        (Err(Stop::Missing(mut left)), Err(Stop::Missing(right))) => {
            left.extend(right);
            Err(Stop::Missing(left))
        }
        (Err(stop), _) | (_, Err(stop)) => Err(stop),
    }
}

/// Takes all results, or everything that is missing for any of them, so that it is fetched at once.
pub(crate) fn gather<T>(
    results: impl IntoIterator<Item = Result<T, Stop>>,
) -> Result<Vec<T>, Stop> {
    let mut values = Vec::new();
    let mut missing = BTreeSet::new();
    for result in results {
        match result {
            Ok(value) => values.push(value),
            Err(Stop::Missing(hashes)) => missing.extend(hashes),
            Err(Stop::Error(error)) => return Err(Stop::Error(error)),
        }
    }
    if missing.is_empty() {
        Ok(values)
    } else {
        Err(Stop::Missing(missing))
    }
}
