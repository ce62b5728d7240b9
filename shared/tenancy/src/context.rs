//! The tenant context: a tenant, an actor, and the storage they were admitted to.

use std::fmt;

use jiff::Timestamp;
use kernel::{IdMint, TenantId, WebsiteId};
use serde_dynamo::AttributeValue;

use crate::actor::Actor;
use crate::audit::Action;
use crate::change::{Change, CommitError, Once};
use crate::feature::Plan;
use crate::gateway::Grant;
use crate::key::{Partition, TenantKey, tenant_key, tenant_pk, website_key};
use crate::keys::IdempotencyKey;
use crate::permission::{Permission, ReadWebsites};
use crate::permit::{Denied, Permit, Position, Slice};
use crate::platform::Platform;
use crate::policy::Rights;
use crate::record::{Record, Stored, attribute, decode};
use crate::records::{IdempotencyRecord, Tier};
use crate::storage::{Consistency, Index, RawKey, RawQuery, StorageError};

/// Where a request came from, for logs and the audit trail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestInfo {
    /// The request's id.
    pub request_id: String,
    /// The caller's network address.
    pub address: Option<String>,
    /// What the caller says it is.
    pub agent: Option<String>,
}

impl RequestInfo {
    pub(crate) fn of_message(request_id: String) -> Self {
        Self {
            request_id,
            address: None,
            agent: None,
        }
    }
}

/// One tenant, one actor, one storage. Fields are private and there is no way from one tenant's
/// context to another's.
#[derive(Debug, Clone)]
pub struct TenantContext {
    platform: Platform,
    tenant: TenantId,
    actor: Actor,
    request: RequestInfo,
    /// What the actor may do.
    rights: Rights,
    /// What the tenant has, where it is known.
    plan: Option<Plan>,
    /// The one website whose items are reached; without one, those of all are.
    website: Option<WebsiteId>,
}

impl TenantContext {
    pub(crate) fn new(
        platform: Platform,
        tenant: TenantId,
        actor: Actor,
        request: RequestInfo,
    ) -> Self {
        Self {
            platform,
            tenant,
            actor,
            request,
            rights: actor.own_rights(),
            plan: None,
            website: None,
        }
    }

    /// Makes the context of somebody of whom the authorizer says what may be done.
    pub(crate) fn granted(
        platform: Platform,
        grant: Grant,
        actor: Actor,
        request: RequestInfo,
    ) -> Self {
        Self {
            rights: grant.rights,
            plan: Some(grant.plan),
            ..Self::new(platform, grant.tenant, actor, request)
        }
    }

    /// Returns what the tenant has, as far as whoever asks relies on it.
    pub(crate) fn plan(&self) -> Plan {
        self.plan.unwrap_or(Plan::NONE)
    }

    /// Returns what the tenant pays for, where it is known.
    pub(crate) fn tier(&self) -> Option<Tier> {
        self.plan.map(|plan| plan.tier)
    }

    /// Gives up reaching other websites than `website`.
    pub(crate) fn within(self, website: WebsiteId) -> Self {
        let website = Some(website);
        Self { website, ..self }
    }

    /// Returns the tenant.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Returns who acts.
    pub fn actor(&self) -> Actor {
        self.actor
    }

    /// Returns where the request came from.
    pub fn request(&self) -> &RequestInfo {
        &self.request
    }

    /// Returns the current instant.
    pub fn now(&self) -> Timestamp {
        self.platform.now()
    }

