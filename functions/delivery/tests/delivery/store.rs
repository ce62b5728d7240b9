//! A table in memory that counts what is read of it, and can fail.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use serde_dynamo::{AttributeValue, Item};
use tenancy::storage::{RawBlobKey, RawKey, RawQuery, RawWrite, TransactError};
use tenancy::{BlobPort, Consistency, Key, Record, StorageError, TablePort};

/// How a store behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// It works.
    Works,
    /// It cannot be reached.
    Fails,
    /// Whoever asks it falls over.
    Panics,
}

/// The table and the bucket.
#[derive(Debug)]
pub(crate) struct Store {
    items: Mutex<BTreeMap<(String, String), Item>>,
    reads: AtomicUsize,
    mood: Mutex<Mood>,
}

impl Store {
    pub(crate) fn new() -> Self {
        Self {
            items: Mutex::default(),
            reads: AtomicUsize::new(0),
            mood: Mutex::new(Mood::Works),
        }
    }

    /// Puts a record; `owner` is what stands before the composites of its partition key.
    pub(crate) fn put<R: Record>(&self, owner: &[String], record: &R) {
        let key = record.key();
        let item = serde_dynamo::to_item(record).unwrap();
        self.put_item(owner, (key.partition(), key.sort()), item);
    }

    pub(crate) fn put_item(
        &self,
        owner: &[String],
        (partition, sort): (Vec<String>, Vec<String>),
        mut item: Item,
    ) {
        for name in ["schema", "version"] {
            let one = AttributeValue::N("1".to_owned());
            item.inner_mut().insert(name.to_owned(), one);
        }
        let pk = [owner, &partition].concat().join("#");
        self.items
            .lock()
            .unwrap()
            .insert((pk, sort.join("#")), item);
    }

    pub(crate) fn set_mood(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// Returns how often anything was read since this was last asked.
    pub(crate) fn take_reads(&self) -> usize {
        self.reads.swap(0, Ordering::Relaxed)
    }

    fn read(&self) -> Result<(), StorageError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let mood = *self.mood.lock().unwrap();
        match mood {
            Mood::Works => Ok(()),
            Mood::Fails => Err(StorageError::Unavailable {
                operation: "read",
                source: "the table is away".into(),
            }),
            Mood::Panics => panic!("the table fell over"),
        }
    }

    fn find(&self, key: &RawKey) -> Option<Item> {
        let key = (key.pk().to_owned(), key.sk().to_owned());
        self.items.lock().unwrap().get(&key).cloned()
    }
}

#[async_trait]
impl TablePort for Store {
    async fn get(&self, key: &RawKey, _: Consistency) -> Result<Option<Item>, StorageError> {
        self.read()?;
        Ok(self.find(key))
    }

    async fn get_many(&self, keys: &[RawKey]) -> Result<Vec<Item>, StorageError> {
        self.read()?;
        Ok(keys.iter().filter_map(|key| self.find(key)).collect())
    }

    async fn query(&self, _: &RawQuery) -> Result<Vec<Item>, StorageError> {
        unreachable!("visitors' pages need no query")
    }

    async fn put_many(&self, _: Vec<(RawKey, Item)>) -> Result<(), StorageError> {
        unreachable!("visitors write nothing")
    }

    async fn transact(&self, _: Vec<RawWrite>) -> Result<(), TransactError> {
        unreachable!("visitors write nothing")
    }

    async fn query_due(&self, _: &RawQuery) -> Result<Vec<(String, String)>, StorageError> {
        unreachable!("visitors' pages need no query")
    }
}

#[async_trait]
impl BlobPort for Store {
    async fn get(&self, _: &RawBlobKey) -> Result<Option<Vec<u8>>, StorageError> {
        unreachable!("these objects are small")
    }

    async fn put(&self, _: &RawBlobKey, _: Vec<u8>) -> Result<(), StorageError> {
        unreachable!("visitors write nothing")
    }

    async fn delete(&self, _: &RawBlobKey) -> Result<(), StorageError> {
        unreachable!("visitors write nothing")
    }

    async fn list(&self, _: &RawBlobKey) -> Result<Vec<String>, StorageError> {
        unreachable!("visitors list nothing")
    }
}
