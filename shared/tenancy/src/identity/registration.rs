//! Making a tenant: what is claimed at once, before the saga does the rest.

use std::collections::BTreeMap;

use events::Event;
use kernel::{EmailAddress, OperationId, PersonId, Subdomain, TenantId};

use crate::actor::Actor;
use crate::audit::Action;
use crate::change::{Change, CommitError, Once};
use crate::context::RequestInfo;
use crate::identity::{Identity, ProveError};
use crate::keys::{OpenIdempotencyKey, PersonByEmailKey, SubdomainKey};
use crate::password::{PasswordError, hash_apart};
use crate::records::{
    DirectoryRecord, IdempotencyRecord, OpenIdempotencyRecord, OperationRecord,
    PersonByEmailRecord, PersonRecord, ProfileRecord, REGISTRATION_STEPS, RegistrationRecord,
    SecondFactor, StepStatus, SubdomainRecord, TenantRecord, TenantStatus, Tier,
};
use crate::storage::{Condition, StorageError};

/// A tenant that is to be founded.
#[derive(Debug)]
pub struct Founding {
    /// Its name.
    pub name: String,
    /// Its name in hosts.
    pub subdomain: Subdomain,
    /// Its tier, which decides its quota.
    pub tier: Tier,
    /// What operators note about it.
    pub metadata: BTreeMap<String, String>,
    /// The e-mail address of its first admin.
    pub email: EmailAddress,
    /// The first admin's password: a new one, or that of the person whom the platform knows.
    pub password: String,
    /// What makes the request repeatable.
    pub once: Option<Once>,
}

/// A tenant's first admin.
#[derive(Debug)]
enum Founder {
    /// Somebody whom the platform knows.
    Known(PersonId),
    /// Somebody who comes with the tenant.
    New(Box<PersonRecord>),
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
    /// Enough passwords were tried for the person with the e-mail address, for so many seconds.
    #[error("enough passwords were tried for {0} s")]
    Enough(u32),
    /// The password cannot be worked on.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The tenant was not written.
    #[error(transparent)]
    Commit(CommitError),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<ProveError> for RegisterError {
    fn from(error: ProveError) -> Self {
        match error {
            ProveError::Wrong => Self::EmailTaken,
            ProveError::Enough(rest_s) => Self::Enough(rest_s),
            ProveError::Password(error) => error.into(),
            ProveError::Commit(error) => Self::Commit(error),
        }
    }
}

impl Identity {
    /// Claims the subdomain and writes the tenant, its operation and, if new, its first admin's
    /// person, in one transaction with the event that begins the saga. Returns the operation.
    ///
    /// Nobody has proved yet that an address is theirs: whoever says to be somebody the platform
    /// knows proves it by that person's password.
    pub async fn register(
        &self,
        founding: &Founding,
        actor: impl Fn(PersonId) -> Actor,
        request: &RequestInfo,
    ) -> Result<OperationRecord, RegisterError> {
        let founder = self.founder(founding, request).await?;
        match self.found(founding, founder, &actor, request).await {
            // The person was new a moment ago, and now is known.
            Err(RegisterError::EmailTaken) => {
                let founder = self.founder(founding, request).await?;
                self.found(founding, founder, &actor, request).await
            }
            found => found,
        }
    }

    async fn founder(
        &self,
        founding: &Founding,
        request: &RequestInfo,
    ) -> Result<Founder, RegisterError> {
        let password = &founding.password;
        if let Some(known) = self.person_by_email(&founding.email).await? {
            let email = PersonByEmailRecord::digest(&known.email);
            self.prove(email, Some(&known), password, request).await?;
            return Ok(Founder::Known(known.id));
        }
        Ok(Founder::New(Box::new(PersonRecord {
            id: PersonId::mint(self.platform.mint()),
            email: founding.email.clone(),
            password_hash: hash_apart(password, self.platform.entropy()).await?,
            is_operator: false,
            created_at: self.platform.now(),
            sign_outs: 0,
            verified_at: None,
            resets: 0,
            second_factor: SecondFactor::default(),
        })))
    }

