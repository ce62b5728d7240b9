//! Holding a trail against its seals.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use kernel::limits::{
    SEAL_DELAY_S, SEAL_ENTRIES_MAX, SEAL_EVERY_S, VERIFY_ENTRIES_MAX, VERIFY_SEALS_MAX,
};
use kernel::time::plus_seconds;
use kernel::{AuditId, ContentHash, TenantId};

use crate::OperatorPermit;
use crate::context::TenantContext;
use crate::keys::SealHeadKey;
use crate::permission::{ReadAudit, ReadTrails};
use crate::permit::{Permit, Position};
use crate::seals::sealer::report_found;
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

/// Where one call ended, and the next one goes on.
struct Place {
    /// The seals before which everything was held against them.
    done: u64,
    /// Where it ended among what is not sealed, if it came to that.
    within: Option<String>,
}

/// Stands between the two parts of a place; neither contains it.
const BETWEEN: char = ' ';

impl Place {
    fn of(position: &Position) -> Self {
        let text = position.as_str();
        let (done, within) = match text.split_once(BETWEEN) {
            Some((done, within)) => (done, Some(within.to_owned())),
            None => (text, None),
        };
        Self {
            done: done.parse().unwrap_or(0),
            within,
        }
    }
}

async fn verify(
    context: &TenantContext,
    after: Option<&Position>,
) -> Result<Verified, StorageError> {
    let Place { done, within } = after.map_or(
        Place {
            done: 0,
            within: None,
        },
        Place::of,
    );
    let tenant = context.tenant();
    let head = context
        .read::<SealHeadRecord>(&SealHeadKey {}, Consistency::Strong)
        .await?;
    let anchors = context.ports().anchors;
    // The seal before the first one of this call is among those that are listed: what is not there is not asked for.
    let behind = key_of(tenant, done.saturating_sub(1));
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
    match within {
        Some(within) => walk.hold_unsealed(Window::after(&within)).await?,
        None => walk.go(done).await?,
    }
    let verified = walk.verified;
    if let Some(found) = verified.first {
        report_found(context, found);
    }
    Ok(verified)
}

