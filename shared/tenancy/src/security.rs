//! The security stream: what of all that stands in the audit trails concerns security, by itself and within seconds.
//!
//! A tenant's stands beside its trail; operators have one of all tenants and of the platform itself, in order of time.
//! It is a copy, which may be made twice: the trail is what is sealed and verified.

mod judge;
mod watch;

use jiff::Timestamp;
use kernel::limits::{AUDIT_LIFE_S, SECURITY_STREAM_LIFE_S};
use kernel::time::plus_seconds;
use kernel::{AuditId, TenantId};
use serde::{Deserialize, Serialize};

use crate::OperatorPermit;
use crate::audit::{Action, AuditRecord, SECOND_FACTOR};
use crate::change::{Change, CommitError};
use crate::key::{Key, Partition, join, platform_pk};
use crate::keys::{
    ApiKeyKey, MembershipKey, PersonKey, RolesKey, SecurityEventKey, SecurityMonthKey,
};
use crate::permission::{ReadAudit, ReadTrails};
use crate::permit::{Permit, Position, Slice};
use crate::record::{Record, Stored};
use crate::storage::{Index, RawQuery, StorageError};
use crate::trail::{Kept, TrailEntry, TrailFilter, TrailPage, entries, note};

pub use judge::SUSPENDED;
pub use watch::{Noticed, WATCHED_ENTITY, Watch};

const _: () = assert!(
    SECURITY_STREAM_LIFE_S >= AUDIT_LIFE_S,
    "what a trail still says is in the stream for as long as most trails say it"
);

/// What is done that concerns security, whatever it is done to.
pub const ACTIONS: [Action; 11] = [
    Action::ReadSensitive,
    Action::Login,
    Action::LoginFailed,
    Action::PermissionChange,
    Action::Export,
    Action::CrossTenant,
    Action::AccessDenied,
    Action::TrailBroken,
    Action::Misused,
    Action::Overused,
    Action::Suspended,
];

/// What concerns security whatever is done to it.
pub const ENTITIES: [&str; 5] = [
    ApiKeyKey::ENTITY,
    MembershipKey::ENTITY,
    PersonKey::ENTITY,
    RolesKey::ENTITY,
    SECOND_FACTOR,
];

/// Returns whether an entry is in the stream. What the table's stream brings is filtered alike.
pub fn concerns(entry: &AuditRecord) -> bool {
    ACTIONS.contains(&entry.action) || ENTITIES.contains(&entry.entity.as_str())
}

/// An entry of a tenant's security stream, as it stands in the trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecurityEventRecord(pub AuditRecord);

impl Record for SecurityEventRecord {
    type Key = SecurityEventKey;

    fn key(&self) -> Self::Key {
        SecurityEventKey { entry: self.0.id }
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.0.kept_until)
    }
}

impl Kept for SecurityEventRecord {
    fn partition() -> Partition<Self::Key> {
        SecurityEventKey::partition_of()
    }

    fn key_of(entry: AuditId) -> Self::Key {
        SecurityEventKey { entry }
    }

    fn entry(&self) -> &AuditRecord {
        &self.0
    }
}

/// An entry of the stream of all tenants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SecurityMonthRecord {
    /// In whose trail it stands; that of the platform's own id, in the platform's.
    pub(crate) trail: TenantId,
    /// The entry.
    pub(crate) entry: AuditRecord,
}

impl Record for SecurityMonthRecord {
    type Key = SecurityMonthKey;

    fn key(&self) -> Self::Key {
        SecurityMonthKey {
            month: Month::of(self.entry.at).to_string(),
            entry: self.entry.id,
        }
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(plus_seconds(self.entry.at, SECURITY_STREAM_LIFE_S))
    }
}

/// A month of UTC: what the stream of all tenants is kept by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Month {
    year: i16,
    month: i8,
}

impl Month {
    fn of(at: Timestamp) -> Self {
        let date = at.to_zoned(jiff::tz::TimeZone::UTC).date();
        Self {
            year: date.year(),
            month: date.month(),
        }
    }

    /// Reads what [`Self::to_string`] wrote.
    fn read(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let (year, month) = (year.parse().ok()?, month.parse().ok()?);
        (1..=12).contains(&month).then_some(Self { year, month })
    }

    fn before(self) -> Self {
        match self.month {
            1 => Self {
                year: self.year.saturating_sub(1),
                month: 12,
            },
            month => Self {
                month: month.saturating_sub(1),
                ..self
            },
        }
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:04}-{:02}", self.year, self.month)
    }
}

/// Reads of one page of the stream of all tenants: as many as it has months, and some where the filter passes most
/// over. The cursor goes on where the reading stopped.
const READS_MAX: usize = 20;

/// Entries per read where a filter passes some over.
const READ_ITEMS: usize = 200;

impl Permit<ReadAudit> {
    /// Reads up to `limit` entries of the tenant's security stream, the newest first, from the first one after `after`.
    /// A page may hold fewer and still have a next one, where the filter matches little.
    pub async fn security_events(
        &self,
        filter: &TrailFilter,
        after: Option<&Position>,
        limit: usize,
    ) -> Result<Slice<SecurityEventRecord>, StorageError> {
        entries(self.context(), filter, after, limit).await
    }
}

