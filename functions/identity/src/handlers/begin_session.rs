//! Beginning a sign-in.

use kernel::SessionId;
use kernel::limits::AGENT_CHARS_MAX;
use tenancy::RequestInfo;
use tenancy::records::{PersonRecord, PersonTenantRecord, SessionRecord};
use web::Problem;

use crate::domain::refresh::end;
use crate::handlers::issue_tokens::{Tokens, issue_tokens};
use crate::state::State;
use crate::views::TokensIn;

/// Begins a sign-in of a person who has just proved to be that person, or did when another sign-in began
/// that this one is switched to `from`: as a member with `membership`, or as an operator without.
pub(super) async fn begin_session(
    state: &State,
    person: &PersonRecord,
    membership: Option<&PersonTenantRecord>,
    from: Option<&SessionRecord>,
    request: RequestInfo,
    tokens_in: TokensIn,
) -> Result<Tokens, Problem> {
    let session = session_of(state, person, membership, from, &request);
    state
        .identity
        .begin_session(&session, None, request)
        .await?;
    issue_tokens(state, &session, person, membership, tokens_in)
}

/// Returns the sign-in that [`begin_session`] begins.
pub(super) fn session_of(
    state: &State,
    person: &PersonRecord,
    membership: Option<&PersonTenantRecord>,
    from: Option<&SessionRecord>,
    request: &RequestInfo,
) -> SessionRecord {
    let platform = state.identity.platform();
    let now = platform.now();
    let proved_at = from.map_or(now, |from| from.created_at);
    SessionRecord {
        id: SessionId::mint(platform.mint()),
        person_id: person.id,
        tenant_id: membership.map(|membership| membership.tenant_id),
        generation: 1,
        rotated_at: now,
        created_at: proved_at,
        ends_at: end(proved_at, now),
        revoked_at: None,
        sign_outs: person.sign_outs,
        rights: membership.map(|membership| membership.rights),
        origin: from.map(|from| from.origin.unwrap_or(from.id)),
        code_at: from.and_then(|from| from.code_at),
        address: request.address.clone(),
        agent: request.agent.as_deref().and_then(shortened),
    }
}

/// Returns what a client says it is, as far as it is kept, if it says anything.
fn shortened(agent: &str) -> Option<String> {
    let agent: String = agent.trim().chars().take(AGENT_CHARS_MAX).collect();
    (!agent.is_empty()).then_some(agent)
}
