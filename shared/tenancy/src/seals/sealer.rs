//! The sealer: goes through all trails and seals what is new in them.

use kernel::limits::{SEAL_DELAY_S, SEAL_ENTRIES_MAX};
use kernel::time::plus_seconds;
use kernel::{AuditId, ContentHash, TenantId};
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::audit::Action;
use crate::change::{Change, CommitError};
use crate::context::{RequestInfo, TenantContext};
use crate::key::{Key, platform_key, platform_pk, tenant_key};
use crate::keys::{AuditKey, DirectoryKey, SealHeadKey, SealingKey};
use crate::permit::{Position, Slice};
use crate::platform::Platform;
use crate::record::{Record, Stamp, Stored, encode, unchanged};
use crate::records::DirectoryRecord;
use crate::seals::verify::earlier_broken;
use crate::seals::window::{Standing, Window, unchained};
use crate::seals::{Break, Flaw, Seal, SealHeadRecord, SealedEntry, beginning, key_of};
use crate::storage::{
    Condition, Consistency, Index, RawQuery, RawWrite, StorageError, TransactError,
};

/// What the sealer is called where it acts.
const SEALER: &str = "sealing";

/// The event in the log of a trail that is not what it was, by which such trails are counted.
pub const TRAIL_BROKEN: &str = "security.trail_broken";

/// How far the sealer came, if it did not come to the end.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SealingRecord {
    after: Option<String>,
}

impl Record for SealingRecord {
    type Key = SealingKey;

    fn key(&self) -> Self::Key {
        SealingKey {}
    }
}

/// Whose trails are sealed next.
#[derive(Debug)]
pub struct Waiting {
    /// The tenants, the platform itself first of all.
    pub tenants: Vec<TenantId>,
    /// Where it goes on after them, if there are more.
    pub next: Option<Position>,
}

/// What came of sealing one trail once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealed {
    /// Entries in the new seal.
    pub entries: usize,
    /// Whether there is more to seal.
    pub is_more: bool,
}

/// The sealer's handle.
#[derive(Debug, Clone)]
pub struct Sealer {
    platform: Platform,
    request_id: String,
}

impl Sealer {
    /// Begins a round. Only the function that seals may. What is noted in trails names `request_id`.
    pub fn new(platform: Platform, request_id: String) -> Self {
        Self {
            platform,
            request_id,
        }
    }

    /// Returns where the round before broke off, if it did.
    pub async fn begin(&self) -> Result<Option<Position>, StorageError> {
        let noted = self.platform.find::<SealingRecord>(&SealingKey {}).await?;
        Ok(noted.and_then(|noted| noted.record.after).map(Position))
    }

    /// Notes how far the round came; that it came to the end, without a position.
    pub async fn note(&self, after: Option<&Position>) -> Result<(), StorageError> {
        let after = after.map(|position| position.as_str().to_owned());
        let record = SealingRecord { after };
        let item = encode(&record, Stamp::FIRST)?;
        let key = platform_key(&record.key());
        self.platform.table().put_many(vec![(key, item)]).await
    }

    /// Lists up to `limit` tenants after a place, and the platform before all of them.
    pub async fn waiting(
        &self,
        after: Option<&Position>,
        limit: usize,
    ) -> Result<Waiting, StorageError> {
        let partition = DirectoryKey::partition_of();
        let query = RawQuery {
            index: Index::Table,
            pk: platform_pk(&partition.pk),
            sk_prefix: partition.sk_prefix.clone(),
            after: after.map(|position| position.0.clone()),
            through: None,
            limit: limit.saturating_add(1),
            newest_first: false,
        };
        let items = self.platform.table().query(&query).await?;
        let slice = Slice::<DirectoryRecord>::of(items, limit)?;
        let mut tenants = Vec::new();
        if after.is_none() {
            tenants.push(TenantId::PLATFORM);
        }
        tenants.extend(slice.records.iter().map(|tenant| tenant.id));
        Ok(Waiting {
            tenants,
            next: slice.next,
        })
    }

    /// Seals what is new in a trail: at most as much as fits into one seal. What is younger than a request can take is
    /// left for the next round, for older entries may yet come beside it.
    pub async fn seal(&self, tenant: TenantId) -> Result<Sealed, CommitError> {
        let request = RequestInfo::of_message(self.request_id.clone());
        let context = self.platform.found(tenant, Actor::System(SEALER), request);
        let head = context
            .read::<SealHeadRecord>(&SealHeadKey {}, Consistency::Strong)
            .await?;
        let until = plus_seconds(context.now(), -SEAL_DELAY_S);
        let after = head.as_ref().map_or_else(beginning, |head| head.through);
        let through = AuditId::least_at(until);
        if through <= after {
            // Nobody who seals comes further than that: who says so would have nothing sealed any more.
            if let Some(head) = head.filter(|_| context.now() < after.made_at()) {
                report(&context, Break::of_seal(Flaw::SealAltered, head.number)).await?;
            }
            return Ok(Sealed::NOTHING);
        }
        let (standing, is_more) = first_of(&context, Window::of(after, through)).await?;
        let Some(last) = standing.last() else {
            return Ok(Sealed::NOTHING);
        };
        let through = last.id.filter(|_| is_more).unwrap_or(through);
        let seal = Seal {
            tenant_id: tenant,
            number: head
                .as_ref()
                .map_or(0, |head| head.number)
                .saturating_add(1),
            previous: head.as_ref().map(|head| head.hash),
            after,
            through,
            entries: standing.iter().filter_map(SealedEntry::of).collect(),
        };
        if let Some(found) = broken(&standing) {
            report(&context, found).await?;
        }
        if let Some(head) = &head
            && let Some(found) = earlier_broken(&context, head).await?
        {
            report(&context, found).await?;
        }
        let is_new = write(&context, head.as_ref(), &seal).await?;
        Ok(Sealed {
            entries: if is_new { seal.entries.len() } else { 0 },
            is_more: is_more || !is_new,
        })
    }
}

