//! Immutable objects, stored once per tenant under their hash: in the table while they are small,
//! in the bucket when they are not.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kernel::limits::OBJECT_INLINE_BYTES_MAX;
use kernel::{ContentHash, TenantId};
use serde::{Deserialize, Serialize};

use crate::context::TenantContext;
use crate::key::tenant_key;
use crate::keys::ObjectKey;
use crate::permission::{Mutates, Permission};
use crate::permit::Permit;
use crate::record::{Record, Stamp, decode, encode};
use crate::storage::{RawBlobKey, StorageError};

/// An object as the table knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ObjectRecord {
    hash: ContentHash,
    /// The bytes; none where they are in the bucket.
    #[serde(with = "serde_bytes")]
    bytes: Option<Vec<u8>>,
    /// When a release last named the object: the sweeper spares what was named lately.
    touched_at: Timestamp,
}

impl Record for ObjectRecord {
    type Key = ObjectKey;

    fn key(&self) -> Self::Key {
        ObjectKey { hash: self.hash }
    }
}

fn blob_key(tenant: TenantId, hash: ContentHash) -> RawBlobKey {
    RawBlobKey::new(format!("{}objects/{hash}", tenant_prefix(tenant)))
}

/// Returns what the names of all of a tenant's objects in the bucket begin with.
pub(crate) fn tenant_prefix(tenant: TenantId) -> String {
    format!("tenant-{tenant}/")
}

impl<P: Permission> Permit<P> {
    /// Reads the objects of these hashes, in the same order; one that is not there is `None`.
    pub async fn objects(
        &self,
        hashes: &[ContentHash],
    ) -> Result<Vec<Option<Vec<u8>>>, StorageError> {
        let context = self.context();
        let mut unique = hashes.to_vec();
        unique.sort_unstable();
        unique.dedup();
        let keys: Vec<_> = unique
            .into_iter()
            .map(|hash| tenant_key(context.tenant(), &ObjectKey { hash }))
            .collect();
        let items = context.ports().table.get_many(&keys).await;
        let mut found = std::collections::BTreeMap::new();
        for item in context.noted(items).await? {
            let record = decode::<ObjectRecord>(item)?.record;
            if let Some(bytes) = load(context, &record).await? {
                found.insert(record.hash, bytes);
            }
        }
        Ok(hashes.iter().map(|hash| found.get(hash).cloned()).collect())
    }
}

impl<P: Mutates> Permit<P> {
    /// Stores objects under their hashes. Storing one again is not waste: it tells the sweeper
    /// that the object is still wanted.
    pub async fn put_objects(&self, objects: Vec<Vec<u8>>) -> Result<(), StorageError> {
        let context = self.context();
        let now = context.now();
        let mut items = Vec::with_capacity(objects.len());
        let mut seen = BTreeSet::new();
        for bytes in objects {
            let hash = ContentHash::of(&bytes);
            // A batch takes each item once.
            if !seen.insert(hash) {
                continue;
            }
            let inline = if bytes.len() > OBJECT_INLINE_BYTES_MAX {
                let key = blob_key(context.tenant(), hash);
                let put = context.ports().blobs.put(&key, bytes).await;
                context.noted(put).await?;
                None
            } else {
                Some(bytes)
            };
            let record = ObjectRecord {
                hash,
                bytes: inline,
                touched_at: now,
            };
            let item = encode(&record, Stamp::FIRST)?;
            items.push((tenant_key(context.tenant(), &record.key()), item));
        }
        let put = context.ports().table.put_many(items).await;
        context.noted(put).await
    }
}

async fn load(
    context: &TenantContext,
    record: &ObjectRecord,
) -> Result<Option<Vec<u8>>, StorageError> {
    let bytes = if let Some(bytes) = &record.bytes {
        bytes.clone()
    } else {
        let key = blob_key(context.tenant(), record.hash);
        let bytes = context.ports().blobs.get(&key).await;
        let Some(bytes) = context.noted(bytes).await? else {
            return Ok(None);
        };
        bytes
    };
    if ContentHash::of(&bytes) == record.hash {
        Ok(Some(bytes))
    } else {
        Err(StorageError::Corrupt)
    }
}
