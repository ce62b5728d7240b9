//! The ports to storage. Their adapters move items and bytes; they cannot make a key, so they
//! cannot choose whose data they move.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use kernel::TenantId;
use serde_dynamo::{AttributeValue, Item};

/// The full primary key of an item. Only this crate makes one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RawKey {
    pk: String,
    sk: String,
}

impl RawKey {
    pub(crate) fn new(pk: String, sk: String) -> Self {
        Self { pk, sk }
    }

    /// Returns the partition key.
    pub fn pk(&self) -> &str {
        &self.pk
    }

    /// Returns the sort key.
    pub fn sk(&self) -> &str {
        &self.sk
    }
}

/// The name of an object in the bucket. Only this crate makes one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RawBlobKey(String);

impl RawBlobKey {
    pub(crate) fn new(key: String) -> Self {
        Self(key)
    }

    /// Returns the object's key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How fresh a read must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consistency {
    /// May miss the last second; half the price.
    Eventual,
    /// Sees every write that was acknowledged.
    Strong,
}

/// One page of one partition, in sort order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawQuery {
    pub(crate) index: Index,
    pub(crate) pk: String,
    pub(crate) sk_prefix: String,
    pub(crate) after: Option<String>,
    pub(crate) through: Option<String>,
    pub(crate) limit: usize,
    pub(crate) newest_first: bool,
}

/// Where a query looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index {
    /// The table itself.
    Table,
    /// The index of what falls due, across tenants: keys and instants only.
    Due,
}

impl RawQuery {
    /// Returns the partition key.
    pub fn pk(&self) -> &str {
        &self.pk
    }

    /// Returns what the sort keys begin with.
    pub fn sk_prefix(&self) -> &str {
        &self.sk_prefix
    }

    /// Returns the sort key after which the page begins.
    pub fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// Returns the last sort key of the page, whatever it begins with.
    pub fn through(&self) -> Option<&str> {
        self.through.as_deref()
    }

    /// Returns the most items wanted.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Returns whether the page runs from the last sort key to the first.
    pub fn newest_first(&self) -> bool {
        self.newest_first
    }
}

