//! Holding a trail against its seals.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use kernel::limits::{SEAL_ENTRIES_MAX, VERIFY_ENTRIES_MAX, VERIFY_SEALS_MAX};
use kernel::{AuditId, ContentHash, TenantId};

use crate::OperatorPermit;
use crate::context::TenantContext;
use crate::keys::SealHeadKey;
use crate::permission::{ReadAudit, ReadTrails};
use crate::permit::{Permit, Position};
use crate::seals::window::{Window, unchained};
use crate::seals::{
    Break, Flaw, Seal, SealHeadRecord, SealedEntry, beginning, key_of, number_of, prefix,
};
use crate::storage::{Consistency, StorageError};

/// What was found of a part of a trail.
#[derive(Debug, Default)]
pub struct Verified {
    /// Seals that were read.
    pub seals: u64,
    /// Entries that are in the trail, sealed or not.
    pub entries: u64,
    /// Sealed entries that are gone because their time is over.
    pub expired: u64,
    /// Entries that are not sealed yet.
    pub unsealed: u64,
    /// How many things are wrong.
    pub broken: u64,
    /// The first of them.
    pub first: Option<Break>,
    /// Until when entries are sealed, as far as was read.
    pub sealed_until: Option<Timestamp>,
    /// Where it goes on, if there is more.
    pub next: Option<Position>,
}

impl Verified {
    fn found(&mut self, flaw: Flaw, entry: Option<AuditId>, seal: Option<u64>) {
        self.broken = self.broken.saturating_add(1);
        self.first.get_or_insert(Break { flaw, entry, seal });
    }
}

impl Permit<ReadAudit> {
    /// Holds the tenant's trail against its seals, from the place on where an earlier call ended: as much as one call
    /// may.
    pub async fn verify(&self, after: Option<&Position>) -> Result<Verified, StorageError> {
        verify(self.context(), after).await
    }
}

impl OperatorPermit<ReadTrails> {
    /// As [`Permit::verify`], the trail of one tenant; of the platform, without one.
    pub async fn verify_of(
        &self,
        tenant: Option<TenantId>,
        after: Option<&Position>,
    ) -> Result<Verified, StorageError> {
        let context = self.acting_on(tenant.unwrap_or(TenantId::PLATFORM));
        verify(&context, after).await
    }
}

/// A seal as it was read, with the hash of its bytes.
struct Read {
    seal: Seal,
    hash: ContentHash,
}

/// What is before a seal.
enum Before {
    /// Nothing: it is the first one.
    Nothing,
    /// Something that is no seal, or not there.
    Unknown,
    /// A seal.
    Seal(Read),
}

/// The walk along the seals of a trail.
struct Walk<'a> {
    context: &'a TenantContext,
    /// The seals that there are, from the first of this call on: as many as one list names.
    there: BTreeSet<u64>,
    /// The newest seal, as the table has it.
    head: Option<SealHeadRecord>,
    /// The number of the newest seal, as far as the table and the list say.
    newest: u64,
    verified: Verified,
}

async fn verify(
    context: &TenantContext,
    after: Option<&Position>,
) -> Result<Verified, StorageError> {
    let done: u64 = after
        .and_then(|after| after.as_str().parse().ok())
        .unwrap_or(0);
    let tenant = context.tenant();
    let head = context
        .read::<SealHeadRecord>(&SealHeadKey {}, Consistency::Strong)
        .await?;
    let anchors = context.ports().anchors;
    let behind = key_of(tenant, done);
    let listed = anchors.list(&prefix(tenant), Some(&behind)).await;
    let listed = context.noted(listed).await?;
    let there: BTreeSet<u64> = listed
        .iter()
        .filter_map(|key| number_of(tenant, key))
        .collect();
    let head = head.map(|head| head.record);
    let newest = head.as_ref().map_or(0, |head| head.number);
    let mut walk = Walk {
        context,
        head,
        newest: newest.max(there.last().copied().unwrap_or(0)),
        there,
        verified: Verified::default(),
    };
    walk.go(done).await?;
    Ok(walk.verified)
}

