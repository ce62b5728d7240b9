//! `POST /api/v1/auth/login`

use kernel::limits::AGENT_CHARS_MAX;
use kernel::{EmailAddress, SessionId, TenantId};
use serde_json::json;
use tenancy::Role;
use tenancy::password;
use tenancy::records::{
    MembershipState, PersonRecord, PersonTenantRecord, SessionRecord, TenantStatus,
};
use web::{Body, Found, Open, Problem, ProblemType, State};

use crate::domain::refresh::end;
use crate::handlers::issue_tokens::issue_tokens;
use crate::state;
use crate::views::{Login, TokensView};

/// Signs a person in to one tenant, or an operator to the platform.
pub(crate) async fn log_in(
    caller: Open,
    State(state): State<state::State>,
    Body(login): Body<Login>,
) -> Result<Found<TokensView>, Problem> {
    let wrong = || Problem::new(ProblemType::InvalidCredentials);
    // An address that nobody can have takes as long as one that nobody has.
    let person = match login.email.parse::<EmailAddress>() {
        Ok(email) => state.identity.person_by_email(&email).await?,
        Err(_malformed) => None,
    };
    let hash = person.as_ref().map(|person| person.password_hash.as_str());
    if !password::verify_apart(&login.password, hash).await? {
        return Err(wrong());
    }
    let person = person.ok_or_else(wrong)?.record;
    let (tenant, role) = choose(&state, &person, login.tenant_id).await?;
    let platform = state.identity.platform();
    let now = platform.now();
    let session = SessionRecord {
        id: SessionId::mint(platform.mint()),
        person_id: person.id,
        tenant_id: tenant,
        generation: 1,
        rotated_at: now,
        created_at: now,
        ends_at: end(now, now),
        revoked_at: None,
        address: caller.request.address.clone(),
        agent: caller.request.agent.as_deref().and_then(shortened),
    };
    state
        .identity
        .begin_session(&session, role, caller.request)
        .await?;
    Ok(Found(issue_tokens(&state, &session, role)?))
}

/// Returns what a client says it is, as far as it is kept, if it says anything.
fn shortened(agent: &str) -> Option<String> {
    let agent: String = agent.trim().chars().take(AGENT_CHARS_MAX).collect();
    (!agent.is_empty()).then_some(agent)
}

/// Finds the tenant that is meant, which must be in use.
async fn choose(
    state: &state::State,
    person: &PersonRecord,
    wanted: Option<TenantId>,
) -> Result<(Option<TenantId>, Option<Role>), Problem> {
    let membership = match wanted {
        Some(wanted) => {
            let membership = state.identity.membership(person.id, wanted).await?;
            let membership = membership
                .map(|stored| stored.record)
                .filter(|membership| membership.state == MembershipState::Active)
                .ok_or_else(|| Problem::new(ProblemType::TenantInactive))?;
            require_active(state, &membership).await?;
            membership
        }
        None if person.is_operator => return Ok((None, None)),
        None => only(state, person).await?,
    };
    Ok((Some(membership.tenant_id), Some(membership.role)))
}

/// Finds a person's membership where one tenant is in use; of several the person has to choose.
async fn only(state: &state::State, person: &PersonRecord) -> Result<PersonTenantRecord, Problem> {
    let mut found = Vec::new();
    for membership in state.identity.memberships(person.id).await? {
        let tenant = state.identity.tenant(membership.tenant_id).await?;
        let tenant = tenant.filter(|tenant| {
            tenant.status == TenantStatus::Active && membership.state == MembershipState::Active
        });
        found.extend(tenant.map(|tenant| (membership, tenant)));
    }
    match found.as_slice() {
        [] => Err(Problem::new(ProblemType::TenantInactive)),
        [(only, _)] => Ok(only.record.clone()),
        several => {
            let tenants: Vec<_> = several
                .iter()
                .map(|(_, tenant)| {
                    json!({
                        "tenantId": tenant.id,
                        "name": tenant.name,
                        "subdomain": tenant.subdomain,
                    })
                })
                .collect();
            Err(Problem::new(ProblemType::ChooseTenant).member("tenants", tenants))
        }
    }
}

/// Refuses a membership of a tenant that is not in use.
pub(super) async fn require_active(
    state: &state::State,
    membership: &PersonTenantRecord,
) -> Result<(), Problem> {
    let tenant = state.identity.tenant(membership.tenant_id).await?;
    if tenant.is_some_and(|tenant| tenant.status == TenantStatus::Active) {
        Ok(())
    } else {
        Err(Problem::new(ProblemType::TenantInactive))
    }
}