/// What must hold for a write to happen.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// Nothing.
    Always,
    /// No item has this key.
    Absent,
    /// An item has this key.
    Present,
    /// The item has this attribute with this value.
    Equals(&'static str, AttributeValue),
    /// The item is there and its attribute has another value.
    Differs(&'static str, AttributeValue),
    /// The attribute is missing or at most this number.
    AtMost(&'static str, i64),
    /// The attribute is at least this number.
    AtLeast(&'static str, i64),
}

/// One write of a transaction.
#[derive(Debug, Clone)]
pub enum RawWrite {
    /// Puts a whole item.
    Put {
        /// Its key.
        key: RawKey,
        /// All its attributes but the key's.
        item: Item,
        /// When it happens.
        condition: Condition,
    },
    /// Deletes an item.
    Delete {
        /// Its key.
        key: RawKey,
        /// When it happens.
        condition: Condition,
    },
    /// Writes nothing, but must hold.
    Check {
        /// The item's key.
        key: RawKey,
        /// What must hold.
        condition: Condition,
    },
    /// Adds to a number, which starts at zero.
    Add {
        /// The item's key.
        key: RawKey,
        /// The number's attribute.
        attribute: &'static str,
        /// What is added.
        delta: i64,
        /// When it happens.
        condition: Condition,
    },
}

/// Adds to numbers of an item, which is made if need be.
#[derive(Debug, Clone)]
pub struct RawCount {
    /// The attributes that get a value, whatever they had.
    pub set: Item,
    /// The numbers that something is added to, and what.
    pub add: Vec<(&'static str, u32)>,
    /// What must hold of the item: all of these.
    pub conditions: Vec<Condition>,
}

/// Storage did not do what it was asked, for a reason that is not in the data.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// It cannot be reached, or answered with an error of its own; trying again may help.
    #[error("cannot {operation}")]
    Unavailable {
        /// What was tried.
        operation: &'static str,
        /// What the SDK said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The function, or its session for a tenant, may not do this, or not any more: a mistake of ours, not of who
    /// asks. It was logged as [`ACCESS_DENIED`].
    #[error("may not {operation}")]
    Denied {
        /// What was tried.
        operation: &'static str,
    },
    /// Other writers were in the way too often; trying again helps.
    #[error("too many writers at once")]
    Contended,
    /// An item is not what its entity says.
    #[error("an item of `{entity}` cannot be read")]
    Malformed {
        /// The entity.
        entity: &'static str,
        /// What is wrong with it.
        #[source]
        source: serde_dynamo::Error,
    },
    /// An item was written by a schema that this code does not know.
    #[error("an item of `{entity}` has schema {found}")]
    UnknownSchema {
        /// The entity.
        entity: &'static str,
        /// The item's schema.
        found: u64,
    },
    /// A change would touch an item that its permit does not reach.
    #[error("an item of `{0}` is out of reach")]
    OutOfReach(&'static str),
    /// What is remembered of a request cannot be read.
    #[error("the outcome `{0}` of a request cannot be read")]
    UnreadableOutcome(String),
    /// A record cannot be put into words for the audit trail.
    #[error("a change cannot be written into the audit trail")]
    Unaudited(#[from] serde_json::Error),
    /// A change has more writes than a transaction takes.
    #[error("a change of {0} writes is too large for one transaction")]
    TooManyWrites(usize),
    /// A stored object's bytes are not those of its name.
    #[error("a stored object does not have the bytes of its hash")]
    Corrupt,
}

/// The event in the log of a call that storage denied, by which denials are counted.
pub const ACCESS_DENIED: &str = "security.access_denied";

/// What services call it that a call is denied: to its role, or because its session is over or unknown. Sources: "Common
/// errors" of Amazon DynamoDB and AWS STS, "Error responses" of Amazon S3.
const DENIALS: [&str; 7] = [
    "AccessDenied",
    "AccessDeniedException",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidToken",
    "UnrecognizedClientException",
];

/// Returns whether a call was not made because the session for it was denied, which was logged then.
fn is_denied(error: &(dyn std::error::Error + 'static)) -> bool {
    let denied = error.downcast_ref();
    matches!(denied, Some(StorageError::Denied { .. })) || error.source().is_some_and(is_denied)
}

impl StorageError {
    /// Returns what an answer of a service means: `code` is the service's for what went wrong, if it named it.
    pub fn answered(
        operation: &'static str,
        code: Option<&str>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        if code.is_some_and(|code| DENIALS.contains(&code)) {
            tracing::error!(event = ACCESS_DENIED, operation, "storage denied a call");
            return Self::Denied { operation };
        }
        let source = source.into();
        if is_denied(&*source) {
            return Self::Denied { operation };
        }
        Self::Unavailable { operation, source }
    }
}

/// Why a transaction did not happen.
#[derive(Debug, thiserror::Error)]
pub enum TransactError {
    /// The conditions of these writes, by position, did not hold.
    #[error("a condition did not hold")]
    Refused(Vec<usize>),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Why nothing was counted.
#[derive(Debug, thiserror::Error)]
pub enum CountError {
    /// A condition did not hold of the item as it is.
    #[error("a condition did not hold")]
    Refused(Option<Item>),
    /// Storage failed. It may have counted, and more than once.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// The table.
#[async_trait]
pub trait TablePort: fmt::Debug + Send + Sync {
    /// Reads one item.
    async fn get(
        &self,
        key: &RawKey,
        consistency: Consistency,
    ) -> Result<Option<Item>, StorageError>;
    /// Reads many items; those that are missing are missing from the answer too.
    async fn get_many(&self, keys: &[RawKey]) -> Result<Vec<Item>, StorageError>;
    /// Reads one page of a partition.
    async fn query(&self, query: &RawQuery) -> Result<Vec<Item>, StorageError>;
    /// Puts items whose content their keys name, so that it does not matter who is first. Some may
    /// be there and others not when this fails.
    async fn put_many(&self, items: Vec<(RawKey, Item)>) -> Result<(), StorageError>;
    /// Writes all or nothing.
    async fn transact(&self, writes: Vec<RawWrite>) -> Result<(), TransactError>;
    /// Counts on one item, by itself: unlike a transaction it is in nobody's way who counts there as well, and costs
    /// half as much. It may happen more than once. Returns the item as it is then.
    async fn count(&self, key: &RawKey, count: RawCount) -> Result<Item, CountError>;
    /// Reads the due index, in order of falling due.
    async fn query_due(&self, query: &RawQuery) -> Result<Vec<DueLine>, StorageError>;
}

/// A line of the due index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueLine {
    /// The item's partition key.
    pub pk: String,
    /// The item's sort key.
    pub sk: String,
    /// The line's place among those that fall due in the same minute.
    pub due_sk: String,
}

/// The bucket.
#[async_trait]
pub trait BlobPort: fmt::Debug + Send + Sync {
    /// Reads an object.
    async fn get(&self, key: &RawBlobKey) -> Result<Option<Vec<u8>>, StorageError>;
    /// Writes an object.
    async fn put(&self, key: &RawBlobKey, bytes: Vec<u8>) -> Result<(), StorageError>;
    /// Deletes an object; one that is not there is fine.
    async fn delete(&self, key: &RawBlobKey) -> Result<(), StorageError>;
    /// Lists up to 1,000 objects whose keys begin with `prefix`.
    async fn list(&self, prefix: &RawBlobKey) -> Result<Vec<String>, StorageError>;
}

/// The bucket of what is written once and kept: seals of the audit trail.
#[async_trait]
pub trait AnchorPort: fmt::Debug + Send + Sync {
    /// Reads an object.
    async fn get(&self, key: &RawBlobKey) -> Result<Option<Vec<u8>>, StorageError>;
    /// Writes an object that must not be there yet. Returns whether it was not: nothing was written where it was.
    async fn put_new(&self, key: &RawBlobKey, bytes: Vec<u8>) -> Result<bool, StorageError>;
    /// Lists up to 1,000 objects whose keys begin with `prefix`, in order, from the first one after `after`.
    async fn list(
        &self,
        prefix: &RawBlobKey,
        after: Option<&RawBlobKey>,
    ) -> Result<Vec<String>, StorageError>;
}

/// The table and the buckets, under one identity.
#[derive(Debug, Clone)]
pub struct Ports {
    /// The table.
    pub table: Arc<dyn TablePort>,
    /// The bucket.
    pub blobs: Arc<dyn BlobPort>,
    /// The bucket of seals.
    pub anchors: Arc<dyn AnchorPort>,
}

/// Storage, under every identity that a function has.
pub trait StoragePort: fmt::Debug + Send + Sync {
    /// Returns storage as the function itself reaches it: what is the platform's.
    fn own(&self) -> Ports;
    /// Returns storage as the function reaches it for one tenant. Where the function takes on a session for each
    /// tenant, the tenant's data and no other tenant's is in reach of it, whatever key it makes.
    fn of(&self, tenant: TenantId) -> Ports;
    /// Returns whether it takes on a session for each tenant.
    fn has_sessions(&self) -> bool;
    /// Gives up the session for a tenant: what is asked of it next begins another.
    fn renew(&self, tenant: TenantId);
}