impl Walk<'_> {
    async fn go(&mut self, done: u64) -> Result<(), StorageError> {
        let mut before = match done {
            0 => Before::Nothing,
            done if self.there.contains(&done) => {
                let read = read(self.context, done).await?;
                read.map_or(Before::Unknown, Before::Seal)
            }
            _missing => Before::Unknown,
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
            Before::Nothing => self.hold_unsealed(Window::behind(beginning())).await,
            Before::Seal(newest) => {
                if self
                    .head
                    .as_ref()
                    .is_some_and(|head| !newest.is_below(head))
                {
                    self.verified
                        .found(Flaw::SealAltered, None, Some(newest.seal.number));
                }
                let unsealed = Window::behind(newest.seal.through);
                self.hold_unsealed(unsealed).await
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
            read(self.context, number).await?
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
        self.add(hold(self.context, &read.seal).await?, number);
        self.verified.sealed_until = Some(read.seal.through.made_at());
        Ok(Before::Seal(read))
    }

    fn add(&mut self, held: Held, seal: u64) {
        let verified = &mut self.verified;
        verified.entries = verified.entries.saturating_add(held.entries);
        verified.expired = verified.expired.saturating_add(held.expired);
        for (entry, flaw) in held.flaws {
            verified.found(flaw, entry, Some(seal));
        }
    }

    /// Looks at what is not sealed yet: at as much as one call may.
    async fn hold_unsealed(&mut self, mut window: Window) -> Result<(), StorageError> {
        let now = self.context.now();
        let late = plus_seconds(now, -SEALED_WITHIN_S);
        let ahead = plus_seconds(now, SEAL_DELAY_S);
        loop {
            let standing = window.read(self.context, SEAL_ENTRIES_MAX).await?;
            let count = u64::try_from(standing.len()).unwrap_or(u64::MAX);
            self.verified.entries = self.verified.entries.saturating_add(count);
            self.verified.unsealed = self.verified.unsealed.saturating_add(count);
            for one in &standing {
                let is_untimely = |id: AuditId| id.made_at() < late || ahead < id.made_at();
                if one.entry.is_none() {
                    self.verified.found(Flaw::Altered, one.id, None);
                } else if one.id.is_some_and(is_untimely) {
                    self.verified.found(Flaw::Untimely, one.id, None);
                }
            }
            if let Some(found) = unchained(&standing) {
                self.verified.found(found.flaw, found.entry, None);
            }
            let Some(last) = standing
                .last()
                .filter(|_| standing.len() == SEAL_ENTRIES_MAX)
            else {
                return Ok(());
            };
            if self.verified.entries >= VERIFY_ENTRIES_MAX {
                let place = format!("{}{BETWEEN}{}", self.newest, last.place());
                self.verified.next = Some(Position(place));
                return Ok(());
            }
            window = window.rest(last);
        }
    }
}

/// Within which time every entry is sealed, in seconds: what is older was passed over, by a round and by the next one.
const SEALED_WITHIN_S: i64 = SEAL_DELAY_S + 3 * SEAL_EVERY_S;

impl Read {
    /// Returns whether this is the seal that the table says is the newest, or a newer one.
    fn is_below(&self, head: &SealHeadRecord) -> bool {
        let is_newer = head.number < self.seal.number;
        is_newer || (head.hash == self.hash && head.through == self.seal.through)
    }
}

/// Reads a seal that is there; none, where that is no seal of this trail and number.
async fn read(context: &TenantContext, number: u64) -> Result<Option<Read>, StorageError> {
    let tenant = context.tenant();
    let bytes = context.ports().anchors.get(&key_of(tenant, number)).await;
    let Some(bytes) = context.noted(bytes).await? else {
        return Ok(None);
    };
    let seal: Option<Seal> = serde_json::from_slice(&bytes).ok();
    let is_its_own = |seal: &Seal| seal.tenant_id == tenant && seal.number == number;
    Ok(seal.filter(is_its_own).map(|seal| Read {
        seal,
        hash: ContentHash::of(&bytes),
    }))
}

/// What came of holding a part of a trail against its seal.
#[derive(Default)]
struct Held {
    entries: u64,
    expired: u64,
    flaws: Vec<(Option<AuditId>, Flaw)>,
}

/// Holds what stands in a seal's window against the seal.
async fn hold(context: &TenantContext, seal: &Seal) -> Result<Held, StorageError> {
    let mut held = Held::default();
    let mut sealed: BTreeMap<AuditId, &SealedEntry> =
        seal.entries.iter().map(|entry| (entry.id, entry)).collect();
    let mut window = Window::of(seal.after, seal.through);
    loop {
        let standing = window.read(context, SEAL_ENTRIES_MAX).await?;
        for one in &standing {
            held.entries = held.entries.saturating_add(1);
            let hash = one.entry.as_ref().map(|(_, hash)| *hash);
            match one.id.and_then(|id| sealed.remove(&id)) {
                None => held.flaws.push((one.id, Flaw::Added)),
                Some(entry) if hash.is_none() || entry.hash != hash => {
                    held.flaws.push((one.id, Flaw::Altered));
                }
                Some(_as_it_was) => {}
            }
        }
        match standing.last() {
            Some(last) if standing.len() == SEAL_ENTRIES_MAX => window = window.rest(last),
            Some(_) | None => break,
        }
    }
    let now = context.now();
    for (id, entry) in sealed {
        if entry.kept_until.is_some_and(|kept_until| kept_until <= now) {
            held.expired = held.expired.saturating_add(1);
        } else {
            held.flaws.push((Some(id), Flaw::Removed));
        }
    }
    held.flaws.sort_by_key(|(id, _)| *id);
    Ok(held)
}

/// Holds one earlier seal of a trail against what stands in its window, another one each hour, and the newest seal against
/// what the table says of it. Returns the first thing that is wrong.
pub(super) async fn earlier_broken(
    context: &TenantContext,
    head: &SealHeadRecord,
) -> Result<Option<Break>, StorageError> {
    let hours = u64::try_from(context.now().as_second() / 3_600).unwrap_or(0);
    let number = hours
        .checked_rem(head.number)
        .unwrap_or(0)
        .saturating_add(1);
    let newest = read(context, head.number).await?;
    let Some(newest) = newest.filter(|newest| newest.is_below(head)) else {
        return Ok(Some(Break::of_seal(Flaw::SealAltered, head.number)));
    };
    let earlier = if number == head.number {
        newest
    } else if let Some(earlier) = read(context, number).await? {
        earlier
    } else {
        return Ok(Some(Break::of_seal(Flaw::SealMissing, number)));
    };
    let flaws = hold(context, &earlier.seal).await?.flaws;
    let first = flaws.first().map(|(entry, flaw)| Break {
        flaw: *flaw,
        entry: *entry,
        seal: Some(number),
    });
    Ok(first)
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
