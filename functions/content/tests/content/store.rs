//! A table and a bucket in memory, that do what DynamoDB does with conditions, and weigh what is
//! written as DynamoDB does.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use serde_dynamo::{AttributeValue, Item};
use tenancy::Consistency;
use tenancy::storage::{
    BlobPort, Condition, RawBlobKey, RawKey, RawQuery, RawWrite, StorageError, TablePort,
    TransactError,
};

type Key = (String, String);

/// The table and the bucket.
#[derive(Debug, Default)]
pub(crate) struct Store(Mutex<State>);

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) items: BTreeMap<Key, Item>,
    pub(crate) blobs: BTreeMap<String, Vec<u8>>,
    /// Calls that read.
    pub(crate) reads: usize,
    /// Calls that write, with their write units.
    pub(crate) writes: Vec<usize>,
    /// Actions of the last transaction.
    pub(crate) actions: usize,
}

impl Store {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Reads, after letting others go first.
    async fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        tokio::task::yield_now().await;
        let mut state = self.state();
        state.reads += 1;
        read(&state)
    }
}

fn key(raw: &RawKey) -> Key {
    (raw.pk().to_owned(), raw.sk().to_owned())
}

fn number(item: Option<&Item>, attribute: &str) -> Option<i64> {
    match item?.inner().get(attribute) {
        Some(AttributeValue::N(text)) => text.parse().ok(),
        _ => None,
    }
}

fn holds(item: Option<&Item>, condition: &Condition) -> bool {
    let get = |name: &str| item.and_then(|item| item.inner().get(name));
    match condition {
        Condition::Always => true,
        Condition::Absent => item.is_none(),
        Condition::Present => item.is_some(),
        Condition::Equals(name, value) => get(name) == Some(value),
        Condition::Differs(name, value) => get(name).is_some_and(|found| found != value),
        Condition::AtMost(name, most) => number(item, name).is_none_or(|found| found <= *most),
        Condition::AtLeast(name, least) => number(item, name).is_some_and(|found| found >= *least),
    }
}

fn condition(write: &RawWrite) -> &Condition {
    match write {
        RawWrite::Put { condition, .. }
        | RawWrite::Delete { condition, .. }
        | RawWrite::Check { condition, .. }
        | RawWrite::Add { condition, .. } => condition,
    }
}

/// Returns the size of an attribute's value, as DynamoDB counts it.
fn bytes_of(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::B(bytes) => bytes.len(),
        AttributeValue::N(digits) => digits.len() / 2 + 2,
        AttributeValue::M(map) => {
            3 + map
                .iter()
                .map(|(name, value)| 1 + name.len() + bytes_of(value))
                .sum::<usize>()
        }
        AttributeValue::L(list) => 3 + list.iter().map(|value| 1 + bytes_of(value)).sum::<usize>(),
        AttributeValue::Bool(_)
        | AttributeValue::Null(_)
        | AttributeValue::Ss(_)
        | AttributeValue::Ns(_)
        | AttributeValue::Bs(_) => 1,
    }
}

/// Returns the write units of an item: one for each kilobyte begun.
fn units((pk, sk): &Key, item: &Item) -> usize {
    let fields = item.inner().iter();
    let fields: usize = fields
        .map(|(name, value)| name.len() + bytes_of(value))
        .sum();
    (fields + pk.len() + sk.len() + 4).div_ceil(1_024)
}

fn apply(state: &mut State, write: RawWrite) -> usize {
    match write {
        RawWrite::Put { key: raw, item, .. } => {
            let units = units(&key(&raw), &item);
            state.items.insert(key(&raw), item);
            units
        }
        RawWrite::Delete { key: raw, .. } => {
            let gone = state.items.remove(&key(&raw));
            gone.map_or(1, |item| units(&key(&raw), &item))
        }
        RawWrite::Check { .. } => 1,
        RawWrite::Add {
            key: raw,
            attribute,
            delta,
            ..
        } => {
            let empty = || Item::from(HashMap::<String, AttributeValue>::new());
            let item = state.items.entry(key(&raw)).or_insert_with(empty);
            let sum = number(Some(item), attribute).unwrap_or(0) + delta;
            let sum = AttributeValue::N(sum.to_string());
            item.inner_mut().insert(attribute.to_owned(), sum);
            1
        }
    }
}

