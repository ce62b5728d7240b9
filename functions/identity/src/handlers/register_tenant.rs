//! `POST /api/v1/auth/register`

use jiff::Timestamp;
use kernel::limits::NAME_CHARS_MAX;
use kernel::{EmailAddress, OperationId, PersonId, Subdomain};
use tenancy::Role;
use tenancy::context::Actor;
use tenancy::identity::{NewTenant, RegisterError};
use tenancy::records::{
    OperationRecord, PersonRecord, ProfileRecord, REGISTRATION_STEPS, StepStatus, TenantRecord,
    TenantStatus, Tier,
};
use web::{Accepted, Body, FieldError, Idempotent, Open, Problem, ProblemType, State};

use crate::handlers::{check_password, field, hash_password, verify_password};
use crate::state;
use crate::views::{OperationReference, Registration, RegistrationView};

/// Claims a subdomain and begins to make a tenant. A person who is known proves the password and
/// becomes the new tenant's admin too.
pub(crate) async fn register_tenant(
    caller: Open,
    State(state): State<state::State>,
    Idempotent(once): Idempotent,
    Body(new): Body<Registration>,
) -> Result<Accepted<RegistrationView>, Problem> {
    let (subdomain, email) = validate(&new)?;
    if let Some(once) = once
        && let Some(operation) = state.identity.registered(once).await.map_err(refuse)?
    {
        return replay(&state, operation).await;
    }
    let known = state.identity.person_by_email(&email).await?;
    let (person, new_person) = match known {
        Some(person) if verify_password(&new.password, Some(&person.password_hash)).await? => {
            (person.id, None)
        }
        Some(_other) => return Err(Problem::new(ProblemType::EmailTaken)),
        None => {
            let person = new_person(&state, email, &new.password).await?;
            (person.id, Some(person))
        }
    };
    let platform = state.identity.platform();
    let now = platform.now();
    let tenant = new_tenant(&state, &new, subdomain, now);
    let operation = operation(&state, &tenant, person, new_person.is_some(), now);
    let view = view(&operation);
    let actor = Actor::Member(person, Role::TenantAdmin);
    let new = NewTenant {
        tenant,
        operation,
        new_person,
        once,
    };
    match state.identity.register(new, actor, caller.request).await {
        Ok(()) => Ok(view),
        Err(RegisterError::Replayed(operation)) => replay(&state, operation).await,
        Err(error) => Err(refuse(error)),
    }
}

fn validate(new: &Registration) -> Result<(Subdomain, EmailAddress), Problem> {
    let mut errors = Vec::new();
    let name = new.tenant_name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        errors.push(FieldError::new(
            "/tenantName",
            "must have 1 to 255 characters",
        ));
    }
    let subdomain = field("/subdomain", &new.subdomain, &mut errors);
    let email = field("/email", &new.email, &mut errors);
    check_password(&new.password, &mut errors);
    match (subdomain, email) {
        (Some(subdomain), Some(email)) if errors.is_empty() => Ok((subdomain, email)),
        _ => Err(Problem::invalid(errors)),
    }
}

async fn new_person(
    state: &state::State,
    email: EmailAddress,
    password: &str,
) -> Result<PersonRecord, Problem> {
    let platform = state.identity.platform();
    Ok(PersonRecord {
        id: PersonId::mint(platform.mint()),
        email,
        password_hash: hash_password(state, password).await?,
        is_operator: false,
        created_at: platform.now(),
    })
}

fn new_tenant(
    state: &state::State,
    new: &Registration,
    subdomain: Subdomain,
    now: Timestamp,
) -> TenantRecord {
    TenantRecord {
        id: state.identity.new_tenant_id(),
        name: new.tenant_name.trim().to_owned(),
        subdomain,
        custom_domain: None,
        status: TenantStatus::Provisioning,
        tier: Tier::Free,
        quota: Tier::Free.quota(),
        profile: ProfileRecord::default(),
        metadata: std::collections::BTreeMap::new(),
        created_at: now,
        updated_at: now,
        suspended_at: None,
        suspended_reason: None,
        purge_at: None,
    }
}

/// Makes the operation; its first step is the transaction that it is written in.
fn operation(
    state: &state::State,
    tenant: &TenantRecord,
    person: PersonId,
    is_new_person: bool,
    now: Timestamp,
) -> OperationRecord {
    let id = OperationId::mint(state.identity.platform().mint());
    let kind = "register-tenant";
    let mut operation =
        OperationRecord::pending(id, kind, &REGISTRATION_STEPS, tenant.id, person, now);
    operation.is_new_person = is_new_person;
    if let Some(claim) = operation.steps.first_mut() {
        claim.status = StepStatus::Succeeded;
        claim.ended_at = Some(now);
    }
    operation
}

async fn replay(
    state: &state::State,
    operation: OperationId,
) -> Result<Accepted<RegistrationView>, Problem> {
    match state.identity.registration(operation).await? {
        Some(stored) => Ok(Accepted {
            is_replayed: true,
            ..view(&stored.record.0)
        }),
        None => Err(Problem::new(ProblemType::Conflict)),
    }
}

fn view(operation: &OperationRecord) -> Accepted<RegistrationView> {
    let href = format!("/api/v1/operations/{}", operation.id);
    Accepted {
        location: href.clone(),
        view: RegistrationView {
            tenant_id: operation.tenant_id.to_string(),
            operation: OperationReference {
                id: operation.id.to_string(),
                status: operation.status.name().to_owned(),
                href,
            },
        },
        is_replayed: false,
    }
}

fn refuse(error: RegisterError) -> Problem {
    match error {
        RegisterError::SubdomainTaken => Problem::new(ProblemType::SubdomainTaken),
        RegisterError::EmailTaken => Problem::new(ProblemType::EmailTaken),
        RegisterError::IdempotencyMismatch => Problem::new(ProblemType::IdempotencyMismatch),
        RegisterError::Replayed(_) => Problem::new(ProblemType::Conflict),
        RegisterError::Storage(error) => error.into(),
    }
}