impl Sealed {
    const NOTHING: Self = Self {
        entries: 0,
        is_more: false,
    };
}

/// Reads what is new in a window: as much as one seal takes, the last of it with an id. Returns whether there is more.
async fn first_of(
    context: &TenantContext,
    mut window: Window,
) -> Result<(Vec<Standing>, bool), StorageError> {
    // One more tells that there is more.
    let limit = SEAL_ENTRIES_MAX.saturating_add(1);
    let mut found = Vec::new();
    loop {
        let standing = window.read(context, limit).await?;
        let is_last = standing.len() < limit;
        found.extend(standing);
        // What has no id is named in no seal, and must not keep what has one from being sealed.
        let with_id = |(_, standing): &(usize, &Standing)| standing.id.is_some();
        let beyond = found.iter().enumerate().filter(with_id);
        let beyond = beyond.map(|(place, _)| place).nth(SEAL_ENTRIES_MAX);
        if let Some(beyond) = beyond {
            found.truncate(beyond);
            let last = found.iter().rposition(|standing| standing.id.is_some());
            found.truncate(last.map_or(0, |last| last.saturating_add(1)));
            return Ok((found, true));
        }
        match found.last() {
            Some(last) if !is_last => window = window.rest(last),
            Some(_) | None => return Ok((found, false)),
        }
    }
}

impl SealedEntry {
    fn of(standing: &Standing) -> Option<Self> {
        let entry = standing.entry.as_ref();
        Some(Self {
            id: standing.id?,
            hash: entry.map(|(_, hash)| *hash),
            kept_until: entry.map(|(entry, _)| entry.kept_until),
        })
    }
}

/// Returns what is wrong before it is sealed.
fn broken(standing: &[Standing]) -> Option<Break> {
    let mut none = standing.iter().filter(|standing| standing.entry.is_none());
    let altered = none.next().map(|standing| Break {
        flaw: Flaw::Altered,
        entry: standing.id,
        seal: None,
    });
    altered.or_else(|| unchained(standing))
}

/// Says it in the log, by which such trails are counted.
pub(super) fn report_found(context: &TenantContext, found: Break) {
    tracing::error!(
        event = TRAIL_BROKEN,
        tenant.id = %context.tenant(),
        found = %found,
        "an audit trail is not what it was"
    );
}

/// Says it in the log, in the trail itself and on the bus.
async fn report(context: &TenantContext, found: Break) -> Result<(), CommitError> {
    report_found(context, found);
    let change = Change::new(context, Action::TrailBroken);
    let change = change.note(AuditKey::ENTITY, context.tenant());
    let event = events::Event::TrailBroken {
        flaw: found.flaw.name().to_owned(),
        entry: found.entry,
        seal: found.seal,
    };
    change.event(event).commit().await
}

/// Writes a seal, and then where the next one begins. Where there is a seal of this number, a round before this one was
/// broken off between the two, or another one goes on beside it: that seal is taken for what it is. Returns whether it
/// was this one.
async fn write(
    context: &TenantContext,
    head: Option<&Stored<SealHeadRecord>>,
    seal: &Seal,
) -> Result<bool, StorageError> {
    let anchors = context.ports().anchors;
    let key = key_of(context.tenant(), seal.number);
    let bytes = serde_json::to_vec(seal)?;
    let is_new = context
        .noted(anchors.put_new(&key, bytes.clone()).await)
        .await?;
    let record = if is_new {
        SealHeadRecord::of(seal, &bytes)
    } else {
        let there = context
            .noted(anchors.get(&key).await)
            .await?
            .unwrap_or_default();
        let seal: Seal =
            serde_json::from_slice(&there).map_err(|_unreadable| StorageError::Corrupt)?;
        SealHeadRecord::of(&seal, &there)
    };
    let version = head.map_or(0, Stored::version).saturating_add(1);
    let stamp = Stamp {
        version,
        audit_head: None,
    };
    let put = RawWrite::Put {
        key: tenant_key(context.tenant(), &record.key()),
        item: encode(&record, stamp)?,
        condition: head.map_or(Condition::Absent, unchanged),
    };
    match context.ports().table.transact(vec![put]).await {
        // Another one was first, and noted the same.
        Ok(()) | Err(TransactError::Refused(_)) => Ok(is_new),
        Err(TransactError::Storage(error)) => Err(context.note(error).await),
    }
}

impl SealHeadRecord {
    fn of(seal: &Seal, bytes: &[u8]) -> Self {
        Self {
            number: seal.number,
            hash: ContentHash::of(bytes),
            through: seal.through,
        }
    }
}