impl Walk<'_> {
    async fn go(&mut self, done: u64) -> Result<(), StorageError> {
        let mut before = match done {
            0 => Before::Nothing,
            done => self.read(done).await?.map_or(Before::Unknown, Before::Seal),
        };
        let last = self.newest.min(done.saturating_add(VERIFY_SEALS_MAX));
        for number in done.saturating_add(1)..=last {
            before = self.hold_seal(number, &before).await?;
            let is_enough = number == last || self.verified.entries >= VERIFY_ENTRIES_MAX;
            if is_enough && number < self.newest {
                self.verified.next = Some(Position(number.to_string()));
                return Ok(());
            }
        }
        match before {
            Before::Nothing => self.hold_unsealed(beginning()).await,
            Before::Seal(newest) => {
                let is_its_head = |head: &SealHeadRecord| {
                    head.number < newest.seal.number || head.hash == newest.hash
                };
                if !self.head.as_ref().is_none_or(is_its_head) {
                    self.verified
                        .found(Flaw::SealAltered, None, Some(newest.seal.number));
                }
                self.hold_unsealed(newest.seal.through).await
            }
            // Where the newest seal is missing, nothing says what is not sealed.
            Before::Unknown => Ok(()),
        }
    }

    /// Holds the seal of a number against the one before it, and what stands in its window against the seal. Returns what
    /// the next one is held against.
    async fn hold_seal(&mut self, number: u64, before: &Before) -> Result<Before, StorageError> {
        let is_there = self.there.contains(&number);
        let read = if is_there {
            self.read(number).await?
        } else {
            None
        };
        let Some(read) = read else {
            let flaw = if is_there {
                Flaw::SealAltered
            } else {
                Flaw::SealMissing
            };
            self.verified.found(flaw, None, Some(number));
            return Ok(Before::Unknown);
        };
        self.verified.seals = self.verified.seals.saturating_add(1);
        if !follows(&read.seal, before) {
            self.verified.found(Flaw::SealAltered, None, Some(number));
        }
        self.hold(&read.seal).await?;
        self.verified.sealed_until = Some(read.seal.through.made_at());
        Ok(Before::Seal(read))
    }

    /// Reads a seal; none, where there is no such thing.
    async fn read(&self, number: u64) -> Result<Option<Read>, StorageError> {
        let tenant = self.context.tenant();
        let bytes = self
            .context
            .ports()
            .anchors
            .get(&key_of(tenant, number))
            .await;
        let Some(bytes) = self.context.noted(bytes).await? else {
            return Ok(None);
        };
        let seal: Option<Seal> = serde_json::from_slice(&bytes).ok();
        let is_its_own = |seal: &Seal| seal.tenant_id == tenant && seal.number == number;
        Ok(seal.filter(is_its_own).map(|seal| Read {
            seal,
            hash: ContentHash::of(&bytes),
        }))
    }

    /// Holds what stands in a seal's window against the seal.
    async fn hold(&mut self, seal: &Seal) -> Result<(), StorageError> {
        let now = self.context.now();
        let number = Some(seal.number);
        let mut sealed: BTreeMap<AuditId, &SealedEntry> =
            seal.entries.iter().map(|entry| (entry.id, entry)).collect();
        let mut flaws: BTreeMap<AuditId, Flaw> = BTreeMap::new();
        let mut after = seal.after;
        loop {
            let window = Window {
                after,
                through: seal.through,
            };
            let standing = window.read(self.context, SEAL_ENTRIES_MAX).await?;
            for one in &standing {
                self.verified.entries = self.verified.entries.saturating_add(1);
                let hash = one.entry.as_ref().map(|(_, hash)| *hash);
                match sealed.remove(&one.id) {
                    None => _ = flaws.insert(one.id, Flaw::Added),
                    Some(entry) if hash.is_none() || entry.hash != hash => {
                        flaws.insert(one.id, Flaw::Altered);
                    }
                    Some(_as_it_was) => {}
                }
            }
            match standing.last() {
                Some(last) if standing.len() == SEAL_ENTRIES_MAX => after = last.id,
                _ => break,
            }
        }
        for (id, entry) in sealed {
            if entry.kept_until.is_some_and(|kept_until| kept_until <= now) {
                self.verified.expired = self.verified.expired.saturating_add(1);
            } else {
                flaws.insert(id, Flaw::Removed);
            }
        }
        for (id, flaw) in flaws {
            self.verified.found(flaw, Some(id), number);
        }
        Ok(())
    }

    /// Looks at what is not sealed yet, as far as one seal would take it.
    async fn hold_unsealed(&mut self, after: AuditId) -> Result<(), StorageError> {
        let through = AuditId::least_at(Timestamp::MAX);
        let standing = Window { after, through }
            .read(self.context, SEAL_ENTRIES_MAX)
            .await?;
        let count = u64::try_from(standing.len()).unwrap_or(u64::MAX);
        self.verified.entries = self.verified.entries.saturating_add(count);
        self.verified.unsealed = count;
        for one in standing.iter().filter(|one| one.entry.is_none()) {
            self.verified.found(Flaw::Altered, Some(one.id), None);
        }
        if let Some(found) = unchained(&standing) {
            self.verified.found(found.flaw, found.entry, None);
        }
        Ok(())
    }
}

/// Returns whether a seal begins where the one before it ends, and names it. Where it is not known what was before it, it
/// is taken as it is: that the one before is no seal was found already.
fn follows(seal: &Seal, before: &Before) -> bool {
    let is_within = |entry: &SealedEntry| seal.after < entry.id && entry.id <= seal.through;
    let is_whole = seal.after < seal.through
        && seal
            .entries
            .iter()
            .is_sorted_by(|one, next| one.id < next.id)
        && seal.entries.iter().all(is_within);
    is_whole
        && match before {
            Before::Nothing => seal.previous.is_none() && seal.after == beginning(),
            Before::Unknown => true,
            Before::Seal(before) => {
                seal.previous == Some(before.hash) && seal.after == before.seal.through
            }
        }
}
