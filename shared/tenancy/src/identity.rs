//! People and their sign-ins: the one handle that works before a tenant is known.
//!
//! It finds people by e-mail address, makes new tenants, lets people leave theirs and join others. Of a tenant's
//! data it reaches its status, whose access tokens were taken back, the membership of the person who asks, and the
//! invitation that a link names.

mod attempts;
mod codes;
mod mailbox;
mod metering;
mod rates;
mod registration;
mod sessions;
mod standing;

pub use attempts::ProveError;
pub use codes::{Place, Proof};
pub use metering::{LeaseRequest, Leasing, Metered, Today};
pub(crate) use rates::count;
pub use registration::{Founding, RegisterError};
pub(crate) use sessions::{revocations, revoked_in, themselves};
pub use standing::TenantStanding;

use kernel::limits::LIST_ITEMS_MAX;
use kernel::{ContentHash, EmailAddress, OperationId, PersonId, SessionId, TenantId};

use crate::actor::Actor;
use crate::audit::Action;
use crate::change::{Change, CommitError};
use crate::context::{RequestInfo, TenantContext};
use crate::key::{Partition, PlatformKey, platform_pk};
use crate::keys::{
    PersonByEmailKey, PersonKey, PersonTenantKey, RegistrationKey, SigningKeysKey, TenantRecordKey,
};
use crate::members::{self, MemberError};
use crate::permit::{Position, Slice};
use crate::platform::Platform;
use crate::record::{Record, Stored};
use crate::records::{
    BootstrapRecord, PersonByEmailRecord, PersonRecord, PersonTenantRecord, RegistrationRecord,
    SessionRecord, SigningKeysRecord, TenantRecord,
};
use crate::signed_in::SignedIn;
use crate::storage::{Condition, Consistency, Index, RawQuery, StorageError};

/// What the function of that name is called where it acts by itself.
const IDENTITY: &str = "identity";

/// The handle on people and sign-ins.
#[derive(Debug, Clone)]
pub struct Identity {
    platform: Platform,
}

impl Identity {
    /// Opens the handle. Only the functions that sign people in and check their tokens may.
    pub fn new(platform: Platform) -> Self {
        Self { platform }
    }

    /// Returns the platform's time, chance and mint.
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// Finds the person with an e-mail address. It takes as long where nobody has it.
    pub async fn person_by_email(
        &self,
        email: &EmailAddress,
    ) -> Result<Option<Stored<PersonRecord>>, StorageError> {
        self.person_with(PersonByEmailRecord::digest(email)).await
    }

    /// As [`Self::person_by_email`], by the hash of the address.
    pub async fn person_with(
        &self,
        email: ContentHash,
    ) -> Result<Option<Stored<PersonRecord>>, StorageError> {
        let key = PersonByEmailKey { email };
        let found = self.platform.find::<PersonByEmailRecord>(&key).await?;
        let nobody = || PersonId::mint(self.platform.mint());
        self.person(found.map_or_else(nobody, |found| found.person_id))
            .await
    }

    /// Reads a person.
    pub async fn person(
        &self,
        person: PersonId,
    ) -> Result<Option<Stored<PersonRecord>>, StorageError> {
        self.platform.find(&PersonKey { person }).await
    }

    /// Reads a person's place in one tenant.
    pub async fn membership(
        &self,
        person: PersonId,
        tenant: TenantId,
    ) -> Result<Option<Stored<PersonTenantRecord>>, StorageError> {
        self.platform
            .find(&PersonTenantKey { person, tenant })
            .await
    }

    /// Lists the tenants of the person who asks, by id.
    pub async fn tenants_of(
        &self,
        caller: &SignedIn,
        after: Option<&Position>,
        limit: usize,
    ) -> Result<Slice<PersonTenantRecord>, StorageError> {
        let partition = PersonTenantKey::partition_of(caller.person());
        self.slice(&partition, after, limit, false).await
    }

    /// Ends the membership of the person who asks, in one of the person's tenants. Returns whether there
    /// was one.
    pub async fn leave(&self, caller: &SignedIn, tenant: TenantId) -> Result<bool, MemberError> {
        let actor = themselves(caller.person());
        let context = self.acting_on(tenant, actor, caller.request().clone());
        members::leave(&context).await
    }