    /// Returns the mint of new ids.
    pub fn mint(&self) -> IdMint<'_> {
        self.platform.mint()
    }

    /// Grants the permission `P` in the whole tenant, if the actor has it there.
    pub fn permit<P: Permission>(&self) -> Result<Permit<P>, Denied> {
        if self.rights.has::<P>(None) {
            Ok(Permit::new(self.clone()))
        } else {
            Err(Denied::Forbidden)
        }
    }

    /// Grants the permission `P` on one website, if the actor has it there. The permit reaches this website and
    /// no other. What is named so that it can be no website, `None`, is as good as one that there is not, and
    /// who may not read a website is not told whether there is one.
    pub fn permit_on<P: Permission>(
        &self,
        website: Option<WebsiteId>,
    ) -> Result<Permit<P>, Denied> {
        match (self.rights.has::<P>(website), website) {
            (true, Some(website)) => Ok(Permit::new(self.clone().within(website))),
            (false, _) if self.rights.has::<ReadWebsites>(website) => Err(Denied::Forbidden),
            (true, None) | (false, _) => Err(Denied::Unknown),
        }
    }

    /// Returns whether the actor has the permission `P` where the context reaches: in the whole tenant, or on its one
    /// website.
    pub(crate) fn has<P: Permission>(&self) -> bool {
        self.rights.has::<P>(self.website)
    }

    /// Returns what the actor may do.
    pub(crate) fn rights(&self) -> &Rights {
        &self.rights
    }

    /// Returns where an item is, unless it is out of reach: another website's.
    pub(crate) fn reach<K: TenantKey>(&self, key: &K) -> Option<RawKey> {
        match self.website {
            None => Some(tenant_key(self.tenant, key)),
            Some(website) => website_key(self.tenant, website, key),
        }
    }

    /// Notes that somebody asked for an id that this tenant does not have. If it is another
    /// tenant's, an audit entry and a security event are written; if it is nobody's, nothing is.
    /// Both take one call to storage, and neither tells the caller anything.
    pub async fn missed(&self, id: &str) -> Result<(), StorageError> {
        let change = Change::new(self, Action::CrossTenant);
        match change.commit_cross_tenant_attempt(id).await {
            Ok(()) => {
                tracing::warn!(
                    tenant.id = %self.tenant,
                    request.id = %self.request.request_id,
                    event = "security.cross_tenant",
                    "an id of another tenant was asked for"
                );
                Ok(())
            }
            Err(CommitError::Storage(error)) => Err(error),
            Err(_nobodys) => Ok(()),
        }
    }

    pub(crate) fn platform(&self) -> &Platform {
        &self.platform
    }

    pub(crate) async fn read<R>(
        &self,
        key: &R::Key,
        consistency: Consistency,
    ) -> Result<Option<Stored<R>>, StorageError>
    where
        R: Record,
        R::Key: TenantKey,
    {
        let Some(raw) = self.reach(key) else {
            return Ok(None);
        };
        let item = self.ports().table.get(&raw, consistency).await;
        self.noted(item).await?.map(decode).transpose()
    }

    /// Returns what came of an earlier request under the same idempotency key, if there was one.
    pub(crate) async fn replayed(
        &self,
        once: Option<&Once>,
    ) -> Result<Option<String>, CommitError> {
        let Some(once) = once else { return Ok(None) };
        let key = IdempotencyKey {
            digest: once.digest,
        };
        let record = self.read::<IdempotencyRecord>(&key, Consistency::Strong);
        match record.await? {
            None => Ok(None),
            Some(record) if record.fingerprint == once.fingerprint => {
                Ok(Some(record.outcome.clone()))
            }
            Some(_other) => Err(CommitError::IdempotencyMismatch),
        }
    }

    /// Remembers what came of a request that changed nothing, if it has an idempotency key: its
    /// repetition must not undo what others do meanwhile.
    pub(crate) async fn remember(
        &self,
        once: Option<Once>,
        outcome: impl fmt::Display,
    ) -> Result<(), CommitError> {
        if once.is_none() {
            return Ok(());
        }
        // Nothing changes, so the audit trail gets no entry and no action is named there.
        let change = Change::new(self, Action::Update);
        change.once(once, outcome).commit().await
    }

    pub(crate) async fn slice<R>(
        &self,
        partition: &Partition<R::Key>,
        after: Option<&Position>,
        limit: usize,
        newest_first: bool,
    ) -> Result<Slice<R>, StorageError>
    where
        R: Record,
        R::Key: TenantKey,
    {
        if self
            .website
            .is_some_and(|website| partition.reaches_beyond(website))
        {
            return Slice::of(Vec::new(), limit);
        }
        let query = RawQuery {
            index: Index::Table,
            pk: tenant_pk(self.tenant, &partition.pk),
            sk_prefix: partition.sk_prefix.clone(),
            after: after.map(|position| position.0.clone()),
            through: None,
            // One more tells whether there is a next page.
            limit: limit.saturating_add(1),
            newest_first,
        };
        let items = self.ports().table.query(&query).await;
        Slice::of(self.noted(items).await?, limit)
    }
}

impl<R: Record> Slice<R> {
    pub(crate) fn of(
        mut items: Vec<serde_dynamo::Item>,
        limit: usize,
    ) -> Result<Self, StorageError> {
        let has_more = items.len() > limit;
        items.truncate(limit);
        let last = items.last().filter(|_| has_more);
        let mut next = None;
        if let Some(AttributeValue::S(sort)) = last.and_then(|item| item.inner().get(attribute::SK))
        {
            next = Some(Position(sort.clone()));
        }
        let records = items.into_iter().map(decode).collect::<Result<_, _>>()?;
        Ok(Self { records, next })
    }
}

/// What a request was made under, where it may be repeated.
pub(crate) type OnceFor = (Once, String);

#[cfg(test)]
mod tests {
    use kernel::PersonId;

    use super::Actor;
    use crate::permission::{Provision, ReadPublished, ReadTenant};

    #[test]
    fn an_actor_is_written_with_what_it_acts_as() {
        const PERSON: &str = "01a1fd1e-8c00-7b16-94ea-1a00db30281e";
        let person: PersonId = PERSON.parse().unwrap();
        for (actor, text, is_trusted) in [
            (Actor::Visitor, "visitor".to_owned(), false),
            (Actor::Member(person), format!("member:{PERSON}"), false),
            (Actor::Operator(person), format!("operator:{PERSON}"), true),
            (Actor::System("relay"), "system:relay".to_owned(), true),
        ] {
            assert_eq!(actor.to_string(), text);
            let rights = actor.own_rights();
            assert!(rights.has::<ReadPublished>(None), "{text}");
            assert_eq!(rights.has::<Provision>(None), is_trusted, "{text}");
            assert_eq!(rights.has::<ReadTenant>(None), is_trusted, "{text}");
        }
    }
}
