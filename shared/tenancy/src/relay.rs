//! The outbox as the relay sees it: across tenants, but only what waits to be sent.

use events::Envelope;
use kernel::limits::OUTBOX_PATIENCE_S;
use kernel::time::plus_seconds;
use serde_dynamo::Item;

use crate::key::{Key, platform_key, tenant_key};
use crate::keys::{OutboxKey, SweepKey, due_partition};
use crate::platform::Platform;
use crate::record::{Record, Stamp, attribute, decode, encode};
use crate::records::{OutboxRecord, SweepRecord};
use crate::storage::{
    Condition, Consistency, Index, RawKey, RawQuery, RawWrite, StorageError, TransactError,
};

/// The kind of what falls due in the outbox.
pub(crate) const OUTBOX: &str = "outbox";

/// The entity of outbox items: what the relay's stream filter lets through.
pub const OUTBOX_ENTITY: &str = OutboxKey::ENTITY;

/// Over how many partitions one minute of the due index is spread.
const SHARDS: u8 = 4;

/// Minutes that the due index may lag behind the table.
const INDEX_LAG_MINUTES: i64 = 2;

/// The most minutes that one sweep walks.
const SWEEP_MINUTES_MAX: i64 = 60;

/// The most events that one sweep takes from one partition.
const SWEEP_EVENTS_MAX: usize = 100;

/// The relay's handle.
#[derive(Debug, Clone)]
pub struct Relay {
    platform: Platform,
}

/// What a sweep found.
#[derive(Debug)]
pub struct Sweep {
    /// Events that waited too long.
    pub overdue: Vec<Envelope>,
    /// Items that waited too long and cannot be read, with the reason. They stay in the outbox; a
    /// sweep that is over leaves them behind, so that they hold nothing up.
    pub unreadable: Vec<StorageError>,
    position: Option<i64>,
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
        match self.platform.table.transact(vec![delete]).await {
            Ok(()) | Err(TransactError::Refused(_)) => Ok(()),
            Err(TransactError::Storage(error)) => Err(error),
        }
    }

    /// Finds events that waited longer than the stream ever takes.
    pub async fn overdue(&self) -> Result<Sweep, StorageError> {
        let now = self.platform.now();
        let this_minute = now.as_second().div_euclid(60);
        let begin = self
            .position()
            .await?
            .unwrap_or(this_minute - SWEEP_MINUTES_MAX);
        let end = this_minute.min(begin.saturating_add(SWEEP_MINUTES_MAX));
        let mut overdue = Vec::new();
        let mut unreadable = Vec::new();
        let mut first_full = None;
        for minute in begin..=end {
            for shard in 0..SHARDS {
                for key in self.due(minute, shard).await? {
                    let item = self.platform.table.get(&key, Consistency::Strong).await?;
                    match item.map(decode::<OutboxRecord>).transpose() {
                        Ok(stored) => {
                            first_full.get_or_insert(minute);
                            overdue.extend(stored.map(|stored| stored.record.envelope));
                        }
                        Err(error) => unreadable.push(error),
                    }
                }
            }
        }
        overdue.retain(|envelope| due_at(envelope) <= now);
        let settled = end.min(this_minute - INDEX_LAG_MINUTES);
        let position = first_full.map_or(settled, |minute| minute.min(settled));
        Ok(Sweep {
            overdue,
            unreadable,
            position: (position > begin).then_some(position),
        })
    }

    /// Notes how far a sweep came, once its events were sent.
    pub async fn swept(&self, sweep: &Sweep) -> Result<(), StorageError> {
        let Some(minute) = sweep.position else {
            return Ok(());
        };
        let record = SweepRecord { minute };
        let item = encode(
            &record,
            Stamp {
                version: 1,
                audit_head: None,
            },
        )?;
        self.platform
            .table
            .put_many(vec![(platform_key(&record.key()), item)])
            .await
    }

    async fn position(&self) -> Result<Option<i64>, StorageError> {
        let item = self
            .platform
            .table
            .get(
                &platform_key(&SweepKey { kind: OUTBOX }),
                Consistency::Strong,
            )
            .await?;
        Ok(item
            .map(decode::<SweepRecord>)
            .transpose()?
            .map(|stored| stored.minute))
    }

    async fn due(&self, minute: i64, shard: u8) -> Result<Vec<RawKey>, StorageError> {
        let query = RawQuery {
            index: Index::Due,
            pk: due_partition(OUTBOX, minute, shard),
            sk_prefix: String::new(),
            after: None,
            limit: SWEEP_EVENTS_MAX,
            newest_first: false,
        };
        let keys = self.platform.table.query_due(&query).await?;
        Ok(keys
            .into_iter()
            .map(|(pk, sk)| RawKey::new(pk, sk))
            .collect())
    }
}

fn due_at(envelope: &Envelope) -> jiff::Timestamp {
    plus_seconds(envelope.occurred_at, OUTBOX_PATIENCE_S)
}

/// Returns the keys under which an event falls due, should the stream not bring it.
pub(crate) fn due_keys(envelope: &Envelope) -> (String, String) {
    let due_at = due_at(envelope);
    let shard = envelope.id.to_string().bytes().last().unwrap_or(0) % SHARDS;
    let partition = due_partition(OUTBOX, due_at.as_second().div_euclid(60), shard);
    (
        partition,
        format!("{:015}-{}", due_at.as_millisecond(), envelope.id),
    )
}

/// Names the attributes of the due index.
pub const DUE_ATTRIBUTES: [&str; 2] = [attribute::DUE_PK, attribute::DUE_SK];
