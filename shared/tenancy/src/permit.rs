//! Permits: a tenant context with one permission. What a handler holds, and all it holds.

use std::marker::PhantomData;
use std::ops::Deref;

use jiff::Timestamp;
use kernel::{IdMint, PersonId, TenantId};

use crate::actor::Actor;
use crate::audit::Action;
use crate::change::{Change, CommitError, Once};
use crate::context::TenantContext;
use crate::feature::Feature;
use crate::key::{Partition, TenantKey};
use crate::operator::relist;
use crate::permission::{ManageTenant, Mutates, Permission};
use crate::predicate::{Facts, Predicate};
use crate::record::{Record, Stored};
use crate::records::TenantRecord;
use crate::storage::{Consistency, StorageError};

/// Why a permission is not granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// The caller's role does not have it.
    Forbidden,
    /// The tenant does not have what is asked for.
    Missing(Feature),
    /// The caller has no role on what is meant, and is not told whether there is one.
    Unknown,
}

/// The permission `P` in one tenant: reads that tenant's data and no other's; writes it where `P`
/// lets it.
#[derive(Debug)]
pub struct Permit<P> {
    context: TenantContext,
    permission: PhantomData<fn() -> P>,
}

/// Where a page of a list ended; opaque outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position(pub(crate) String);

impl Position {
    /// Returns the position's text, to be sealed into a cursor.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes a position back out of a cursor whose seal was checked. A position is a sort key: it
    /// says where in the caller's own partition to go on, never which partition.
    pub fn from_sealed(text: String) -> Self {
        Self(text)
    }
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Slice<R> {
    /// The records, in order.
    pub records: Vec<Stored<R>>,
    /// Where the next page begins, if there is one.
    pub next: Option<Position>,
}

impl<P: Permission> Permit<P> {
    pub(crate) fn new(context: TenantContext) -> Self {
        Self {
            context,
            permission: PhantomData,
        }
    }

    /// Returns the tenant.
    pub fn tenant(&self) -> TenantId {
        self.context.tenant()
    }

    /// Returns who acts.
    pub fn actor(&self) -> Actor {
        self.context.actor()
    }

    /// Returns the current instant.
    pub fn now(&self) -> Timestamp {
        self.context.now()
    }

    /// Returns the mint of new ids.
    pub fn mint(&self) -> IdMint<'_> {
        self.context.mint()
    }

    /// Reads the record at `key`, as of now.
    pub async fn get<R>(&self, key: &R::Key) -> Result<Option<Stored<R>>, StorageError>
    where
        R: Record,
        R::Key: TenantKey,
    {
        self.context.read(key, Consistency::Strong).await
    }

    /// Reads up to `limit` records of a partition in the order of their sort keys, from the first
    /// one after `after`.
    pub async fn list<R>(
        &self,
        partition: &Partition<R::Key>,
        after: Option<&Position>,
        limit: usize,
    ) -> Result<Slice<R>, StorageError>
    where
        R: Record,
        R::Key: TenantKey,
    {
        self.context.slice(partition, after, limit, false).await
    }

    /// As [`Self::list`], from the last sort key to the first: the newest first, where sort keys
    /// are ids.
    pub async fn list_newest_first<R>(
        &self,
        partition: &Partition<R::Key>,
        after: Option<&Position>,
        limit: usize,
    ) -> Result<Slice<R>, StorageError>
    where
        R: Record,
        R::Key: TenantKey,
    {
        self.context.slice(partition, after, limit, true).await
    }

    /// Requires that the tenant has a feature.
    pub fn require_feature(&self, feature: Feature) -> Result<(), Denied> {
        if Predicate::FeatureAccess(feature).holds(&Facts::inside(&self.context)) {
            Ok(())
        } else {
            Err(Denied::Missing(feature))
        }
    }

    /// Reads the tenant's own record.
    pub async fn tenant_record(&self) -> Result<Option<Stored<TenantRecord>>, StorageError> {
        self.get::<TenantRecord>(&crate::keys::TenantRecordKey {})
            .await
    }

    /// Returns what came of an earlier request under the same idempotency key, if there was one.
    /// Another request under the same key is an error.
    pub async fn replayed(&self, once: Option<&Once>) -> Result<Option<String>, CommitError> {
        self.context.replayed(once).await
    }

    pub(crate) fn context(&self) -> &TenantContext {
        &self.context
    }
}

/// A record that whoever holds the permit may change: the own one, or any.
#[derive(Debug)]
pub struct Own<R>(Stored<R>);

impl<R> Deref for Own<R> {
    type Target = Stored<R>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<P: Mutates> Permit<P> {
    /// Requires that a record is the own of the person who acts, unless whoever acts has the permission `All` there
    /// too. What nobody is known to own is nobody's.
    pub fn own<All: Mutates, R>(
        &self,
        record: Stored<R>,
        owner: Option<PersonId>,
    ) -> Result<Own<R>, Denied> {
        let facts = Facts {
            changes: Some(true),
            owner,
            ..Facts::inside(&self.context)
        };
        if self.context.has::<All>() || Predicate::IsOwnerOrReadOnly.holds(&facts) {
            Ok(Own(record))
        } else {
            Err(Denied::Forbidden)
        }
    }

    /// Begins a change: the state, the events and the audit entries of one transaction.
    pub fn change(&self, action: Action) -> Change<'_> {
        Change::new(&self.context, action)
    }

    /// Remembers what came of a request that changed nothing, if it has an idempotency key.
    pub async fn remember(
        &self,
        once: Option<Once>,
        outcome: impl std::fmt::Display,
    ) -> Result<(), CommitError> {
        self.context.remember(once, outcome).await
    }
}

impl Permit<ManageTenant> {
    /// Replaces the tenant's own record and its place in the operators' list, with the event.
    pub async fn replace_tenant(
        &self,
        stored: &Stored<TenantRecord>,
        record: &TenantRecord,
    ) -> Result<(), CommitError> {
        let change = self.change(Action::Update).update(stored, record);
        let change = change.event(events::Event::TenantUpdated {});
        relist(change, &stored.record, record).commit().await
    }
}