    /// Lists the tenants of a person, all of them: people have few.
    pub async fn memberships(
        &self,
        person: PersonId,
    ) -> Result<Vec<Stored<PersonTenantRecord>>, StorageError> {
        let partition = PersonTenantKey::partition_of(person);
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let slice = self.slice(&partition, after.as_ref(), LIST_ITEMS_MAX, false);
            let slice: Slice<PersonTenantRecord> = slice.await?;
            found.extend(slice.records);
            after = slice.next;
            if after.is_none() {
                return Ok(found);
            }
        }
    }

    /// Reads a tenant's record, for its status.
    pub async fn tenant(&self, tenant: TenantId) -> Result<Option<TenantRecord>, StorageError> {
        let context = self.acting_on(tenant, Actor::Visitor, RequestInfo::default());
        let stored = context
            .read::<TenantRecord>(&TenantRecordKey {}, Consistency::Strong)
            .await?;
        Ok(stored.map(|stored| stored.record))
    }

    /// Reads the operation of a registration.
    pub async fn registration(
        &self,
        operation: OperationId,
    ) -> Result<Option<Stored<RegistrationRecord>>, StorageError> {
        self.platform.find(&RegistrationKey { operation }).await
    }

    /// Reads the public signing keys.
    pub async fn signing_keys(&self) -> Result<Option<Stored<SigningKeysRecord>>, StorageError> {
        self.platform.find(&SigningKeysKey {}).await
    }

    /// Publishes public signing keys: the first ones, or those that replace the ones read.
    pub async fn publish_signing_keys(
        &self,
        before: Option<&Stored<SigningKeysRecord>>,
        keys: &SigningKeysRecord,
    ) -> Result<(), CommitError> {
        let (actor, request) = (Actor::System(IDENTITY), RequestInfo::default());
        let context = self.acting_on(TenantId::PLATFORM, actor, request);
        let change = Change::new(&context, Action::ConfigChange);
        let change = match before {
            None => change.put_platform(keys, Condition::Absent),
            Some(stored) => change.update_platform(stored, keys),
        };
        let change = change.note(SigningKeysRecord::entity(), context.tenant());
        change.commit().await
    }

    /// Makes the first operator, once: refused for ever after.
    pub async fn bootstrap_operator(
        &self,
        person: &PersonRecord,
        request: &RequestInfo,
    ) -> Result<(), CommitError> {
        let by_email = PersonByEmailRecord {
            email: PersonByEmailRecord::digest(&person.email),
            person_id: person.id,
        };
        let once = BootstrapRecord {
            person_id: person.id,
            created_at: person.created_at,
        };
        let context = self.acting_on(TenantId::PLATFORM, Actor::Visitor, request.clone());
        Change::new(&context, Action::PermissionChange)
            .put_platform(&once, Condition::Absent)
            .put_platform(&by_email, Condition::Absent)
            .put_platform(person, Condition::Absent)
            .note(PersonRecord::entity(), person.id)
            .commit()
            .await
    }

    /// Notes that somebody comes in with the break-glass key, by a sign-in that is kept nowhere else.
    pub async fn break_glass(
        &self,
        session: SessionId,
        request: &RequestInfo,
    ) -> Result<(), CommitError> {
        let actor = Actor::Operator(PersonId::BREAK_GLASS);
        let context = self.acting_on(TenantId::PLATFORM, actor, request.clone());
        let change = Change::new(&context, Action::Login);
        let change = change.note(SessionRecord::entity(), session);
        change.commit().await
    }

    async fn slice<R>(
        &self,
        partition: &Partition<R::Key>,
        after: Option<&Position>,
        limit: usize,
        newest_first: bool,
    ) -> Result<Slice<R>, StorageError>
    where
        R: Record,
        R::Key: PlatformKey,
    {
        let query = RawQuery {
            index: Index::Table,
            pk: platform_pk(&partition.pk),
            sk_prefix: partition.sk_prefix.clone(),
            after: after.map(|position| position.as_str().to_owned()),
            through: None,
            // One more tells whether there is a next page.
            limit: limit.saturating_add(1),
            newest_first,
        };
        Slice::of(self.platform.table().query(&query).await?, limit)
    }

    pub(crate) fn acting_on(
        &self,
        tenant: TenantId,
        actor: Actor,
        request: RequestInfo,
    ) -> TenantContext {
        self.platform.found(tenant, actor, request)
    }
}
