//! People and their sign-ins: the one handle that works before a tenant is known. It finds people
//! by e-mail address and makes new tenants; it reads no tenant's data beyond its status.

mod registration;

pub use registration::{Founding, RegisterError};

use kernel::limits::LIST_ITEMS_MAX;
use kernel::{EmailAddress, OperationId, PersonId, SessionId, TenantId};

use crate::audit::Action;
use crate::change::{Change, CommitError};
use crate::context::{Actor, RequestInfo, TenantContext};
use crate::key::{PlatformKey, platform_key, platform_pk};
use crate::keys::{
    PersonByEmailKey, PersonKey, PersonTenantKey, RegistrationKey, SessionKey, SigningKeysKey,
    TenantRecordKey,
};
use crate::platform::Platform;
use crate::record::{Record, Stamp, Stored, decode, encode, unchanged};
use crate::records::{
    BootstrapRecord, PersonByEmailRecord, PersonRecord, PersonTenantRecord, RegistrationRecord,
    SessionRecord, SigningKeysRecord, TenantRecord,
};
use crate::role::Role;
use crate::storage::{
    Condition, Consistency, Index, RawQuery, RawWrite, StorageError, TransactError,
};

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

    /// Finds the person with an e-mail address.
    pub async fn person_by_email(
        &self,
        email: &EmailAddress,
    ) -> Result<Option<Stored<PersonRecord>>, StorageError> {
        let key = PersonByEmailKey {
            email: PersonByEmailRecord::digest(email),
        };
        match self.platform.find::<PersonByEmailRecord>(&key).await? {
            Some(found) => self.person(found.person_id).await,
            None => Ok(None),
        }
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

    /// Lists the tenants of a person, up to a hundred.
    pub async fn memberships(
        &self,
        person: PersonId,
    ) -> Result<Vec<PersonTenantRecord>, StorageError> {
        let partition = PersonTenantKey::partition_of(person);
        let query = RawQuery {
            index: Index::Table,
            pk: platform_pk(&partition.pk),
            sk_prefix: partition.sk_prefix,
            after: None,
            limit: LIST_ITEMS_MAX,
            newest_first: false,
        };
        let items = self.platform.table.query(&query).await?;
        items
            .into_iter()
            .map(|item| Ok(decode::<PersonTenantRecord>(item)?.record))
            .collect()
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

    /// Begins a sign-in. A member's is noted in the tenant's audit trail.
    pub async fn begin_session(
        &self,
        session: &SessionRecord,
        role: Option<Role>,
        request: RequestInfo,
    ) -> Result<(), CommitError> {
        let (Some(tenant), Some(role)) = (session.tenant_id, role) else {
            return self.put(session, Condition::Absent).await;
        };
        let context = self.acting_on(tenant, Actor::Member(session.person_id, role), request);
        Change::new(&context, Action::Login)
            .put_platform(session, Condition::Absent)
            .note(SessionRecord::entity(), session.id)
            .commit()
            .await
    }

    /// Reads a sign-in.
    pub async fn session(
        &self,
        person: PersonId,
        session: SessionId,
    ) -> Result<Option<Stored<SessionRecord>>, StorageError> {
        self.platform.find(&SessionKey { person, session }).await
    }

    /// Replaces a sign-in that must still be as it was read.
    pub async fn replace_session(
        &self,
        stored: &Stored<SessionRecord>,
        session: &SessionRecord,
    ) -> Result<(), CommitError> {
        let stamp = Stamp {
            version: stored.version().saturating_add(1),
            audit_head: None,
        };
        self.write(session, stamp, unchanged(stored)).await
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
        match before {
            None => self.put(keys, Condition::Absent).await,
            Some(stored) => {
                let stamp = Stamp {
                    version: stored.version().saturating_add(1),
                    audit_head: None,
                };
                self.write(keys, stamp, unchanged(stored)).await
            }
        }
    }

    /// Makes the first operator, once: refused for ever after.
    pub async fn bootstrap_operator(&self, person: &PersonRecord) -> Result<(), CommitError> {
        let by_email = PersonByEmailRecord {
            email: PersonByEmailRecord::digest(&person.email),
            person_id: person.id,
        };
        let once = BootstrapRecord {
            person_id: person.id,
            created_at: person.created_at,
        };
        let writes = vec![
            (BootstrapRecord::entity(), raw(&once, Condition::Absent)?),
            (
                PersonByEmailRecord::entity(),
                raw(&by_email, Condition::Absent)?,
            ),
            (PersonRecord::entity(), raw(person, Condition::Absent)?),
        ];
        self.transact(writes).await
    }

    pub(crate) fn acting_on(
        &self,
        tenant: TenantId,
        actor: Actor,
        request: RequestInfo,
    ) -> TenantContext {
        self.platform.found(tenant, actor, request)
    }

    async fn put<R>(&self, record: &R, condition: Condition) -> Result<(), CommitError>
    where
        R: Record,
        R::Key: PlatformKey,
    {
        self.write(record, Stamp::FIRST, condition).await
    }

    async fn write<R>(
        &self,
        record: &R,
        stamp: Stamp,
        condition: Condition,
    ) -> Result<(), CommitError>
    where
        R: Record,
        R::Key: PlatformKey,
    {
        let key = platform_key(&record.key());
        let write = RawWrite::Put {
            key,
            item: encode(record, stamp)?,
            condition,
        };
        self.transact(vec![(R::entity(), write)]).await
    }

    async fn transact(&self, writes: Vec<(&'static str, RawWrite)>) -> Result<(), CommitError> {
        let entities: Vec<_> = writes.iter().map(|(entity, _)| *entity).collect();
        let writes = writes.into_iter().map(|(_, write)| write).collect();
        match self.platform.table.transact(writes).await {
            Ok(()) => Ok(()),
            Err(TransactError::Storage(error)) => Err(error.into()),
            Err(TransactError::Refused(positions)) => Err(CommitError::Refused(
                positions
                    .into_iter()
                    .filter_map(|at| entities.get(at).copied())
                    .collect(),
            )),
        }
    }
}

fn raw<R>(record: &R, condition: Condition) -> Result<RawWrite, StorageError>
where
    R: Record,
    R::Key: PlatformKey,
{
    let item = encode(record, Stamp::FIRST)?;
    Ok(RawWrite::Put {
        key: platform_key(&record.key()),
        item,
        condition,
    })
}
