//! What can be wrong with stored bytes and with maps made of them.

use kernel::ContentHash;

use crate::key::{KeyError, RouteKey};

/// Why bytes are not an encoding of this format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The first bytes name no format and version that this code reads.
    #[error("the bytes begin with no known format and version")]
    UnknownFormat,
    /// The bytes end early.
    #[error("the bytes end before their content does")]
    Truncated,
    /// Bytes follow the content.
    #[error("bytes follow the content")]
    TrailingBytes,
    /// A part exceeds its limit.
    #[error("a part exceeds its limit")]
    TooLarge,
    /// A node below the root without items.
    #[error("a node has no items")]
    Empty,
    /// Keys or members out of order, or twice.
    #[error("keys are not strictly ascending")]
    Unordered,
    /// A code that no entry kind has.
    #[error("unknown entry kind {0}")]
    UnknownKind(u16),
    /// An entry whose kind does not belong into the space of its key.
    #[error("an entry's kind does not belong into its key space")]
    MisplacedKind,
    /// A malformed key or identifier.
    #[error("malformed key")]
    Key(#[from] KeyError),
    /// A settings value that is not in its one canonical form.
    #[error("a settings value is not canonical")]
    NotCanonical,
}

/// Why an operation on a map cannot go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseError {
    /// Bytes that are not what their name says.
    #[error("node {expected} was answered with bytes of hash {actual}")]
    HashMismatch {
        /// The name asked for.
        expected: ContentHash,
        /// The hash of the bytes.
        actual: ContentHash,
    },
    /// A node that cannot be read.
    #[error("node {hash} cannot be read")]
    Malformed {
        /// The node's name.
        hash: ContentHash,
        /// What is wrong with its bytes.
        #[source]
        source: DecodeError,
    },
    /// A node that is not what its parent says.
    #[error("node {0} does not fit its parent")]
    Misplaced(ContentHash),
    /// An edit whose kind does not belong into the space of its key.
    #[error("an entry's kind does not belong at key {0}")]
    MisplacedKind(RouteKey),
}