    async fn found(
        &self,
        founding: &Founding,
        founder: Founder,
        actor: &impl Fn(PersonId) -> Actor,
        request: &RequestInfo,
    ) -> Result<OperationRecord, RegisterError> {
        let (person, new_person) = match founder {
            Founder::Known(person) => (person, None),
            Founder::New(person) => (person.id, Some(*person)),
        };
        let now = self.platform.now();
        let tenant = TenantRecord {
            id: TenantId::mint(self.platform.mint()),
            name: founding.name.clone(),
            subdomain: founding.subdomain.clone(),
            custom_domain: None,
            status: TenantStatus::Provisioning,
            tier: founding.tier,
            quota: founding.tier.quota(),
            agreed_features: None,
            rate_plan: crate::rate_plan::RatePlan::default(),
            agreed_rate_limits: None,
            agreed_abuse_limits: None,
            profile: ProfileRecord::default(),
            metadata: founding.metadata.clone(),
            created_at: now,
            updated_at: now,
            suspended_at: None,
            suspended_reason: None,
            purge_at: None,
        };
        let operation = self.operation(&tenant, person, new_person.is_some());
        let context = self.acting_on(tenant.id, actor(person), request.clone());
        let claim = SubdomainRecord {
            subdomain: tenant.subdomain.clone(),
            tenant_id: tenant.id,
        };
        let operation_id = operation.id;
        let mut change = Change::new(&context, Action::Create)
            .put_platform(&claim, Condition::Absent)
            .create(&tenant)
            .own(tenant.id)
            .put_platform(&DirectoryRecord::of(&tenant), Condition::Absent)
            .put_platform(&RegistrationRecord(operation.clone()), Condition::Absent)
            .event(Event::TenantRegistered { operation_id });
        if let Some(person) = &new_person {
            let by_email = PersonByEmailRecord {
                email: PersonByEmailRecord::digest(&person.email),
                person_id: person.id,
            };
            change = change
                .put_platform(&by_email, Condition::Absent)
                .put_platform(person, Condition::Absent)
                .event(Event::VerificationRequested {
                    person_id: person.id,
                });
        }
        if let Some(once) = founding.once {
            let record = IdempotencyRecord {
                digest: once.digest,
                fingerprint: once.fingerprint,
                outcome: operation_id.to_string(),
                made_at: context.now(),
            };
            change = change.put_platform(&OpenIdempotencyRecord(record), Condition::Absent);
        }
        match change.commit().await {
            Ok(()) => Ok(operation),
            Err(error) => Err(self.why_refused(error, founding.once).await),
        }
    }

    /// Makes the operation; its first step is the transaction that it is written in.
    fn operation(
        &self,
        tenant: &TenantRecord,
        person: PersonId,
        is_new_person: bool,
    ) -> OperationRecord {
        let id = OperationId::mint(self.platform.mint());
        let (kind, now) = ("register-tenant", tenant.created_at);
        let mut operation =
            OperationRecord::pending(id, kind, &REGISTRATION_STEPS, tenant.id, Some(person), now);
        operation.is_new_person = is_new_person;
        if let Some(claim) = operation.steps.first_mut() {
            claim.status = StepStatus::Succeeded;
            claim.ended_at = Some(now);
        }
        operation
    }

    /// Finds the operation that an earlier request under the same key began.
    pub async fn registered(&self, once: Once) -> Result<Option<OperationId>, RegisterError> {
        let key = OpenIdempotencyKey {
            digest: once.digest,
        };
        let Some(record) = self.platform.find::<OpenIdempotencyRecord>(&key).await? else {
            return Ok(None);
        };
        let record = &record.0;
        if record.fingerprint != once.fingerprint {
            return Err(RegisterError::IdempotencyMismatch);
        }
        Ok(record.outcome.parse().ok())
    }

    async fn why_refused(&self, error: CommitError, once: Option<Once>) -> RegisterError {
        if error.refused::<OpenIdempotencyKey>()
            && let Some(once) = once
        {
            return match self.registered(once).await {
                Ok(made) => {
                    made.map_or(RegisterError::IdempotencyMismatch, RegisterError::Replayed)
                }
                Err(error) => error,
            };
        }
        if error.refused::<SubdomainKey>() {
            return RegisterError::SubdomainTaken;
        }
        if error.refused::<PersonByEmailKey>() {
            return RegisterError::EmailTaken;
        }
        RegisterError::Commit(error)
    }
}
