//! The outbox as the relay sees it: across tenants, but only what waits to be sent.

mod sweep;

use events::Envelope;
use kernel::limits::OUTBOX_PATIENCE_S;
use kernel::time::plus_seconds;
use serde_dynamo::Item;

use crate::key::{Key, tenant_key};
use crate::keys::{OutboxKey, due_partition};
use crate::platform::Platform;
use crate::record::{attribute, decode};
use crate::records::OutboxRecord;
use crate::storage::{Condition, RawWrite, StorageError, TransactError};

pub use sweep::{Overdue, Sweep, Unreadable};

/// The kind of what falls due in the outbox.
pub(crate) const OUTBOX: &str = "outbox";

/// The entity of outbox items: what the relay's stream filter lets through.
pub const OUTBOX_ENTITY: &str = OutboxKey::ENTITY;

/// Over how many partitions one minute of the due index is spread.
const SHARDS: u8 = 4;

/// The relay's handle.
#[derive(Debug, Clone)]
pub struct Relay {
    platform: Platform,
}

impl Relay {
    /// Opens the outbox. Only the relay may.
    pub fn new(platform: Platform) -> Self {
        Self { platform }
    }

    /// Reads the event out of an outbox item's new image in the table's stream.
    pub fn envelope(image: Item) -> Result<Envelope, StorageError> {
        Ok(decode::<OutboxRecord>(image)?.record.envelope)
    }

    /// Takes an event that was sent out of the outbox.
    pub async fn sent(&self, envelope: &Envelope) -> Result<(), StorageError> {
        let key = tenant_key(envelope.tenant_id, &OutboxKey { event: envelope.id });
        let delete = RawWrite::Delete {
            key,
            condition: Condition::Always,
        };
        match self.platform.table().transact(vec![delete]).await {
            Ok(()) | Err(TransactError::Refused(_)) => Ok(()),
            Err(TransactError::Storage(error)) => Err(error),
        }
    }
}

/// Returns the keys under which an event falls due, should the stream not bring it.
pub(crate) fn due_keys(envelope: &Envelope) -> (String, String) {
    let due_at = plus_seconds(envelope.occurred_at, OUTBOX_PATIENCE_S);
    let shard = envelope.id.to_string().bytes().last().unwrap_or(0) % SHARDS;
    let partition = due_partition(OUTBOX, due_at.as_second().div_euclid(60), shard);
    (
        partition,
        format!("{:015}-{}", due_at.as_millisecond(), envelope.id),
    )
}

/// Names the attributes of the due index.
pub const DUE_ATTRIBUTES: [&str; 2] = [attribute::DUE_PK, attribute::DUE_SK];
