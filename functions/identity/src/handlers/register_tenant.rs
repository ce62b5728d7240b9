//! `POST /api/v1/auth/register`

use std::collections::BTreeMap;

use kernel::names::read_title;
use kernel::{EmailAddress, OperationId, Subdomain};
use tenancy::Actor;
use tenancy::identity::{Founding, RegisterError};
use tenancy::records::{OperationRecord, Tier};
use web::{Accepted, Body, FieldError, Idempotent, Open, Problem, ProblemType, Repeatable, State};

use crate::handlers::{check_password, field};
use crate::state;
use crate::views::{OperationReference, Registration, RegistrationView};

type Answer = Repeatable<Accepted<RegistrationView>>;

/// Claims a subdomain and begins to make a tenant. A person who is known proves the password and
/// becomes the new tenant's admin too.
pub(crate) async fn register_tenant(
    caller: Open,
    State(state): State<state::State>,
    Idempotent(once): Idempotent,
    Body(new): Body<Registration>,
) -> Result<Answer, Problem> {
    let (subdomain, email) = validate(&new)?;
    if let Some(once) = once
        && let Some(operation) = state.identity.registered(once).await?
    {
        return replay(&state, operation).await;
    }
    let founding = Founding {
        name: new.tenant_name.trim().to_owned(),
        subdomain,
        tier: Tier::Free,
        metadata: BTreeMap::new(),
        email,
        password: new.password,
        once,
    };
    match state
        .identity
        .register(&founding, Actor::Member, &caller.request)
        .await
    {
        Ok(operation) => Ok(Repeatable::first(view(&operation))),
        Err(RegisterError::Replayed(operation)) => replay(&state, operation).await,
        Err(error) => Err(error.into()),
    }
}

fn validate(new: &Registration) -> Result<(Subdomain, EmailAddress), Problem> {
    let mut errors = Vec::new();
    if let Err(error) = read_title(&new.tenant_name) {
        errors.push(FieldError::new("/tenantName", error.to_string()));
    }
    let subdomain = field("/subdomain", &new.subdomain, &mut errors);
    let email = field("/email", &new.email, &mut errors);
    check_password("/password", &new.password, &mut errors);
    match (subdomain, email) {
        (Some(subdomain), Some(email)) if errors.is_empty() => Ok((subdomain, email)),
        _ => Err(Problem::invalid(errors)),
    }
}

async fn replay(state: &state::State, operation: OperationId) -> Result<Answer, Problem> {
    match state.identity.registration(operation).await? {
        Some(stored) => Ok(Repeatable::again(view(&stored.record.0))),
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
    }
}
