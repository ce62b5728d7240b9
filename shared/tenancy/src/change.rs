//! The one write shape: state, event and audit entry in one transaction.

mod commit;

use events::Event;
use jiff::Timestamp;
use kernel::{ContentHash, TenantId};

use crate::audit::{Action, AuditRecord, ChangedField, Subject, changed, deleted, name_of};
use crate::context::{OnceFor, TenantContext};
use crate::key::{Key, PlatformKey, TenantKey, platform_key, tenant_key};
use crate::keys::UsageKey;
use crate::record::{Record, Stamp, Stored, attribute, encode, unchanged};
use crate::storage::{Condition, RawKey, RawWrite, StorageError};

/// What makes a request repeatable: whose key it is, and what was sent under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Once {
    /// What stands for the caller, the operation and the key.
    pub digest: ContentHash,
    /// What stands for what was sent: the request's body and the version it means.
    pub fingerprint: ContentHash,
}

/// Why a change did not happen. Nothing of it was written.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Items of these entities were not as the change needs them: somebody was first.
    #[error("the change lost to another one")]
    Refused(Vec<&'static str>),
    /// The request was made before under its idempotency key, and this came of it.
    #[error("the request was made before")]
    Replayed(String),
    /// The idempotency key was used for another request.
    #[error("the idempotency key was used for another request")]
    IdempotencyMismatch,
    /// The message was dealt with before.
    #[error("the message was dealt with before")]
    AlreadyDone,
    /// Storage failed; whether the change happened is not known.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl CommitError {
    /// Returns whether an item of `K` was not as needed.
    pub fn refused<K: Key>(&self) -> bool {
        matches!(self, Self::Refused(entities) if entities.contains(&K::ENTITY))
    }

    /// Returns whether nothing happened because other transactions were at the same items.
    pub fn is_contended(&self) -> bool {
        matches!(self, Self::Storage(StorageError::Contended))
    }
}

