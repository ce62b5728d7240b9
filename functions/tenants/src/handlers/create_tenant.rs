//! `POST /api/v1/admin/tenants`

use kernel::{EmailAddress, OperationId, PersonId, Subdomain, chance};
use tenancy::OperatorPermit;
use tenancy::context::Actor;
use tenancy::identity::{NewTenant, RegisterError};
use tenancy::password;
use tenancy::permission::ManageTenants;
use tenancy::records::{
    OperationRecord, PersonRecord, ProfileRecord, REGISTRATION_STEPS, StepStatus, TenantRecord,
    TenantStatus, Tier,
};
use web::{Accepted, Body, FieldError, Idempotent, Problem, ProblemType, State};

use crate::domain::tier;
use crate::handlers::{check_metadata, check_name};
use crate::state;
use crate::views::{NewTenantBody, OperationReference, TenantAccepted};

/// What a valid body holds.
struct Wish {
    subdomain: Subdomain,
    email: EmailAddress,
    tier: Tier,
}

/// Begins to make a tenant, by the same saga as a registration. An admin who is known to the
/// platform keeps the password.
pub(crate) async fn create_tenant(
    permit: OperatorPermit<ManageTenants>,
    State(state): State<state::State>,
    Idempotent(once): Idempotent,
    Body(body): Body<NewTenantBody>,
) -> Result<Accepted<TenantAccepted>, Problem> {
    let wish = validate(&body)?;
    if let Some(once) = once
        && let Some(operation) = state.identity.registered(once).await.map_err(refuse)?
    {
        return replay(&state, operation).await;
    }
    let known = state.identity.person_by_email(&wish.email).await?;
    let (person, new_person) = if let Some(known) = known {
        (known.id, None)
    } else {
        let person = new_person(&permit, &state, wish.email, &body.admin_password).await?;
        (person.id, Some(person))
    };
    let tenant = new_tenant(&permit, &state, body, wish.subdomain, wish.tier);
    let operation = operation(&permit, &tenant, person, new_person.is_some());
    let answer = accepted(&operation, false);
    let new = NewTenant {
        tenant,
        operation,
        new_person,
        once,
    };
    let request = permit.context().request().clone();
    match state
        .identity
        .register(new, Actor::Operator(permit.person()), request)
        .await
    {
        Ok(()) => Ok(answer),
        Err(RegisterError::Replayed(operation)) => replay(&state, operation).await,
        Err(error) => Err(refuse(error)),
    }
}

fn validate(body: &NewTenantBody) -> Result<Wish, Problem> {
    let mut errors = Vec::new();
    check_name("/name", &body.name, &mut errors);
    check_metadata(&body.metadata, &mut errors);
    let subdomain = body.subdomain.parse::<Subdomain>();
    let subdomain = subdomain
        .map_err(|error| errors.push(FieldError::new("/subdomain", error.to_string())))
        .ok();
    let email = body.admin_email.parse::<EmailAddress>();
    let email = email
        .map_err(|error| errors.push(FieldError::new("/adminEmail", error.to_string())))
        .ok();
    if let Some(why) = password::refuse(&body.admin_password) {
        errors.push(FieldError::new("/adminPassword", why));
    }
    let tier = body.tier.as_deref().map_or(Some(Tier::Free), tier::of_name);
    if tier.is_none() {
        errors.push(FieldError::new("/tier", "is no tier"));
    }
    match (subdomain, email, tier) {
        (Some(subdomain), Some(email), Some(tier)) if errors.is_empty() => Ok(Wish {
            subdomain,
            email,
            tier,
        }),
        _ => Err(Problem::invalid(errors)),
    }
}

async fn new_person(
    permit: &OperatorPermit<ManageTenants>,
    state: &state::State,
    email: EmailAddress,
    text: &str,
) -> Result<PersonRecord, Problem> {
    let salt = chance::random::<16>(state.identity.platform().entropy());
    let text = text.to_owned();
    let hash = tokio::task::spawn_blocking(move || password::hash(&text, salt)).await;
    let (Ok(Some(password_hash)), id) = (hash, PersonId::mint(permit.mint())) else {
        return Err(Problem::new(ProblemType::Internal));
    };
    Ok(PersonRecord {
        id,
        email,
        password_hash,
        is_operator: false,
        created_at: permit.now(),
    })
}

fn new_tenant(
    permit: &OperatorPermit<ManageTenants>,
    state: &state::State,
    body: NewTenantBody,
    subdomain: Subdomain,
    tier: Tier,
) -> TenantRecord {
    let now = permit.now();
    TenantRecord {
        id: state.identity.new_tenant_id(),
        name: body.name.trim().to_owned(),
        subdomain,
        custom_domain: None,
        status: TenantStatus::Provisioning,
        tier,
        quota: tier.quota(),
        profile: ProfileRecord::default(),
        metadata: body.metadata,
        created_at: now,
        updated_at: now,
        suspended_at: None,
        suspended_reason: None,
        purge_at: None,
    }
}

fn operation(
    permit: &OperatorPermit<ManageTenants>,
    tenant: &TenantRecord,
    person: PersonId,
    is_new_person: bool,
) -> OperationRecord {
    let (id, now) = (OperationId::mint(permit.mint()), permit.now());
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
) -> Result<Accepted<TenantAccepted>, Problem> {
    match state.identity.registration(operation).await? {
        Some(stored) => Ok(accepted(&stored.record.0, true)),
        None => Err(Problem::new(ProblemType::Conflict)),
    }
}

fn accepted(operation: &OperationRecord, is_replayed: bool) -> Accepted<TenantAccepted> {
    let href = format!("/api/v1/operations/{}", operation.id);
    Accepted {
        location: href.clone(),
        view: TenantAccepted {
            tenant_id: operation.tenant_id.to_string(),
            operation: OperationReference {
                id: operation.id.to_string(),
                status: operation.status.name(),
                href,
            },
        },
        is_replayed,
    }
}

fn refuse(error: RegisterError) -> Problem {
    match error {
        RegisterError::SubdomainTaken => Problem::new(ProblemType::SubdomainTaken),
        RegisterError::EmailTaken | RegisterError::Replayed(_) => {
            Problem::new(ProblemType::Conflict)
        }
        RegisterError::IdempotencyMismatch => Problem::new(ProblemType::IdempotencyMismatch),
        RegisterError::Storage(error) => error.into(),
    }
}
