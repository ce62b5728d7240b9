//! The audit trail as it is read: a tenant's by whoever may see it there, every tenant's and the platform's own by
//! operators. The newest entries come first.

use events::Event;
use jiff::Timestamp;
use kernel::{AuditId, TenantId};

use crate::audit::{Action, AuditRecord};
use crate::change::{Change, CommitError};
use crate::context::TenantContext;
use crate::key::{Partition, TenantKey};
use crate::keys::AuditKey;
use crate::operator::TenantFilter;
use crate::permission::{ReadAudit, ReadTrails};
use crate::permit::{Permit, Position, Slice};
use crate::record::{Record, Stored};
use crate::records::DirectoryRecord;
use crate::storage::StorageError;
use crate::{Key, OperatorPermit};

/// Which entries are looked for.
#[derive(Debug, Clone, Default)]
pub struct TrailFilter {
    /// Only those that say this was done.
    pub action: Option<Action>,
    /// Only those of whom they name so.
    pub actor: Option<String>,
    /// Only those about items of this entity.
    pub entity: Option<String>,
    /// Only those about what has this id.
    pub resource: Option<String>,
    /// Only those from this instant on.
    pub from: Option<Timestamp>,
    /// Only those before this instant.
    pub to: Option<Timestamp>,
}

impl TrailFilter {
    /// Returns whether every entry of its time is shown.
    fn passes_all(&self) -> bool {
        self.action.is_none()
            && self.actor.is_none()
            && self.entity.is_none()
            && self.resource.is_none()
    }

    /// Returns whether an entry says that whoever is looked for did it, in the own name or in another one's.
    fn is_by(&self, entry: &AuditRecord) -> bool {
        let is =
            |wanted: &str| entry.actor == wanted || entry.impersonator.as_deref() == Some(wanted);
        self.actor.as_deref().is_none_or(is)
    }

    pub(crate) fn matches(&self, entry: &AuditRecord, tenant: TenantId) -> bool {
        let is = |wanted: Option<&str>, found: &str| wanted.is_none_or(|wanted| wanted == found);
        self.action.is_none_or(|action| action == entry.action)
            && self.is_by(entry)
            && is(self.entity.as_deref(), &entry.entity)
            && is(self.resource.as_deref(), &entry.resource_id(tenant))
    }
}

/// An entry, and whose it is.
#[derive(Debug)]
pub struct TrailEntry {
    /// The tenant; none of what is the platform's own.
    pub tenant: Option<TenantId>,
    /// The entry.
    pub entry: AuditRecord,
}

/// A page of the trails of many tenants.
#[derive(Debug)]
pub struct TrailPage {
    /// The entries, tenant by tenant.
    pub entries: Vec<TrailEntry>,
    /// Where the next page begins, if there is one.
    pub next: Option<Position>,
}

/// Reads for one page: a filter that matches almost nothing must not read for ever. The cursor goes on where the
/// reading stopped.
const READS_MAX: usize = 10;

/// Entries per read where a filter passes some over.
const READ_ITEMS: usize = 200;

/// Tenants whose trails are read for one page.
const TENANTS_MAX: usize = 20;

/// What entries about the trail itself are about.
const TRAIL: &str = AuditKey::ENTITY;

impl Permit<ReadAudit> {
    /// Reads up to `limit` entries, from the first one after `after`. A page may hold fewer and still have a next one,
    /// where the filter matches little.
    pub async fn trail(
        &self,
        filter: &TrailFilter,
        after: Option<&Position>,
        limit: usize,
    ) -> Result<Slice<AuditRecord>, StorageError> {
        entries(self.context(), filter, after, limit).await
    }

    /// Notes in the trail that it left the platform in a file.
    pub async fn note_export(&self) -> Result<(), CommitError> {
        note(self.context(), Action::Export).await
    }
}

impl OperatorPermit<ReadTrails> {
    /// As [`Permit::trail`], the trail of one tenant; of the platform, without one. That an operator read a tenant's
    /// trail is noted there.
    pub async fn trail_of(
        &self,
        tenant: Option<TenantId>,
        filter: &TrailFilter,
        after: Option<&Position>,
        limit: usize,
    ) -> Result<Slice<AuditRecord>, CommitError> {
        let context = self.acting_on(tenant.unwrap_or(TenantId::PLATFORM));
        let slice = entries(&context, filter, after, limit).await?;
        // What was passed over was read too.
        let is_read = !slice.records.is_empty() || slice.next.is_some();
        let is_first = after.is_none() && is_read;
        if tenant.is_some() && is_first {
            note(&context, Action::ReadSensitive).await?;
        }
        Ok(slice)
    }

    /// Reads up to `limit` entries of all trails: first the platform's own, then those of the tenants, in the order of
    /// the list of tenants. Few trails are read for one page.
    pub async fn trails(
        &self,
        filter: &TrailFilter,
        after: Option<&Position>,
        limit: usize,
    ) -> Result<TrailPage, CommitError> {
        let mut place = after.map_or(Place::START, Place::of);
        let mut entries = Vec::new();
        for _ in 0..TENANTS_MAX {
            let tenant = place.tenant;
            let wanted = limit.saturating_sub(entries.len());
            let slice = self
                .trail_of(tenant, filter, place.within.as_ref(), wanted)
                .await?;
            let found = slice.records.into_iter().map(|stored| stored.record);
            entries.extend(found.map(|entry| TrailEntry { tenant, entry }));
            place = match slice.next {
                Some(within) => Place {
                    within: Some(within),
                    ..place
                },
                None => match self.tenant_after(place.directory.as_ref()).await? {
                    Some(next) => Place::beginning(&next),
                    None => {
                        return Ok(TrailPage {
                            entries,
                            next: None,
                        });
                    }
                },
            };
            if entries.len() >= limit {
                break;
            }
        }
        Ok(TrailPage {
            entries,
            next: Some(place.position()),
        })
    }

