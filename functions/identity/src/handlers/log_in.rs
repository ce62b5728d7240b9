//! `POST /api/v1/auth/login`

use kernel::limits::CODE_PATIENCE_S;
use kernel::{ContentHash, EmailAddress, PersonId, TenantId};
use serde_json::json;
use tenancy::records::{
    MembershipState, PersonByEmailRecord, PersonRecord, PersonTenantRecord, TenantRecord,
    TenantStatus,
};
use web::{Body, Browser, Open, Problem, ProblemType, State};

use crate::domain::second_factor::HalfSignIn;
use crate::handlers::begin_session::begin_session;
use crate::handlers::cookies::require_portal;
use crate::handlers::issue_tokens::Tokens;
use crate::state;
use crate::views::Login;

/// Signs a person in to one tenant, or an operator to the platform.
pub(crate) async fn log_in(
    caller: Open,
    State(state): State<state::State>,
    browser: Browser,
    Body(login): Body<Login>,
) -> Result<Tokens, Problem> {
    require_portal(&state, &browser, login.tokens_in)?;
    // An address that nobody can have takes as long as one that nobody has.
    let email = match login.email.parse::<EmailAddress>() {
        Ok(email) => PersonByEmailRecord::digest(&email),
        Err(_malformed) => ContentHash::of(login.email.as_bytes()),
    };
    let person = state.identity.person_with(email).await?;
    let found = person.as_ref().map(|person| &person.record);
    let (password, request) = (&login.password, &caller.request);
    state
        .identity
        .prove(email, found, password, request)
        .await?;
    let person = person.ok_or_else(|| Problem::new(ProblemType::InvalidCredentials))?;
    if person.has_second_factor() {
        return Err(code_required(&state, &person, login.tenant_id));
    }
    let membership = choose(&state, &person, login.tenant_id).await?;
    let (membership, request) = (membership.as_ref(), caller.request);
    begin_session(&state, &person, membership, None, request, login.tokens_in).await
}

/// Asks for a code, of a person who knows the password: nothing else is told before it is given.
fn code_required(state: &state::State, person: &PersonRecord, tenant: Option<TenantId>) -> Problem {
    let half = HalfSignIn::begin(person, tenant, state.identity.platform().now());
    Problem::new(ProblemType::MfaCodeRequired)
        .member("mfaToken", state.second_factors.token(half))
        .member("expiresIn", CODE_PATIENCE_S)
}

/// Finds the person's place in the tenant that is meant, which must be in use; none of an operator.
pub(super) async fn choose(
    state: &state::State,
    person: &PersonRecord,
    wanted: Option<TenantId>,
) -> Result<Option<PersonTenantRecord>, Problem> {
    match wanted {
        Some(wanted) => membership_in(state, person.id, wanted).await.map(Some),
        None if person.is_operator => Ok(None),
        None => only(state, person).await.map(Some),
    }
}

/// Finds a person's place in a tenant, which must be in use.
pub(super) async fn membership_in(
    state: &state::State,
    person: PersonId,
    tenant: TenantId,
) -> Result<PersonTenantRecord, Problem> {
    let membership = state.identity.membership(person, tenant).await?;
    let membership = membership
        .filter(|membership| membership.state == MembershipState::Active)
        .ok_or_else(|| Problem::new(ProblemType::TenantInactive))?;
    tenant_in_use(state, tenant).await?;
    Ok(membership.record)
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
    match found.len() {
        0 => Err(Problem::new(ProblemType::TenantInactive)),
        1 => Ok(found.swap_remove(0).0.record),
        _several => {
            let tenants: Vec<_> = found
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

/// Finds a tenant, which must be in use.
pub(super) async fn tenant_in_use(
    state: &state::State,
    tenant: TenantId,
) -> Result<TenantRecord, Problem> {
    let tenant = state.identity.tenant(tenant).await?;
    tenant
        .filter(|tenant| tenant.status == TenantStatus::Active)
        .ok_or_else(|| Problem::new(ProblemType::TenantInactive))
}
