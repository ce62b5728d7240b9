//! Operators: people who run tenants, through handles that reach the tenant's own record and the
//! list of tenants, and no other data of any tenant.

use std::marker::PhantomData;

use events::Event;
use jiff::Timestamp;
use kernel::{PersonId, SessionId, Subdomain, TenantId};
use serde_dynamo::AttributeValue;

use crate::actor::Actor;
use crate::audit::Action;
use crate::change::{Change, CommitError, Once};
use crate::context::{RequestInfo, TenantContext};
use crate::key::{platform_key, platform_pk};
use crate::keys::{DirectoryKey, SubdomainKey, TenantRecordKey};
use crate::permission::{ManageTenants, OperatorPermission};
use crate::permit::{Position, Slice};
use crate::platform::Platform;
use crate::record::{Record, Stored};
use crate::records::{DirectoryRecord, TenantRecord, TenantStatus, Tier};
use crate::storage::{Condition, Consistency, Index, RawQuery, StorageError};

/// An operator who was let in.
#[derive(Debug, Clone)]
pub struct OperatorContext {
    platform: Platform,
    person: PersonId,
    session: SessionId,
    request: RequestInfo,
}

impl OperatorContext {
    pub(crate) fn new(
        platform: Platform,
        (person, session): (PersonId, SessionId),
        request: RequestInfo,
    ) -> Self {
        Self {
            platform,
            person,
            session,
            request,
        }
    }

    /// Grants the permission `P`, which every operator has.
    pub fn permit<P: OperatorPermission>(&self) -> OperatorPermit<P> {
        OperatorPermit {
            context: self.clone(),
            permission: PhantomData,
        }
    }

    /// Returns the operator.
    pub fn person(&self) -> PersonId {
        self.person
    }
}

/// The permission `P` over the platform.
#[derive(Debug)]
pub struct OperatorPermit<P> {
    context: OperatorContext,
    permission: PhantomData<fn() -> P>,
}

/// What operators look for in the list of tenants.
#[derive(Debug, Clone, Default)]
pub struct TenantFilter {
    /// Only those with this status.
    pub status: Option<TenantStatus>,
    /// Only those of this tier.
    pub tier: Option<Tier>,
    /// Only those whose names begin with this.
    pub name: Option<String>,
}

impl TenantFilter {
    /// Returns whether every entry that is read is shown.
    fn passes_all(&self) -> bool {
        self.status.is_none() && self.tier.is_none()
    }

    fn matches(&self, tenant: &DirectoryRecord) -> bool {
        self.status.is_none_or(|status| status == tenant.status)
            && self.tier.is_none_or(|tier| tier == tenant.tier)
    }
}

/// Reads of one list request: a filter that matches almost nothing must not read for ever. The
/// cursor goes on where the reading stopped.
const LIST_READS_MAX: usize = 10;

/// Directory entries per read where a filter passes some over.
const LIST_READ_ITEMS: usize = 200;

impl<P: OperatorPermission> OperatorPermit<P> {
    /// Returns the operator.
    pub fn person(&self) -> PersonId {
        self.context.person
    }

    /// Returns the operator's sign-in.
    pub fn session(&self) -> SessionId {
        self.context.session
    }

    /// Returns the current instant.
    pub fn now(&self) -> Timestamp {
        self.context.platform.now()
    }

    /// Returns where the request came from.
    pub fn request(&self) -> &RequestInfo {
        &self.context.request
    }

    /// Reads a tenant.
    pub async fn tenant(
        &self,
        tenant: TenantId,
    ) -> Result<Option<Stored<TenantRecord>>, StorageError> {
        self.acting_on(tenant)
            .read(&TenantRecordKey {}, Consistency::Strong)
            .await
    }

