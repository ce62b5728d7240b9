//! A table and a bucket in memory, with a fault at any call.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use serde_dynamo::{AttributeValue, Item};
use tenancy::Consistency;
use tenancy::storage::{
    BlobPort, Condition, RawBlobKey, RawKey, RawQuery, RawWrite, StorageError, TablePort,
    TransactError,
};

/// Where a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Before it has any effect.
    Before,
    /// After all of its effect: only the answer is lost.
    After,
}

type Key = (String, String);

/// The table and the bucket.
#[derive(Debug, Default)]
pub(crate) struct Store(Mutex<State>);

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) items: BTreeMap<Key, Item>,
    pub(crate) blobs: BTreeMap<String, Vec<u8>>,
    /// Calls so far.
    pub(crate) calls: usize,
    /// The call that fails, and how.
    pub(crate) fault: Option<(usize, Fault)>,
    /// Whether the bucket takes nothing.
    pub(crate) is_bucket_read_only: bool,
}

impl Store {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Does one call: counts it, lets others go first, and fails where a fault is set.
    async fn call<T, E: From<StorageError>>(
        &self,
        act: impl FnOnce(&mut State) -> Result<T, E>,
    ) -> Result<T, E> {
        yield_now().await;
        let mut state = self.state();
        let number = state.calls;
        state.calls += 1;
        let fault = state
            .fault
            .filter(|(at, _)| *at == number)
            .map(|(_, fault)| fault);
        if fault == Some(Fault::Before) {
            return Err(StorageError::Contended.into());
        }
        let answer = act(&mut state);
        match fault {
            Some(_) => Err(StorageError::Contended.into()),
            None => answer,
        }
    }
}

/// Lets another worker go first.
async fn yield_now() {
    tokio::task::yield_now().await;
}

fn key(raw: &RawKey) -> Key {
    (raw.pk().to_owned(), raw.sk().to_owned())
}

fn number(item: Option<&Item>, attribute: &str) -> Option<i64> {
    let Some(AttributeValue::N(text)) = item?.inner().get(attribute) else {
        return None;
    };
    text.parse().ok()
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

fn apply(state: &mut State, write: RawWrite) {
    match write {
        RawWrite::Put { key: raw, item, .. } => {
            state.items.insert(key(&raw), item);
        }
        RawWrite::Delete { key: raw, .. } => {
            state.items.remove(&key(&raw));
        }
        RawWrite::Check { .. } => {}
        RawWrite::Add {
            key: raw,
            attribute,
            delta,
            ..
        } => {
            let item = state
                .items
                .entry(key(&raw))
                .or_insert_with(|| Item::from(HashMap::<String, AttributeValue>::new()));
            let sum = number(Some(item), attribute).unwrap_or(0) + delta;
            item.inner_mut()
                .insert(attribute.to_owned(), AttributeValue::N(sum.to_string()));
        }
    }
}

#[async_trait]
impl TablePort for Store {
    async fn get(&self, raw: &RawKey, _: Consistency) -> Result<Option<Item>, StorageError> {
        self.call(|state| Ok(state.items.get(&key(raw)).cloned()))
            .await
    }

    async fn get_many(&self, keys: &[RawKey]) -> Result<Vec<Item>, StorageError> {
        self.call(|state| {
            Ok(keys
                .iter()
                .filter_map(|raw| state.items.get(&key(raw)).cloned())
                .collect())
        })
        .await
    }

    async fn query(&self, query: &RawQuery) -> Result<Vec<Item>, StorageError> {
        self.call(|state| {
            let found = state
                .items
                .iter()
                .filter(|((pk, sk), _)| pk == query.pk() && sk.starts_with(query.sk_prefix()));
            Ok(found
                .map(|(_, item)| item.clone())
                .take(query.limit())
                .collect())
        })
        .await
    }

    async fn put_many(&self, items: Vec<(RawKey, Item)>) -> Result<(), StorageError> {
        self.call(|state| {
            for (raw, item) in items {
                state.items.insert(key(&raw), item);
            }
            Ok(())
        })
        .await
    }

    async fn transact(&self, writes: Vec<RawWrite>) -> Result<(), TransactError> {
        self.call(|state| {
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
            for write in writes {
                apply(state, write);
            }
            Ok(())
        })
        .await
    }

    async fn query_due(&self, _: &RawQuery) -> Result<Vec<Key>, StorageError> {
        Err(StorageError::Contended)
    }
}

#[async_trait]
impl BlobPort for Store {
    async fn get(&self, raw: &RawBlobKey) -> Result<Option<Vec<u8>>, StorageError> {
        self.call(|state| Ok(state.blobs.get(raw.as_str()).cloned()))
            .await
    }

    async fn put(&self, raw: &RawBlobKey, bytes: Vec<u8>) -> Result<(), StorageError> {
        self.call(|state| {
            if state.is_bucket_read_only {
                return Err(StorageError::Contended);
            }
            state.blobs.insert(raw.as_str().to_owned(), bytes);
            Ok(())
        })
        .await
    }

    async fn delete(&self, raw: &RawBlobKey) -> Result<(), StorageError> {
        self.call(|state| {
            state.blobs.remove(raw.as_str());
            Ok(())
        })
        .await
    }

    async fn list(&self, raw: &RawBlobKey) -> Result<Vec<String>, StorageError> {
        self.call(|state| {
            let keys = state
                .blobs
                .keys()
                .filter(|key| key.starts_with(raw.as_str()));
            Ok(keys.take(1_000).cloned().collect())
        })
        .await
    }
}
