//! Beginning a sign-in.

use jiff::Timestamp;
use kernel::SessionId;
use kernel::limits::AGENT_CHARS_MAX;
use tenancy::records::{PersonRecord, PersonTenantRecord, SessionRecord};
use tenancy::{RequestInfo, Stored};
use web::Problem;

use crate::domain::refresh::end;
use crate::handlers::issue_tokens::{Rights, issue_tokens};
use crate::state::State;
use crate::views::TokensView;

/// Begins a sign-in of a person who proved at `proved_at` to be that person: as a member with
/// `membership`, or as an operator without.
pub(super) async fn begin_session(
    state: &State,
    person: &PersonRecord,
    membership: Option<&Stored<PersonTenantRecord>>,
    proved_at: Timestamp,
    request: RequestInfo,
) -> Result<TokensView, Problem> {
    let platform = state.identity.platform();
    let now = platform.now();
    let session = SessionRecord {
        id: SessionId::mint(platform.mint()),
        person_id: person.id,
        tenant_id: membership.map(|membership| membership.tenant_id),
        generation: 1,
        rotated_at: now,
        created_at: proved_at,
        ends_at: end(proved_at, now),
        revoked_at: None,
        sign_outs: person.sign_outs,
        address: request.address.clone(),
        agent: request.agent.as_deref().and_then(shortened),
    };
    let rights = membership.map(Rights::of);
    let role = rights.map(|rights| rights.role);
    state
        .identity
        .begin_session(&session, role, request)
        .await?;
    issue_tokens(state, &session, rights)
}

/// Returns what a client says it is, as far as it is kept, if it says anything.
fn shortened(agent: &str) -> Option<String> {
    let agent: String = agent.trim().chars().take(AGENT_CHARS_MAX).collect();
    (!agent.is_empty()).then_some(agent)
}
