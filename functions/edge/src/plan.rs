//! What one batch purges: the messages of a tenant together, so that they leave in one call.

use std::collections::{BTreeMap, BTreeSet};

use events::{CacheTag, Envelope};
use kernel::{ContentHash, TenantId};
use queue::Outcome;
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::tags::tags;

/// Tags that one invalidation takes.
pub(crate) const TAGS_MAX: usize = 3_000;

/// The purges of a batch.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    purges: Vec<Purge>,
    of_message: BTreeMap<String, usize>,
}

/// One purge, for one or more messages of a tenant.
#[derive(Debug)]
pub(crate) struct Purge {
    /// The tags.
    pub(crate) tags: BTreeSet<CacheTag>,
    /// What came of it, once it was tried.
    pub(crate) outcome: OnceCell<Outcome>,
    messages: Vec<String>,
}

impl Plan {
    /// Plans a batch. A message that cannot be read has no purge; the batch runner reports it.
    pub(crate) fn of_batch(payload: &Value) -> Self {
        let mut plan = Self::default();
        let mut open: BTreeMap<TenantId, usize> = BTreeMap::new();
        let records = payload.get("Records").and_then(Value::as_array);
        for record in records.into_iter().flatten() {
            let Some((id, name, envelope)) = read(record) else {
                continue;
            };
            let Some(tags) = tags(&envelope) else {
                continue;
            };
            let tenant = envelope.tenant_id;
            let at = match open.get(&tenant) {
                Some(at) if plan.takes(*at, &tags) => *at,
                _ => plan.open(),
            };
            open.insert(tenant, at);
            if let Some(purge) = plan.purges.get_mut(at) {
                purge.tags.extend(tags);
                purge.messages.push(name);
            }
            plan.of_message.insert(id, at);
        }
        plan
    }

    /// Returns the purge that a message waits for.
    pub(crate) fn purge_of(&self, message_id: &str) -> Option<&Purge> {
        self.purges.get(*self.of_message.get(message_id)?)
    }

    fn takes(&self, at: usize, tags: &BTreeSet<CacheTag>) -> bool {
        self.purges
            .get(at)
            .is_some_and(|purge| purge.tags.union(tags).count() <= TAGS_MAX)
    }

    fn open(&mut self) -> usize {
        self.purges.push(Purge {
            tags: BTreeSet::new(),
            outcome: OnceCell::new(),
            messages: Vec::new(),
        });
        self.purges.len() - 1
    }
}

impl Purge {
    /// Returns what names the purge: the same messages have the same name, and so the same tags,
    /// however often they come; no other messages have it.
    pub(crate) fn name(&self) -> String {
        let mut names: Vec<&str> = self.messages.iter().map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        match names.as_slice() {
            [name] => (*name).to_owned(),
            names => ContentHash::of(names.join(" ").as_bytes()).to_string(),
        }
    }
}

/// Reads a record's id, its message's name and its event.
fn read(record: &Value) -> Option<(String, String, Envelope)> {
    let id = record.get("messageId")?.as_str()?;
    let envelope: Envelope = serde_json::from_str(record.get("body")?.as_str()?).ok()?;
    let ordinal = record
        .pointer("/messageAttributes/ordinal/stringValue")
        .and_then(Value::as_str)
        .unwrap_or("0");
    let name = format!("{}-{ordinal}", envelope.id);
    Some((id.to_owned(), name, envelope))
}

#[cfg(test)]
mod tests;
