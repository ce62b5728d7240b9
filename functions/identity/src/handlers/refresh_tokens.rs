//! `POST /api/v1/auth/refresh`

use tenancy::records::{PersonTenantRecord, SessionRecord};
use tenancy::{RequestInfo, Stored};
use web::{Body, Found, Open, Problem, ProblemType, State};

use crate::domain::refresh::{RefreshToken, Verdict, judge, rotated};
use crate::handlers::is_overtaken;
use crate::handlers::issue_tokens::issue_tokens;
use crate::handlers::log_in::tenant_in_use;
use crate::handlers::own::standing;
use crate::state;
use crate::views::{Refresh, TokensView};

/// Attempts before others who use the same token at the same time win for good.
const ATTEMPTS_MAX: usize = 4;

/// Gives the next tokens of a sign-in.
pub(crate) async fn refresh_tokens(
    caller: Open,
    State(state): State<state::State>,
    Body(body): Body<Refresh>,
) -> Result<Found<TokensView>, Problem> {
    let token = state
        .refresh_tokens
        .read(&body.refresh_token)
        .ok_or_else(over)?;
    for _ in 0..ATTEMPTS_MAX {
        if let Some((session, membership)) = turn(&state, token, &caller.request).await? {
            return issue_tokens(&state, &session, membership.as_ref()).map(Found);
        }
    }
    Err(Problem::new(ProblemType::Unavailable).retry_after(1))
}

/// A sign-in that moved on, and the person's place in the tenant that it is to; none of an operator.
type Turned = (SessionRecord, Option<PersonTenantRecord>);

/// Looks at the sign-in and moves it on; `None` where somebody else moved it meanwhile.
async fn turn(
    state: &state::State,
    token: RefreshToken,
    request: &RequestInfo,
) -> Result<Option<Turned>, Problem> {
    let stored = state
        .identity
        .session(token.person, token.session)
        .await?
        .ok_or_else(over)?;
    let now = state.identity.platform().now();
    let verdict = judge(&stored, token.generation, now);
    match verdict {
        Verdict::Rotate | Verdict::Repeat => {}
        Verdict::Refuse => return Err(over()),
        Verdict::Revoke => return revoke(state, &stored, request).await,
    }
    let membership = membership(state, &stored).await?;
    if verdict == Verdict::Repeat {
        return Ok(Some((stored.record, membership)));
    }
    let next = rotated(&stored, now);
    match state.identity.replace_session(&stored, &next).await {
        Ok(()) => Ok(Some((next, membership))),
        Err(error) if is_overtaken(&error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Ends a sign-in of which somebody has a token who should not.
async fn revoke(
    state: &state::State,
    stored: &Stored<SessionRecord>,
    request: &RequestInfo,
) -> Result<Option<Turned>, Problem> {
    match state.identity.end_session(stored, request).await {
        Ok(()) => {
            tracing::warn!(session.id = %stored.id, "an old refresh token was used: signed out");
            Err(over())
        }
        Err(error) if is_overtaken(&error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Reads again what the person may do where the sign-in is: it may have changed since, and the sign-in
/// may have been ended together with others.
async fn membership(
    state: &state::State,
    session: &Stored<SessionRecord>,
) -> Result<Option<PersonTenantRecord>, Problem> {
    let standing = standing(state, session).await?.ok_or_else(over)?;
    let Some(membership) = standing.membership else {
        return Ok(None);
    };
    tenant_in_use(state, membership.tenant_id).await?;
    Ok(Some(membership.record))
}

fn over() -> Problem {
    Problem::new(ProblemType::InvalidCredentials).detail("the refresh token is not good any more")
}