    async fn tenant_after(
        &self,
        after: Option<&Position>,
    ) -> Result<Option<Stored<DirectoryRecord>>, StorageError> {
        let slice = self.tenants(&TenantFilter::default(), after, 1).await?;
        Ok(slice.records.into_iter().next())
    }

    /// Notes in a tenant's trail, or in the platform's, that it left the platform in a file.
    /// Of one that never was there is no trail, and begins none.
    pub async fn note_export_of(&self, tenant: Option<TenantId>) -> Result<(), CommitError> {
        let context = self.acting_on(tenant.unwrap_or(TenantId::PLATFORM));
        let trail = AuditKey::partition_of();
        if tenant.is_some() {
            let newest = context.slice::<AuditRecord>(&trail, None, 1, true).await?;
            if newest.records.is_empty() {
                return Ok(());
            }
        }
        note(&context, Action::Export).await
    }
}

/// Where in the trails of all tenants a page ended.
#[derive(Debug)]
struct Place {
    /// The tenant; the platform, without one.
    tenant: Option<TenantId>,
    /// Where it is in the list of tenants.
    directory: Option<Position>,
    /// Where in its trail the page ended, if in it.
    within: Option<Position>,
}

/// Stands between a place in the list of tenants and one in a trail; neither contains it.
const BETWEEN: char = ' ';

impl Place {
    const START: Self = Self {
        tenant: None,
        directory: None,
        within: None,
    };

    fn beginning(tenant: &Stored<DirectoryRecord>) -> Self {
        let sort = crate::key::join(&tenant.key().sort());
        Self {
            tenant: Some(tenant.id),
            directory: Some(Position(sort)),
            within: None,
        }
    }

    fn of(position: &Position) -> Self {
        let text = position.as_str();
        let (directory, within) = text.split_once(BETWEEN).unwrap_or((text, ""));
        let some = |text: &str| (!text.is_empty()).then(|| Position(text.to_owned()));
        let last = directory.rsplit(crate::key::SEPARATOR).next();
        Self {
            tenant: last.and_then(|id| id.parse().ok()),
            directory: some(directory),
            within: some(within),
        }
    }

    fn position(&self) -> Position {
        let text = |position: &Option<Position>| {
            let position = position.as_ref();
            position.map(|position| position.as_str().to_owned())
        };
        let directory = text(&self.directory).unwrap_or_default();
        let within = text(&self.within).unwrap_or_default();
        Position(format!("{directory}{BETWEEN}{within}"))
    }
}

/// A record that holds an entry of a trail, in a partition that has such records alone, in order of time.
pub(crate) trait Kept: Record<Key: TenantKey> {
    /// Returns the partition.
    fn partition() -> Partition<Self::Key>;
    /// Returns the key of the record with an entry.
    fn key_of(entry: AuditId) -> Self::Key;
    /// Returns the entry.
    fn entry(&self) -> &AuditRecord;
}

impl Kept for AuditRecord {
    fn partition() -> Partition<Self::Key> {
        AuditKey::partition_of()
    }

    fn key_of(entry: AuditId) -> Self::Key {
        AuditKey { entry }
    }

    fn entry(&self) -> &AuditRecord {
        self
    }
}

/// Reads entries of one trail, or of what was copied from it.
pub(crate) async fn entries<R: Kept>(
    context: &TenantContext,
    filter: &TrailFilter,
    after: Option<&Position>,
    limit: usize,
) -> Result<Slice<R>, StorageError> {
    let partition = R::partition();
    let first = filter.to.map(|to| place_of::<R>(AuditId::least_at(to)));
    let mut after = after.cloned().or(first);
    // A filter may match most entries: more than are wanted are read where it did not.
    let mut items = limit;
    let mut records: Vec<Stored<R>> = Vec::new();
    for _ in 0..READS_MAX {
        let slice = context
            .slice::<R>(&partition, after.as_ref(), items, true)
            .await?;
        for record in slice.records {
            let entry = record.entry();
            if filter.from.is_some_and(|from| entry.at < from) {
                let next = None;
                return Ok(Slice { records, next });
            }
            if filter.matches(entry, context.tenant()) {
                if records.len() == limit {
                    let next = records.last().map(|last| place_of::<R>(last.entry().id));
                    return Ok(Slice { records, next });
                }
                records.push(record);
            }
        }
        after = slice.next;
        items = READ_ITEMS;
        if filter.passes_all() || after.is_none() || records.len() == limit {
            break;
        }
    }
    let next = after;
    Ok(Slice { records, next })
}

fn place_of<R: Kept>(entry: AuditId) -> Position {
    Position(crate::key::join(&R::key_of(entry).sort()))
}

/// Notes in a trail that it was read, or left the platform in a file.
pub(crate) async fn note(context: &TenantContext, action: Action) -> Result<(), CommitError> {
    let is_export = action == Action::Export;
    let change = Change::new(context, action).note(TRAIL, context.tenant());
    change.event(Event::TrailRead { is_export }).commit().await
}
