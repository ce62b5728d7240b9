//! A table that keeps what it is told, and ways out that refuse what they are told to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use events::{Consumer, Envelope, Event};
use kernel::{EventId, ManualClock, SeededEntropy, TenantId};
use serde_dynamo::{AttributeValue, Item};
use serde_json::{Value, json};
use tenancy::audit::Action;
use tenancy::permission::Provision;
use tenancy::relay::{DUE_ATTRIBUTES, Relay};
use tenancy::storage::{
    BlobPort, RawBlobKey, RawKey, RawQuery, RawWrite, StorageError, TablePort, TransactError,
};
use tenancy::{Consistency, Platform};

use crate::outbox::Outbox;
use crate::outlets::{BusEntry, Outlets, QueueEntry, Unsent};
use crate::payload::StreamRecord;

type Key = (String, String);

/// A table that keeps items and the stream of those that were put into the outbox.
#[derive(Debug, Default)]
pub(crate) struct Table {
    items: Mutex<BTreeMap<Key, Item>>,
    stream: Mutex<Vec<Item>>,
    has_broken_deletes: Mutex<bool>,
}

fn is_outbox(item: &Item) -> bool {
    item.inner().get("entity") == Some(&AttributeValue::S("outbox".to_owned()))
}

fn key(raw: &RawKey) -> Key {
    (raw.pk().to_owned(), raw.sk().to_owned())
}

fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    match item.inner().get(name) {
        Some(AttributeValue::S(text)) => Some(text),
        _ => None,
    }
}

impl Table {
    /// Returns how many events wait.
    pub(crate) fn outbox(&self) -> usize {
        let items = self.items.lock().unwrap();
        items.values().filter(|item| is_outbox(item)).count()
    }

    /// Makes deletes fail, or not.
    pub(crate) fn break_deletes(&self, is_broken: bool) {
        *self.has_broken_deletes.lock().unwrap() = is_broken;
    }

    fn put(&self, raw: &RawKey, item: Item) {
        if is_outbox(&item) {
            self.stream.lock().unwrap().push(item.clone());
        }
        self.items.lock().unwrap().insert(key(raw), item);
    }
}

#[async_trait]
impl TablePort for Table {
    async fn get(&self, raw: &RawKey, _: Consistency) -> Result<Option<Item>, StorageError> {
        Ok(self.items.lock().unwrap().get(&key(raw)).cloned())
    }

    async fn get_many(&self, _: &[RawKey]) -> Result<Vec<Item>, StorageError> {
        Err(StorageError::Contended)
    }

    async fn query(&self, _: &RawQuery) -> Result<Vec<Item>, StorageError> {
        Err(StorageError::Contended)
    }

    async fn put_many(&self, items: Vec<(RawKey, Item)>) -> Result<(), StorageError> {
        for (raw, item) in items {
            self.put(&raw, item);
        }
        Ok(())
    }

    async fn transact(&self, writes: Vec<RawWrite>) -> Result<(), TransactError> {
        for write in writes {
            match write {
                RawWrite::Put { key, item, .. } => self.put(&key, item),
                RawWrite::Delete { key: raw, .. } => {
                    if *self.has_broken_deletes.lock().unwrap() {
                        return Err(StorageError::Contended.into());
                    }
                    self.items.lock().unwrap().remove(&key(&raw));
                }
                RawWrite::Check { .. } | RawWrite::Add { .. } => {}
            }
        }
        Ok(())
    }

    async fn query_due(&self, query: &RawQuery) -> Result<Vec<Key>, StorageError> {
        let [partition, sort] = DUE_ATTRIBUTES;
        let items = self.items.lock().unwrap();
        let mut due: Vec<(&str, Key)> = items
            .iter()
            .filter(|(_, item)| text(item, partition) == Some(query.pk()))
            .filter_map(|(key, item)| Some((text(item, sort)?, key.clone())))
            .collect();
        due.sort();
        Ok(due
            .into_iter()
            .map(|(_, key)| key)
            .take(query.limit())
            .collect())
    }
}

#[derive(Debug)]
struct NoBlobs;

#[async_trait]
impl BlobPort for NoBlobs {
    async fn get(&self, _: &RawBlobKey) -> Result<Option<Vec<u8>>, StorageError> {
        Err(StorageError::Contended)
    }

    async fn put(&self, _: &RawBlobKey, _: Vec<u8>) -> Result<(), StorageError> {
        Err(StorageError::Contended)
    }

    async fn delete(&self, _: &RawBlobKey) -> Result<(), StorageError> {
        Err(StorageError::Contended)
    }

    async fn list(&self, _: &RawBlobKey) -> Result<Vec<String>, StorageError> {
        Err(StorageError::Contended)
    }
}

/// A way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outlet {
    /// A consumer's queue.
    Queue(Consumer),
    /// The bus.
    Bus,
}

/// Ways out that keep what left.
#[derive(Debug, Default, Clone)]
pub(crate) struct FakeOutlets(Arc<Mutex<Out>>);

