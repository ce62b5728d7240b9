//! A table in memory that counts reads and can be down. It checks no conditions: the authorizer
//! never writes.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use serde_dynamo::Item;
use tenancy::storage::{RawBlobKey, RawKey, RawQuery, RawWrite, TransactError};
use tenancy::{BlobPort, Consistency, StorageError, TablePort};

#[derive(Debug, Default)]
pub(super) struct Store {
    items: Mutex<BTreeMap<RawKey, Item>>,
    reads: AtomicUsize,
    is_down: AtomicBool,
}

impl Store {
    pub(super) fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }

    pub(super) fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::SeqCst);
    }
}

#[async_trait]
impl TablePort for Store {
    async fn get(&self, key: &RawKey, _: Consistency) -> Result<Option<Item>, StorageError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        if self.is_down.load(Ordering::SeqCst) {
            return Err(StorageError::Contended);
        }
        Ok(self.items.lock().unwrap().get(key).cloned())
    }

    async fn get_many(&self, _: &[RawKey]) -> Result<Vec<Item>, StorageError> {
        Err(StorageError::Contended)
    }

    async fn query(&self, _: &RawQuery) -> Result<Vec<Item>, StorageError> {
        Err(StorageError::Contended)
    }

    async fn put_many(&self, _: Vec<(RawKey, Item)>) -> Result<(), StorageError> {
        Err(StorageError::Contended)
    }

    async fn transact(&self, writes: Vec<RawWrite>) -> Result<(), TransactError> {
        let mut items = self.items.lock().unwrap();
        for write in writes {
            if let RawWrite::Put { key, item, .. } = write {
                items.insert(key, item);
            }
        }
        Ok(())
    }

    async fn query_due(&self, _: &RawQuery) -> Result<Vec<(String, String)>, StorageError> {
        Err(StorageError::Contended)
    }
}

/// No bucket: the authorizer needs none.
#[derive(Debug)]
pub(super) struct NoBucket;

#[async_trait]
impl BlobPort for NoBucket {
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
