//! `POST /api/v1/auth/refresh`

use tenancy::records::SessionRecord;
use tenancy::{RequestInfo, Stored};
use web::{Browser, Open, OptionalBody, Problem, ProblemType, State};

use crate::domain::refresh::{RefreshToken, Verdict, judge, rotated};
use crate::handlers::cookies::shown;
use crate::handlers::is_overtaken;
use crate::handlers::issue_tokens::{Tokens, issue_tokens};
use crate::handlers::log_in::tenant_in_use;
use crate::handlers::own::{Standing, standing};
use crate::state;
use crate::views::Refresh;

/// Attempts before others who use the same token at the same time win for good.
const ATTEMPTS_MAX: usize = 4;

/// Gives the next tokens of a sign-in, where those before stand: in the body, or in cookies. A refusal takes no cookie
/// away: of two that refresh at the same time, the slower one must not clear what the other one got.
pub(crate) async fn refresh_tokens(
    caller: Open,
    State(state): State<state::State>,
    browser: Browser,
    OptionalBody(body): OptionalBody<Refresh>,
) -> Result<Tokens, Problem> {
    let (token, tokens_in) = shown(&state, &browser, body, over)?;
    for _ in 0..ATTEMPTS_MAX {
        if let Some((session, standing)) = turn(&state, token, &caller.request).await? {
            let membership = standing.membership.as_ref().map(|stored| &stored.record);
            return issue_tokens(&state, &session, &standing.person, membership, tokens_in);
        }
    }
    Err(Problem::new(ProblemType::Unavailable).retry_after(1))
}

/// A sign-in that moved on, and whose it is, as what.
type Turned = (SessionRecord, Standing);

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
    let standing = standing_now(state, &stored).await?;
    if verdict == Verdict::Repeat {
        return Ok(Some((stored.record, standing)));
    }
    let next = rotated(&stored, now);
    match state.identity.replace_session(&stored, &next).await {
        Ok(()) => Ok(Some((next, standing))),
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
    match state.identity.end_misused_session(stored, request).await {
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
async fn standing_now(
    state: &state::State,
    session: &Stored<SessionRecord>,
) -> Result<Standing, Problem> {
    let standing = standing(state, session).await?.ok_or_else(over)?;
    if let Some(membership) = &standing.membership {
        tenant_in_use(state, membership.tenant_id).await?;
    }
    Ok(standing)
}

fn over() -> Problem {
    Problem::new(ProblemType::InvalidCredentials).detail("the refresh token is not good any more")
}