    /// Lists tenants by name. A page may hold fewer than `limit` tenants and still have a next
    /// one, where a filter matches little.
    pub async fn tenants(
        &self,
        filter: &TenantFilter,
        after: Option<&Position>,
        limit: usize,
    ) -> Result<Slice<DirectoryRecord>, StorageError> {
        let partition = DirectoryKey::partition_of();
        let name = filter
            .name
            .as_deref()
            .map(DirectoryRecord::sort_name)
            .unwrap_or_default();
        let mut query = RawQuery {
            index: Index::Table,
            pk: platform_pk(&partition.pk),
            sk_prefix: format!("{}{name}", partition.sk_prefix),
            after: after.map(|position| position.as_str().to_owned()),
            through: None,
            limit: LIST_READ_ITEMS + 1,
            newest_first: false,
        };
        if filter.passes_all() {
            query.limit = limit + 1;
            return Slice::of(self.context.platform.table().query(&query).await?, limit);
        }
        let mut records: Vec<Stored<DirectoryRecord>> = Vec::new();
        for _ in 0..LIST_READS_MAX {
            let items = self.context.platform.table().query(&query).await?;
            let slice = Slice::<DirectoryRecord>::of(items, LIST_READ_ITEMS)?;
            for record in slice.records {
                let position = platform_key(&record.key());
                if filter.matches(&record) {
                    if records.len() == limit {
                        let next = records
                            .last()
                            .map(|last| Position(platform_key(&last.key()).sk().to_owned()));
                        return Ok(Slice { records, next });
                    }
                    records.push(record);
                }
                query.after = Some(position.sk().to_owned());
            }
            if slice.next.is_none() {
                return Ok(Slice {
                    records,
                    next: None,
                });
            }
        }
        Ok(Slice {
            records,
            next: query.after.map(Position),
        })
    }

    /// Returns whether a subdomain is free to take.
    pub async fn is_free(&self, subdomain: &Subdomain) -> Result<bool, StorageError> {
        let key = platform_key(&SubdomainKey {
            subdomain: subdomain.clone(),
        });
        Ok(self
            .context
            .platform
            .table()
            .get(&key, Consistency::Eventual)
            .await?
            .is_none())
    }

    pub(crate) fn platform(&self) -> &Platform {
        &self.context.platform
    }

    pub(crate) fn acting_on(&self, tenant: TenantId) -> TenantContext {
        TenantContext::new(
            self.context.platform.clone(),
            tenant,
            Actor::Operator(self.context.person),
            self.context.request.clone(),
        )
    }
}

impl OperatorPermit<ManageTenants> {
    /// Returns whether an earlier request about a tenant was made under the same idempotency key.
    /// Another request under the same key is an error.
    pub async fn is_replayed(
        &self,
        tenant: TenantId,
        once: Option<&Once>,
    ) -> Result<bool, CommitError> {
        let made = self.acting_on(tenant).replayed(once).await?;
        Ok(made.is_some())
    }

    /// Remembers a request that left a tenant as it is, if it has an idempotency key.
    pub async fn remember(&self, tenant: TenantId, once: Option<Once>) -> Result<(), CommitError> {
        self.acting_on(tenant).remember(once, tenant).await
    }

    /// Replaces a tenant's record and its place in the list, with the event; `once` is what makes
    /// the request repeatable, if it is.
    pub async fn replace(
        &self,
        stored: &Stored<TenantRecord>,
        record: &TenantRecord,
        action: Action,
        event: Event,
        once: Option<Once>,
    ) -> Result<(), CommitError> {
        let context = self.acting_on(stored.id);
        let change = Change::new(&context, action)
            .update(stored, record)
            .event(event)
            .once(once, stored.id);
        relist(change, &stored.record, record).commit().await
    }
}

/// Brings a tenant's place in the list up to date.
pub(crate) fn relist<'a>(
    change: Change<'a>,
    before: &TenantRecord,
    after: &TenantRecord,
) -> Change<'a> {
    let (old, new) = (DirectoryRecord::of(before), DirectoryRecord::of(after));
    if old == new {
        return change;
    }
    let change = if old.key() == new.key() {
        change
    } else {
        change.delete_platform(&old.key(), Condition::Always)
    };
    change.put_platform(&new, Condition::Always)
}

/// The condition that a claim is the tenant's.
pub(crate) fn held_by(tenant: TenantId) -> Condition {
    Condition::Equals(
        crate::record::attribute::TENANT,
        AttributeValue::S(tenant.to_string()),
    )
}
