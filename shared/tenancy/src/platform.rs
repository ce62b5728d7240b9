//! The platform: storage, time and chance, and the doors through which a context is made.

mod doors;

use std::sync::Arc;

use kernel::{Clock, Entropy, IdMint};

use crate::context::TenantContext;
use crate::key::{PlatformKey, platform_key};
use crate::operator::OperatorContext;
use crate::record::{Record, Stored, decode};
use crate::storage::{Consistency, StorageError, StoragePort, TablePort};

/// Everything that contexts stand on. Storage itself cannot be reached through it: only a context
/// that was admitted can ask storage, and only for its own tenant.
#[derive(Debug, Clone)]
pub struct Platform {
    pub(crate) storage: Arc<dyn StoragePort>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
}

/// Who was let in.
#[derive(Debug)]
pub enum Admission {
    /// A member, to one tenant.
    Tenant(TenantContext),
    /// An operator, to the platform.
    Operator(OperatorContext),
}

impl Platform {
    /// Makes the platform from its parts.
    pub fn new(
        storage: Arc<dyn StoragePort>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self {
            storage,
            clock,
            entropy,
        }
    }

    /// Returns the current instant.
    pub fn now(&self) -> jiff::Timestamp {
        self.clock.now()
    }

    /// Reads a record of the platform as it is now.
    pub(crate) async fn find<R>(&self, key: &R::Key) -> Result<Option<Stored<R>>, StorageError>
    where
        R: Record,
        R::Key: PlatformKey,
    {
        let key = platform_key(key);
        let item = self.table().get(&key, Consistency::Strong).await?;
        item.map(decode).transpose()
    }

    /// Returns the table as the function itself reaches it.
    pub(crate) fn table(&self) -> Arc<dyn TablePort> {
        self.storage.own().table
    }

    /// Returns the random source.
    pub fn entropy(&self) -> &dyn Entropy {
        &*self.entropy
    }

    /// Returns the mint of new ids.
    pub fn mint(&self) -> IdMint<'_> {
        IdMint::new(&*self.clock, &*self.entropy)
    }
}
