//! Reading trees: the steps of the release tree, driven over storage.

use std::sync::Arc;

use kernel::ContentHash;
use release::{NodeStore, ReleaseError, Step, Tree, TreeId};
use tenancy::{Permission, Permit};

use crate::cache::ObjectCache;
use crate::error::PublishError;

/// Reads a tenant's trees and objects, from memory where they are there.
#[derive(Debug)]
pub struct Reader<'a, P> {
    permit: &'a Permit<P>,
    cache: Option<&'a ObjectCache>,
    nodes: NodeStore,
}

impl<'a, P: Permission> Reader<'a, P> {
    /// Makes a reader that remembers nodes for its own life.
    pub fn new(permit: &'a Permit<P>) -> Self {
        Self {
            permit,
            cache: None,
            nodes: NodeStore::new(),
        }
    }

    /// Makes a reader over a cache that outlives it.
    pub fn cached(permit: &'a Permit<P>, cache: &'a ObjectCache) -> Self {
        Self {
            permit,
            cache: Some(cache),
            nodes: NodeStore::new(),
        }
    }

    /// Reads a tree.
    pub async fn tree(&self, tree: TreeId) -> Result<Tree, PublishError> {
        Ok(Tree::decode(&self.object(tree.hash()).await?)?)
    }

    /// Reads an object.
    pub async fn object(&self, hash: ContentHash) -> Result<Arc<[u8]>, PublishError> {
        let mut objects = self.objects(&[hash]).await?;
        objects.pop().ok_or(PublishError::ObjectMissing)
    }

    /// Runs an operation of the release tree, fetching the nodes it needs.
    pub async fn run<T>(
        &mut self,
        step: impl Fn(&NodeStore) -> Result<Step<T>, ReleaseError>,
    ) -> Result<T, PublishError> {
        loop {
            match step(&self.nodes)? {
                Step::Done(value) => return Ok(value),
                Step::Need(hashes) => {
                    let fetched = self.objects(&hashes).await?;
                    for (hash, bytes) in hashes.into_iter().zip(fetched) {
                        self.nodes.insert_bytes(hash, &bytes)?;
                    }
                }
            }
        }
    }

    /// Adds a node that is not stored yet.
    pub(crate) fn insert_node(
        &mut self,
        hash: ContentHash,
        bytes: &[u8],
    ) -> Result<(), ReleaseError> {
        self.nodes.insert_bytes(hash, bytes)
    }

    /// Reads objects in order; all must be there.
    async fn objects(&self, hashes: &[ContentHash]) -> Result<Vec<Arc<[u8]>>, PublishError> {
        let in_memory: Vec<Option<Arc<[u8]>>> = hashes
            .iter()
            .map(|hash| self.cache.and_then(|cache| cache.get(hash)))
            .collect();
        let missing: Vec<ContentHash> = hashes
            .iter()
            .zip(&in_memory)
            .filter(|(_, found)| found.is_none())
            .map(|(hash, _)| *hash)
            .collect();
        let fetched = if missing.is_empty() {
            Vec::new()
        } else {
            self.permit.objects(&missing).await?
        };
        let mut fetched = missing.into_iter().zip(fetched);
        let mut objects = Vec::with_capacity(hashes.len());
        for found in in_memory {
            if let Some(object) = found {
                objects.push(object);
                continue;
            }
            let (hash, bytes) = fetched.next().ok_or(PublishError::ObjectMissing)?;
            let object: Arc<[u8]> = bytes.ok_or(PublishError::ObjectMissing)?.into();
            if let Some(cache) = self.cache {
                cache.insert(hash, Arc::clone(&object));
            }
            objects.push(object);
        }
        Ok(objects)
    }
}