#[derive(Debug, Default)]
struct Out {
    refused: BTreeSet<(Outlet, String)>,
    queued: Vec<(Consumer, QueueEntry)>,
    published: Vec<BusEntry>,
    largest: usize,
}

impl FakeOutlets {
    pub(crate) fn refuse(&self, outlet: Outlet, event: EventId) {
        let mut out = self.0.lock().unwrap();
        out.refused.insert((outlet, event.to_string()));
    }

    pub(crate) fn refuse_nothing(&self) {
        self.0.lock().unwrap().refused.clear();
    }

    pub(crate) fn queued(&self) -> Vec<(Consumer, QueueEntry)> {
        self.0.lock().unwrap().queued.clone()
    }

    pub(crate) fn published(&self) -> Vec<BusEntry> {
        self.0.lock().unwrap().published.clone()
    }

    pub(crate) fn largest_batch(&self) -> usize {
        self.0.lock().unwrap().largest
    }

    fn take<T: Clone>(
        &self,
        outlet: Outlet,
        batch: &[T],
        text: impl Fn(&T) -> &str,
        keep: impl Fn(&mut Out, T),
    ) -> Unsent {
        let mut out = self.0.lock().unwrap();
        out.largest = out.largest.max(batch.len());
        let mut unsent = Unsent::default();
        for (position, entry) in batch.iter().enumerate() {
            let is_refused = out
                .refused
                .iter()
                .any(|(of, event)| *of == outlet && text(entry).contains(event.as_str()));
            if is_refused {
                unsent.positions.insert(position);
            } else {
                keep(&mut out, entry.clone());
            }
        }
        unsent
    }
}

#[async_trait]
impl Outlets for FakeOutlets {
    async fn enqueue(&self, consumer: Consumer, batch: &[QueueEntry]) -> Unsent {
        let keep = |out: &mut Out, entry| out.queued.push((consumer, entry));
        self.take(
            Outlet::Queue(consumer),
            batch,
            |entry| entry.body.as_str(),
            keep,
        )
    }

    async fn publish(&self, batch: &[BusEntry]) -> Unsent {
        let keep = |out: &mut Out, entry| out.published.push(entry);
        self.take(Outlet::Bus, batch, |entry| entry.detail.as_str(), keep)
    }
}

/// A platform on which events happen and are relayed.
pub(crate) struct World {
    pub(crate) clock: ManualClock,
    pub(crate) table: Arc<Table>,
    pub(crate) platform: Platform,
    pub(crate) outlets: FakeOutlets,
    tenant: TenantId,
}

impl World {
    pub(crate) fn new() -> Self {
        let clock = ManualClock::at("2026-01-01T00:00:00Z".parse().unwrap());
        let table = Arc::new(Table::default());
        let platform = Platform::new(
            Arc::clone(&table) as Arc<dyn TablePort>,
            Arc::new(NoBlobs),
            Arc::new(clock.clone()),
            Arc::new(SeededEntropy::new(7)),
        );
        Self {
            tenant: TenantId::mint(platform.mint()),
            clock,
            table,
            platform,
            outlets: FakeOutlets::default(),
        }
    }

    pub(crate) fn outbox(&self) -> Outbox<FakeOutlets> {
        Outbox::new(self.platform.clone(), self.outlets.clone())
    }

    /// Lets an event happen.
    #[expect(
        clippy::disallowed_methods,
        reason = "the shortest way to a context in which an event can happen"
    )]
    pub(crate) async fn happen(&self, event: Event) {
        let cause = Envelope {
            id: EventId::mint(self.platform.mint()),
            tenant_id: self.tenant,
            occurred_at: self.platform.now(),
            request_id: "r".to_owned(),
            event: Event::TenantUpdated {},
        };
        let context = self.platform.resume("test", &cause);
        let permit = context.permit::<Provision>().unwrap();
        permit
            .change(Action::Update)
            .event(event)
            .commit()
            .await
            .unwrap();
    }

    /// Returns the stream: sequence numbers from zero, and the events.
    pub(crate) fn stream(&self) -> Vec<(String, EventId)> {
        let stream = self.table.stream.lock().unwrap();
        stream
            .iter()
            .enumerate()
            .map(|(at, item)| (at.to_string(), Relay::envelope(item.clone()).unwrap().id))
            .collect()
    }

    /// Returns the stream as the relay is given it.
    pub(crate) fn records(&self) -> Vec<StreamRecord> {
        let stream = self.table.stream.lock().unwrap();
        stream
            .iter()
            .enumerate()
            .map(|(at, item)| StreamRecord {
                sequence_number: at.to_string(),
                image: Some(image(item)),
            })
            .collect()
    }

    /// Relays the whole stream.
    pub(crate) async fn relay(&self) -> Value {
        self.outbox().relay(self.records(), 0).await
    }
}

/// Returns an item as it stands in a record of the stream: with its key.
fn image(item: &Item) -> Value {
    let mut image = serde_json::to_value(item).unwrap();
    image["pk"] = json!({ "S": "T#x#OUTBOX" });
    image["sk"] = json!({ "S": "EVENT#x" });
    image
}
