//! The entries of a window of ids, as they stand in the table.

use std::collections::BTreeMap;

use kernel::{AuditId, ContentHash};
use serde_dynamo::{AttributeValue, Item, from_attribute_value};

use crate::audit::AuditRecord;
use crate::context::TenantContext;
use crate::key::{Key, SEPARATOR, join, tenant_key, tenant_pk};
use crate::keys::AuditKey;
use crate::record::{Record, Stamp, attribute, decode, encode};
use crate::seals::{Break, Flaw};
use crate::storage::{Index, RawQuery, StorageError};

/// Ids after one and up to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) after: AuditId,
    pub(super) through: AuditId,
}

/// What stands where an entry is.
#[derive(Debug)]
pub(super) struct Standing {
    /// The id that its place says.
    pub(super) id: AuditId,
    /// The entry with its hash, if it is exactly what is written of one.
    pub(super) entry: Option<(AuditRecord, ContentHash)>,
}

impl Window {
    /// Reads the first `limit` things that stand in the window, in order.
    pub(super) async fn read(
        &self,
        context: &TenantContext,
        limit: usize,
    ) -> Result<Vec<Standing>, StorageError> {
        if self.after >= self.through {
            return Ok(Vec::new());
        }
        let sort = |entry: AuditId| join(&AuditKey { entry }.sort());
        let partition = AuditKey::partition_of();
        let query = RawQuery {
            index: Index::Table,
            pk: tenant_pk(context.tenant(), &partition.pk),
            sk_prefix: partition.sk_prefix.clone(),
            after: Some(sort(self.after)),
            through: Some(sort(self.through)),
            limit,
            newest_first: false,
        };
        let items = context.ports().table.query(&query).await;
        let items = context.noted(items).await?.into_iter();
        Ok(items.filter_map(|item| stands(context, &item)).collect())
    }
}

/// Reads what stands in an entry's place. An item that has more, less or other attributes than an entry is none.
fn stands(context: &TenantContext, item: &Item) -> Option<Standing> {
    let sort: String = from_attribute_value(item.inner().get(attribute::SK)?.clone()).ok()?;
    let id = sort.rsplit(SEPARATOR).next()?.parse().ok()?;
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
        entry.id == id && written
    });
    let entry = entry.and_then(|entry| {
        let hash = entry.hash().ok()?;
        Some((entry, hash))
    });
    Some(Standing { id, entry })
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
