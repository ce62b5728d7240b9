//! The entries of a window of ids, as they stand in the table.

use std::collections::BTreeMap;

use kernel::{AuditId, ContentHash};
use serde_dynamo::{AttributeValue, Item, from_attribute_value};

use crate::audit::AuditRecord;
use crate::context::TenantContext;
use crate::key::{Key, SEPARATOR, join, tenant_key, tenant_pk};
use crate::keys::AuditKey;
use crate::record::{Record, Stamp, attribute, decode, encode};
use crate::seals::{Break, Flaw, beginning};
use crate::storage::{Index, RawQuery, StorageError};

/// A part of a trail: what stands after one place and up to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Window {
    /// The trail's beginning, without one.
    after: Option<String>,
    /// The trail's end, without one.
    through: Option<String>,
}

/// What stands in a trail.
#[derive(Debug)]
pub(super) struct Standing {
    /// Where it stands.
    place: String,
    /// The id that its place says, if it says one.
    pub(super) id: Option<AuditId>,
    /// The entry with its hash, if it is exactly what is written of one.
    pub(super) entry: Option<(AuditRecord, ContentHash)>,
}

impl Window {
    /// Returns what is after one id and up to another. What is there before the first of all ids, which no entry is, is
    /// in the first window.
    pub(super) fn of(after: AuditId, through: AuditId) -> Self {
        Self {
            through: Some(sort(through)),
            ..Self::behind(after)
        }
    }

    /// Returns all that is after an id.
    pub(super) fn behind(after: AuditId) -> Self {
        Self {
            after: (after != beginning()).then(|| sort(after)),
            through: None,
        }
    }

    /// Returns all that is after a place.
    pub(super) fn after(place: &str) -> Self {
        Self {
            after: Some(place.to_owned()),
            through: None,
        }
    }

    /// Returns the rest of the window after what was read of it.
    pub(super) fn rest(self, last: &Standing) -> Self {
        Self {
            after: Some(last.place.clone()),
            ..self
        }
    }

    /// Reads the first `limit` things that stand in the window, in order.
    pub(super) async fn read(
        &self,
        context: &TenantContext,
        limit: usize,
    ) -> Result<Vec<Standing>, StorageError> {
        let partition = AuditKey::partition_of();
        let query = RawQuery {
            index: Index::Table,
            pk: tenant_pk(context.tenant(), &partition.pk),
            sk_prefix: partition.sk_prefix.clone(),
            after: self.after.clone(),
            through: self.through.clone(),
            limit,
            newest_first: false,
        };
        let items = context.ports().table.query(&query).await;
        let items = context.noted(items).await?.into_iter();
        Ok(items.map(|item| Standing::of(context, &item)).collect())
    }
}

fn sort(entry: AuditId) -> String {
    join(&AuditKey { entry }.sort())
}

impl Standing {
    /// Returns the place where it stands.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// Reads what stands in a trail. An item that has more, less or other attributes than an entry is none, and so is
    /// one of another time than its id.
    fn of(context: &TenantContext, item: &Item) -> Self {
        let place = item.inner().get(attribute::SK).cloned();
        let place = place.and_then(|place| from_attribute_value(place).ok());
        let place: String = place.unwrap_or_default();
        let last = place.rsplit(SEPARATOR).next();
        let id = last.and_then(|id| id.parse().ok());
        let entry = id.and_then(|id| entry(context, id, item));
        Self { place, id, entry }
    }
}

fn entry(context: &TenantContext, id: AuditId, item: &Item) -> Option<(AuditRecord, ContentHash)> {
    let entry = decode::<AuditRecord>(item.clone()).ok();
    let entry = entry.map(|stored| stored.record).filter(|entry| {
        let key = tenant_key(context.tenant(), &entry.key());
        let written = encode(entry, Stamp::FIRST).is_ok_and(|mut written| {
            let fields = written.inner_mut();
            for (name, text) in [(attribute::PK, key.pk()), (attribute::SK, key.sk())] {
                fields.insert(name.to_owned(), AttributeValue::S(text.to_owned()));
            }
            written == *item
        });
        entry.id == id && entry.at == id.made_at() && written
    });
    let entry = entry?;
    let hash = entry.hash().ok()?;
    Some((entry, hash))
}

/// Returns the first entry that does not follow the one before it about the same item. The one that it names may be in
/// an earlier window, unless there is an older one in this window: then one between them is missing, or another one than
/// it was. No two follow the same one.
pub(super) fn unchained(standing: &[Standing]) -> Option<Break> {
    let entries = || standing.iter().filter_map(|it| it.entry.as_ref());
    let mut by_item: BTreeMap<&str, Vec<&(AuditRecord, ContentHash)>> = BTreeMap::new();
    for one in entries() {
        by_item.entry(&one.0.resource).or_default().push(one);
    }
    let mut firsts: Vec<AuditId> = Vec::new();
    for of_item in by_item.values() {
        let follows = |entry: &AuditRecord| {
            let Some(previous) = entry.previous else {
                return true;
            };
            let mut rivals = of_item
                .iter()
                .filter(|(it, _)| it.previous == entry.previous);
            let is_alone = rivals.nth(1).is_none();
            let named = of_item.iter().find(|(_, hash)| *hash == previous);
            let is_older = |it: &AuditRecord| it.id < entry.id && it.version < entry.version;
            let is_next = named.map_or_else(
                || !of_item.iter().any(|(it, _)| is_older(it)),
                |(named, _)| named.version.saturating_add(1) == entry.version,
            );
            is_alone && is_next
        };
        let first = of_item
            .iter()
            .map(|(entry, _)| entry)
            .find(|entry| !follows(entry));
        firsts.extend(first.map(|entry| entry.id));
    }
    firsts.into_iter().min().map(|entry| Break {
        flaw: Flaw::Unchained,
        entry: Some(entry),
        seal: None,
    })
}
