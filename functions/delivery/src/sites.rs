//! Who answers at a host, and what it shows now: from memory while that may be believed.

use jiff::SignedDuration;
use kernel::limits::{CACHE_ENTRIES_MAX, NEGATIVE_CACHE_S, POINTER_CACHE_MS, SITE_STATUS_CACHE_S};
use kernel::{HostName, TenantId, WebsiteId};
use publication::PointerRecord;
use tenancy::keys::PointerKey;
use tenancy::permission::ReadPublished;
use tenancy::visitor::Visit;
use tenancy::{Permit, Platform, StorageError};

use crate::cache::TimedMemory;

/// Hosts and pointers in memory. Hosts that are nobody's have a memory of their own, so that
/// asking for many of them does not drive out the others.
#[derive(Debug)]
pub(crate) struct Sites {
    known: TimedMemory<HostName, Visit>,
    unknown: TimedMemory<HostName, ()>,
    pointers: TimedMemory<(TenantId, WebsiteId), Option<PointerRecord>>,
}

impl Sites {
    /// Makes a memory that knows nothing.
    pub(crate) fn new() -> Self {
        let seconds = SignedDuration::from_secs;
        Self {
            known: TimedMemory::new(CACHE_ENTRIES_MAX, seconds(SITE_STATUS_CACHE_S)),
            unknown: TimedMemory::new(CACHE_ENTRIES_MAX, seconds(NEGATIVE_CACHE_S)),
            pointers: TimedMemory::new(
                CACHE_ENTRIES_MAX,
                SignedDuration::from_millis(POINTER_CACHE_MS),
            ),
        }
    }

    /// Finds the website at a host, and whether its tenant is in use: two reads.
    pub(crate) async fn visit(
        &self,
        platform: &Platform,
        host: &HostName,
    ) -> Result<Option<Visit>, StorageError> {
        let now = platform.now();
        if let Some(visit) = self.known.get(host, now) {
            return Ok(Some(visit));
        }
        if self.unknown.get(host, now).is_some() {
            return Ok(None);
        }
        let found = platform.visit(host).await?;
        match &found {
            Some(visit) => self.known.insert(host.clone(), visit.clone(), now),
            None => self.unknown.insert(host.clone(), (), now),
        }
        Ok(found)
    }

    /// Finds what a website shows: one read.
    pub(crate) async fn pointer(
        &self,
        permit: &Permit<ReadPublished>,
        website: WebsiteId,
    ) -> Result<Option<PointerRecord>, StorageError> {
        let now = permit.now();
        let key = (permit.tenant(), website);
        if let Some(pointer) = self.pointers.get(&key, now) {
            return Ok(pointer);
        }
        let stored = permit.get::<PointerRecord>(&PointerKey { website }).await?;
        let pointer = stored.map(|stored| stored.record);
        self.pointers.insert(key, pointer.clone(), now);
        Ok(pointer)
    }
}