impl OperatorPermit<ReadTrails> {
    /// As [`Permit::security_events`], of one tenant; of the platform, without one. That an operator read what is a
    /// tenant's is noted in its trail.
    pub async fn security_events_of(
        &self,
        tenant: Option<TenantId>,
        filter: &TrailFilter,
        after: Option<&Position>,
        limit: usize,
    ) -> Result<TrailPage, CommitError> {
        let context = self.acting_on(tenant.unwrap_or(TenantId::PLATFORM));
        let slice: Slice<SecurityEventRecord> = entries(&context, filter, after, limit).await?;
        let is_read = !slice.records.is_empty() || slice.next.is_some();
        if tenant.is_some() && after.is_none() && is_read {
            note(&context, Action::ReadSensitive).await?;
        }
        let records = slice.records.into_iter();
        let entries = records.map(|stored| TrailEntry {
            tenant,
            entry: stored.record.0,
        });
        Ok(TrailPage {
            entries: entries.collect(),
            next: slice.next,
        })
    }

    /// Reads up to `limit` entries of the stream of all tenants and of the platform, the newest first. That an operator
    /// did so is noted in the platform's trail.
    pub async fn security_stream(
        &self,
        filter: &TrailFilter,
        after: Option<&Position>,
        limit: usize,
    ) -> Result<TrailPage, CommitError> {
        let now = self.now();
        let last = Month::of(plus_seconds(now, -SECURITY_STREAM_LIFE_S));
        let last = filter.from.map_or(last, |from| Month::of(from).max(last));
        let mut place = after.and_then(Place::of).unwrap_or_else(|| Place {
            month: Month::of(filter.to.map_or(now, |to| to.min(now))),
            within: filter.to.map(|to| sort_of(AuditId::least_at(to))),
        });
        let mut page = TrailPage {
            entries: Vec::new(),
            next: None,
        };
        for _ in 0..READS_MAX {
            if place.month < last {
                break;
            }
            let is_over = self.month(&mut place, filter, limit, &mut page).await?;
            page.next = Some(place.position());
            if is_over {
                break;
            }
        }
        if place.month < last {
            page.next = None;
        }
        if after.is_none() {
            let context = self.acting_on(TenantId::PLATFORM);
            let change = Change::new(&context, Action::ReadSensitive);
            let change = change.note(SecurityEventRecord::entity(), TenantId::PLATFORM);
            change.commit().await?;
        }
        Ok(page)
    }

    /// Reads on in one month, and moves on to the one before where it is through. Returns whether the page is full.
    async fn month(
        &self,
        place: &mut Place,
        filter: &TrailFilter,
        limit: usize,
        page: &mut TrailPage,
    ) -> Result<bool, StorageError> {
        let found = self.stream(place).await?;
        let has_more = found.next.is_some();
        for Stored { record, .. } in found.records {
            let SecurityMonthRecord { trail, entry } = record;
            if filter.from.is_some_and(|from| entry.at < from) {
                *place = Place::end_of(Month::of(entry.at).before());
                return Ok(false);
            }
            if filter.matches(&entry, trail) {
                if page.entries.len() == limit {
                    return Ok(true);
                }
                let sort = sort_of(entry.id);
                let tenant = Some(trail).filter(|trail| *trail != TenantId::PLATFORM);
                page.entries.push(TrailEntry { tenant, entry });
                place.within = Some(sort);
            } else if page.entries.len() < limit {
                place.within = Some(sort_of(entry.id));
            }
        }
        if has_more {
            return Ok(page.entries.len() == limit);
        }
        *place = Place::end_of(place.month.before());
        Ok(false)
    }

    async fn stream(&self, place: &Place) -> Result<Slice<SecurityMonthRecord>, StorageError> {
        let partition = SecurityMonthKey::partition_of(place.month.to_string());
        let query = RawQuery {
            index: Index::Table,
            pk: platform_pk(&partition.pk),
            sk_prefix: partition.sk_prefix,
            after: place.within.clone(),
            through: None,
            limit: READ_ITEMS + 1,
            newest_first: true,
        };
        Slice::of(self.platform().table().query(&query).await?, READ_ITEMS)
    }
}

/// Where in the stream of all tenants a page ended.
#[derive(Debug)]
struct Place {
    month: Month,
    /// After which sort key in it; without one, at its end.
    within: Option<String>,
}

/// Stands between a month and a place in it; neither contains it.
const BETWEEN: char = ' ';

impl Place {
    fn end_of(month: Month) -> Self {
        Self {
            month,
            within: None,
        }
    }

    fn of(position: &Position) -> Option<Self> {
        let (month, within) = position.as_str().split_once(BETWEEN)?;
        Some(Self {
            month: Month::read(month)?,
            within: Some(within.to_owned()).filter(|within| !within.is_empty()),
        })
    }

    fn position(&self) -> Position {
        let within = self.within.as_deref().unwrap_or_default();
        Position(format!("{}{BETWEEN}{within}", self.month))
    }
}

fn sort_of(entry: AuditId) -> String {
    let month = String::new();
    join(&SecurityMonthKey { month, entry }.sort())
}
