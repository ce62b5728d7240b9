//! `POST /api/v1/admin/tenants`

use kernel::{EmailAddress, OperationId, Subdomain};
use tenancy::identity::{Founding, RegisterError};
use tenancy::password;
use tenancy::permission::ManageTenants;
use tenancy::records::{OperationRecord, Tier};
use tenancy::{Actor, OperatorPermit};
use web::{Accepted, Body, FieldError, Idempotent, Problem, ProblemType, Repeatable, State};

use crate::domain::tier;
use crate::handlers::{check_metadata, check_name};
use crate::state;
use crate::views::{NewTenantBody, OperationReference, TenantAccepted};

/// What a valid body holds.
struct Founder {
    subdomain: Subdomain,
    email: EmailAddress,
    tier: Tier,
}

type Answer = Repeatable<Accepted<TenantAccepted>>;

/// Begins to make a tenant, by the same saga as a registration. For an admin who is known to the
/// platform the password is that person's: an address alone would hand the tenant to whoever
/// registered with it first.
pub(crate) async fn create_tenant(
    permit: OperatorPermit<ManageTenants>,
    State(state): State<state::State>,
    Idempotent(once): Idempotent,
    Body(body): Body<NewTenantBody>,
) -> Result<Answer, Problem> {
    let founder = validate(&body)?;
    if let Some(once) = once
        && let Some(operation) = state.identity.registered(once).await?
    {
        return replay(&state, operation).await;
    }
    let founding = Founding {
        name: body.name.trim().to_owned(),
        subdomain: founder.subdomain,
        tier: founder.tier,
        metadata: body.metadata,
        email: founder.email,
        password: body.admin_password,
        once,
    };
    let operator = |_admin| Actor::Operator(permit.person());
    let registered = state
        .identity
        .register(&founding, operator, permit.request());
    match registered.await {
        Ok(operation) => Ok(Repeatable::first(accepted(&operation))),
        Err(RegisterError::Replayed(operation)) => replay(&state, operation).await,
        Err(error) => Err(error.into()),
    }
}

fn validate(body: &NewTenantBody) -> Result<Founder, Problem> {
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
        (Some(subdomain), Some(email), Some(tier)) if errors.is_empty() => Ok(Founder {
            subdomain,
            email,
            tier,
        }),
        _ => Err(Problem::invalid(errors)),
    }
}

async fn replay(state: &state::State, operation: OperationId) -> Result<Answer, Problem> {
    match state.identity.registration(operation).await? {
        Some(stored) => Ok(Repeatable::again(accepted(&stored.record.0))),
        None => Err(Problem::new(ProblemType::Conflict)),
    }
}

fn accepted(operation: &OperationRecord) -> Accepted<TenantAccepted> {
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
    }
}