/// A change in the making. Every method adds to the one transaction that `commit` makes.
#[derive(Debug)]
#[must_use = "a change is nothing until it is committed"]
pub struct Change<'a> {
    context: &'a TenantContext,
    action: Action,
    writes: Vec<(&'static str, RawWrite)>,
    events: Vec<Event>,
    audit: Vec<AuditRecord>,
    once: Option<OnceFor>,
    message: Option<(&'static str, String)>,
    failure: Option<StorageError>,
}

impl<'a> Change<'a> {
    pub(crate) fn new(context: &'a TenantContext, action: Action) -> Self {
        Self {
            context,
            action,
            writes: Vec::new(),
            events: Vec::new(),
            audit: Vec::new(),
            once: None,
            message: None,
            failure: None,
        }
    }

    /// Returns when it is made.
    pub(crate) fn now(&self) -> Timestamp {
        self.context.now()
    }

    /// Returns the tenant that is changed.
    pub(crate) fn tenant(&self) -> TenantId {
        self.context.tenant()
    }

    /// Makes an item that must not be there, with its audit entry.
    pub fn create<R>(mut self, record: &R) -> Self
    where
        R: Record,
        R::Key: TenantKey,
    {
        let key = self.tenant_key(&record.key());
        let head = self.entry(record, 1, None, Vec::new());
        self.put(
            key,
            record,
            Stamp {
                version: 1,
                audit_head: head,
            },
            Condition::Absent,
        )
    }

    /// Replaces an item that must still be as it was read, with its audit entry.
    pub fn update<R>(mut self, stored: &Stored<R>, record: &R) -> Self
    where
        R: Record,
        R::Key: TenantKey,
    {
        let key = self.tenant_key(&record.key());
        let version = stored.version().saturating_add(1);
        let changes = changed(&stored.record, record);
        let changes = self.made(changes);
        let head = self.entry(record, version, stored.audit_head(), changes);
        self.put(
            key,
            record,
            Stamp {
                version,
                audit_head: head,
            },
            unchanged(stored),
        )
    }

    /// Deletes an item that must still be as it was read, with its audit entry.
    pub fn delete<R>(mut self, stored: &Stored<R>) -> Self
    where
        R: Record,
        R::Key: TenantKey,
    {
        let key = self.tenant_key(&stored.record.key());
        let version = stored.version().saturating_add(1);
        let changes = deleted(&stored.record);
        let changes = self.made(changes);
        self.entry(&stored.record, version, stored.audit_head(), changes);
        self.writes.push((
            <R::Key as Key>::ENTITY,
            RawWrite::Delete {
                key,
                condition: unchanged(stored),
            },
        ));
        self
    }

    /// Makes an item that belongs to another of the same change, which carries the audit entry. It
    /// must not be there.
    pub fn attach<R>(mut self, record: &R) -> Self
    where
        R: Record,
        R::Key: TenantKey,
    {
        let key = self.tenant_key(&record.key());
        self.put(key, record, Stamp::FIRST, Condition::Absent)
    }

    /// Replaces an item that belongs to another of the same change, which carries the audit entry. It
    /// must still be as it was read.
    pub(crate) fn reattach<R>(mut self, stored: &Stored<R>, record: &R) -> Self
    where
        R: Record,
        R::Key: TenantKey,
    {
        let key = self.tenant_key(&record.key());
        let stamp = Stamp {
            version: stored.version().saturating_add(1),
            audit_head: None,
        };
        self.put(key, record, stamp, unchanged(stored))
    }

    /// Writes an item, whatever was there, of which the trail says nothing: it changes nothing that anybody did.
    pub(crate) fn overwrite<R>(mut self, record: &R) -> Self
    where
        R: Record,
        R::Key: TenantKey,
    {
        let key = self.tenant_key(&record.key());
        self.put(key, record, Stamp::FIRST, Condition::Always)
    }

    /// Deletes an item that belongs to another of the same change. One that is gone is fine.
    pub fn detach<K: TenantKey>(mut self, key: &K) -> Self {
        let key = self.tenant_key(key);
        self.writes.push((
            K::ENTITY,
            RawWrite::Delete {
                key,
                condition: Condition::Always,
            },
        ));
        self
    }

    /// Requires that an item is there.
    pub fn require<K: TenantKey>(self, key: &K) -> Self {
        self.check(key, Condition::Present)
    }

    /// Requires that an item is not there.
    pub fn require_absent<K: TenantKey>(self, key: &K) -> Self {
        self.check(key, Condition::Absent)
    }

    /// Requires that an item is still as it was read.
    pub fn require_unchanged<R>(self, stored: &Stored<R>) -> Self
    where
        R: Record,
        R::Key: TenantKey,
    {
        self.check(&stored.record.key(), unchanged(stored))
    }

    fn check<K: TenantKey>(mut self, key: &K, condition: Condition) -> Self {
        let key = self.tenant_key(key);
        let check = RawWrite::Check { key, condition };
        self.writes.push((K::ENTITY, check));
        self
    }

    /// Takes one of a counted thing, of which there may be at most `max`.
    pub fn reserve(self, what: &'static str, max: u32) -> Self {
        self.count(what, 1, Condition::AtMost(COUNT, i64::from(max) - 1))
    }

    /// Gives one of a counted thing back.
    pub fn give_back(self, what: &'static str) -> Self {
        self.count(what, -1, Condition::AtLeast(COUNT, 1))
    }

    /// Notes whose an id is, so that others who ask for it are noticed.
    pub fn own(self, id: impl std::fmt::Display) -> Self {
        let record = crate::records::OwnerRecord {
            id: id.to_string(),
            tenant_id: self.context.tenant(),
        };
        self.put_platform(&record, Condition::Absent)
    }

    /// Notes in the audit trail what was done to something that is no versioned item.
    pub fn note(mut self, entity: &'static str, resource: impl std::fmt::Display) -> Self {
        let subject = Subject::named(entity, resource);
        self.audit
            .push(AuditRecord::new(self.context, self.action, subject));
        self
    }

    /// Adds an event.
    pub fn event(mut self, event: Event) -> Self {
        self.events.push(event);
        self
    }

    /// Makes the change at most once under an idempotency key; `outcome` is what is needed to
    /// answer those who repeat the request.
    pub fn once(mut self, once: Option<Once>, outcome: impl std::fmt::Display) -> Self {
        self.once = once.map(|once| (once, outcome.to_string()));
        self
    }

    /// Makes the change at most once per message and consumer.
    pub fn for_message(mut self, consumer: &'static str, message: impl std::fmt::Display) -> Self {
        self.message = Some((consumer, message.to_string()));
        self
    }

    pub(crate) fn put_platform<R>(self, record: &R, condition: Condition) -> Self
    where
        R: Record,
        R::Key: PlatformKey,
    {
        let key = platform_key(&record.key());
        self.put(key, record, Stamp::FIRST, condition)
    }

    /// Replaces a platform item that must still be as it was read.
    pub(crate) fn update_platform<R>(self, stored: &Stored<R>, record: &R) -> Self
    where
        R: Record,
        R::Key: PlatformKey,
    {
        let key = platform_key(&record.key());
        let stamp = Stamp {
            version: stored.version().saturating_add(1),
            audit_head: None,
        };
        self.put(key, record, stamp, unchanged(stored))
    }

    pub(crate) fn delete_platform<K: PlatformKey>(mut self, key: &K, condition: Condition) -> Self {
        self.writes.push((
            K::ENTITY,
            RawWrite::Delete {
                key: platform_key(key),
                condition,
            },
        ));
        self
    }

    /// Returns where an item is; one out of reach stops the whole change.
    fn tenant_key<K: TenantKey>(&mut self, key: &K) -> RawKey {
        self.context.reach(key).unwrap_or_else(|| {
            self.failure = Some(StorageError::OutOfReach(K::ENTITY));
            tenant_key(self.context.tenant(), key)
        })
    }

    fn put<R: Record>(
        mut self,
        key: RawKey,
        record: &R,
        stamp: Stamp,
        condition: Condition,
    ) -> Self {
        match encode(record, stamp) {
            Ok(item) => self.writes.push((
                <R::Key as Key>::ENTITY,
                RawWrite::Put {
                    key,
                    item,
                    condition,
                },
            )),
            Err(error) => self.failure = Some(error),
        }
        self
    }

    fn count(mut self, what: &'static str, delta: i64, condition: Condition) -> Self {
        let key = self.tenant_key(&UsageKey { what });
        self.writes.push((
            UsageKey::ENTITY,
            RawWrite::Add {
                key,
                attribute: COUNT,
                delta,
                condition,
            },
        ));
        self
    }

    /// Adds the audit entry for an item's next version and returns its hash, the item's new head.
    fn entry<R>(
        &mut self,
        record: &R,
        version: u64,
        previous: Option<ContentHash>,
        changes: Vec<ChangedField>,
    ) -> Option<ContentHash>
    where
        R: Record,
        R::Key: TenantKey,
    {
        let subject = Subject {
            entity: <R::Key as Key>::ENTITY,
            resource: name_of(&record.key()),
            version,
            previous,
            changes,
        };
        let entry = AuditRecord::new(self.context, self.action, subject);
        let head = entry.hash().map(Some);
        self.audit.push(entry);
        self.made(head)
    }

    /// Returns what was made; a failure stops the whole change.
    fn made<T: Default>(&mut self, made: Result<T, serde_json::Error>) -> T {
        made.unwrap_or_else(|error| {
            self.failure = Some(error.into());
            T::default()
        })
    }
}

/// The attribute of a counter.
pub(crate) const COUNT: &str = "count";

/// The attribute that says whose an id is.
const OWNER: &str = attribute::TENANT;
