//! Making a tenant: what is claimed at once, before the saga does the rest.

use events::Event;
use kernel::{OperationId, TenantId};

use crate::audit::Action;
use crate::change::{Change, CommitError, Once};
use crate::context::{Actor, RequestInfo};
use crate::identity::Identity;
use crate::key::platform_key;
use crate::keys::{OpenIdempotencyKey, PersonByEmailKey, SubdomainKey};
use crate::record::decode;
use crate::records::{
    DirectoryRecord, IdempotencyRecord, OpenIdempotencyRecord, OperationRecord,
    PersonByEmailRecord, PersonRecord, RegistrationRecord, SubdomainRecord, TenantRecord,
};
use crate::storage::{Condition, Consistency, StorageError};

/// What a registration writes.
#[derive(Debug)]
pub struct NewTenant {
    /// The tenant, provisioning.
    pub tenant: TenantRecord,
    /// The operation that makes it.
    pub operation: OperationRecord,
    /// The first member, where that person is new to the platform.
    pub new_person: Option<PersonRecord>,
    /// What makes the request repeatable.
    pub once: Option<Once>,
}

/// Why a registration was not taken.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The subdomain is another tenant's.
    #[error("the subdomain is taken")]
    SubdomainTaken,
    /// Somebody came with the same e-mail address meanwhile.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// The request was made before, and began this operation.
    #[error("the request was made before")]
    Replayed(OperationId),
    /// The idempotency key was used for another request.
    #[error("the idempotency key was used for another request")]
    IdempotencyMismatch,
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Identity {
    /// Claims the subdomain and writes the tenant, its operation and, if new, its first member's
    /// person, in one transaction with the event that begins the saga.
    pub async fn register(
        &self,
        new: NewTenant,
        actor: Actor,
        request: RequestInfo,
    ) -> Result<(), RegisterError> {
        let tenant = new.tenant.id;
        let context = self.acting_on(tenant, actor, request);
        let claim = SubdomainRecord {
            subdomain: new.tenant.subdomain.clone(),
            tenant_id: tenant,
        };
        let operation_id = new.operation.id;
        let mut change = Change::new(&context, Action::Create)
            .put_platform(&claim, Condition::Absent)
            .create(&new.tenant)
            .own(tenant)
            .put_platform(&DirectoryRecord::of(&new.tenant), Condition::Absent)
            .put_platform(&RegistrationRecord(new.operation), Condition::Absent)
            .event(Event::TenantRegistered { operation_id });
        if let Some(person) = &new.new_person {
            let by_email = PersonByEmailRecord {
                email: PersonByEmailRecord::digest(&person.email),
                person_id: person.id,
            };
            change = change
                .put_platform(&by_email, Condition::Absent)
                .put_platform(person, Condition::Absent);
        }
        if let Some(once) = new.once {
            let record = IdempotencyRecord {
                digest: once.digest,
                fingerprint: once.fingerprint,
                resource_id: operation_id.to_string(),
                made_at: context.now(),
            };
            change = change.put_platform(&OpenIdempotencyRecord(record), Condition::Absent);
        }
        match change.commit().await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.why_refused(error, new.once).await),
        }
    }

    /// Finds the operation that an earlier request under the same key began.
    pub async fn registered(&self, once: Once) -> Result<Option<OperationId>, RegisterError> {
        let key = platform_key(&OpenIdempotencyKey {
            digest: once.digest,
        });
        let Some(item) = self.platform.table.get(&key, Consistency::Strong).await? else {
            return Ok(None);
        };
        let record = decode::<OpenIdempotencyRecord>(item)?.record.0;
        if record.fingerprint != once.fingerprint {
            return Err(RegisterError::IdempotencyMismatch);
        }
        Ok(record.resource_id.parse().ok())
    }

    /// Returns a tenant id for a registration.
    pub fn new_tenant_id(&self) -> TenantId {
        TenantId::mint(self.platform.mint())
    }

    async fn why_refused(&self, error: CommitError, once: Option<Once>) -> RegisterError {
        if error.refused::<OpenIdempotencyKey>()
            && let Some(once) = once
        {
            return match self.registered(once).await {
                Ok(Some(operation)) => RegisterError::Replayed(operation),
                Ok(None) => RegisterError::IdempotencyMismatch,
                Err(error) => error,
            };
        }
        if error.refused::<SubdomainKey>() {
            return RegisterError::SubdomainTaken;
        }
        if error.refused::<PersonByEmailKey>() {
            return RegisterError::EmailTaken;
        }
        match error {
            CommitError::Storage(error) => RegisterError::Storage(error),
            CommitError::Refused(_)
            | CommitError::Replayed(_)
            | CommitError::IdempotencyMismatch
            | CommitError::AlreadyDone => RegisterError::Storage(StorageError::Contended),
        }
    }
}