#[async_trait]
impl TablePort for Store {
    async fn get(&self, raw: &RawKey, _: Consistency) -> Result<Option<Item>, StorageError> {
        Ok(self.read(|state| state.items.get(&key(raw)).cloned()).await)
    }

    async fn get_many(&self, keys: &[RawKey]) -> Result<Vec<Item>, StorageError> {
        let get = |state: &State| {
            let found = keys
                .iter()
                .filter_map(|raw| state.items.get(&key(raw)).cloned());
            found.collect()
        };
        Ok(self.read(get).await)
    }

    async fn query(&self, query: &RawQuery) -> Result<Vec<Item>, StorageError> {
        let list = |state: &State| {
            let mut found: Vec<(String, Item)> = state
                .items
                .iter()
                .filter(|((pk, sk), _)| pk == query.pk() && sk.starts_with(query.sk_prefix()))
                .map(|((_, sk), item)| (sk.clone(), item.clone()))
                .collect();
            if query.newest_first() {
                found.reverse();
            }
            let is_behind = |sk: &str| match query.after() {
                Some(after) if query.newest_first() => sk < after,
                Some(after) => sk > after,
                None => true,
            };
            let behind = found.into_iter().filter(|(sk, _)| is_behind(sk));
            let page = behind.take(query.limit()).map(|(sk, mut item)| {
                item.inner_mut()
                    .insert("sk".to_owned(), AttributeValue::S(sk));
                item
            });
            page.collect()
        };
        Ok(self.read(list).await)
    }

    async fn put_many(&self, items: Vec<(RawKey, Item)>) -> Result<(), StorageError> {
        tokio::task::yield_now().await;
        let mut state = self.state();
        let mut keys: Vec<Key> = items.iter().map(|(raw, _)| key(raw)).collect();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), items.len(), "a batch takes each item once");
        let sum = items.iter().map(|(raw, item)| units(&key(raw), item)).sum();
        state
            .items
            .extend(items.into_iter().map(|(raw, item)| (key(&raw), item)));
        state.writes.push(sum);
        Ok(())
    }

    async fn transact(&self, writes: Vec<RawWrite>) -> Result<(), TransactError> {
        tokio::task::yield_now().await;
        let mut state = self.state();
        let refused: Vec<usize> = writes
            .iter()
            .enumerate()
            .filter(|(_, write)| !holds(state.items.get(&key(write.key())), condition(write)))
            .map(|(at, _)| at)
            .collect();
        if !refused.is_empty() {
            return Err(TransactError::Refused(refused));
        }
        let mut keys: Vec<Key> = writes.iter().map(|write| key(write.key())).collect();
        keys.sort();
        keys.dedup();
        assert_eq!(
            keys.len(),
            writes.len(),
            "a transaction takes each item once"
        );
        state.actions = writes.len();
        // A transaction costs each unit twice.
        let sum = writes
            .into_iter()
            .map(|write| 2 * apply(&mut state, write))
            .sum();
        state.writes.push(sum);
        Ok(())
    }

    async fn query_due(&self, _: &RawQuery) -> Result<Vec<Key>, StorageError> {
        Err(StorageError::Contended)
    }
}

#[async_trait]
impl BlobPort for Store {
    async fn get(&self, raw: &RawBlobKey) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(self
            .read(|state| state.blobs.get(raw.as_str()).cloned())
            .await)
    }

    async fn put(&self, raw: &RawBlobKey, bytes: Vec<u8>) -> Result<(), StorageError> {
        self.state().blobs.insert(raw.as_str().to_owned(), bytes);
        Ok(())
    }

    async fn delete(&self, raw: &RawBlobKey) -> Result<(), StorageError> {
        self.state().blobs.remove(raw.as_str());
        Ok(())
    }

    async fn list(&self, raw: &RawBlobKey) -> Result<Vec<String>, StorageError> {
        let list = |state: &State| {
            let keys = state
                .blobs
                .keys()
                .filter(|key| key.starts_with(raw.as_str()));
            keys.take(1_000).cloned().collect()
        };
        Ok(self.read(list).await)
    }
}
