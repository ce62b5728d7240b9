//! `POST /api/v1/auth/refresh`

use tenancy::Role;
use tenancy::keys::SessionKey;
use tenancy::records::{MembershipState, SessionRecord};
use web::{Body, Found, Open, Problem, ProblemType, State};

use crate::domain::refresh::{RefreshToken, Verdict, judge, rotated};
use crate::handlers::issue_tokens::issue_tokens;
use crate::handlers::log_in::require_active;
use crate::state;
use crate::views::{Refresh, TokensView};

/// Attempts before others who use the same token at the same time win for good.
const ATTEMPTS_MAX: usize = 4;

/// Gives the next tokens of a sign-in.
pub(crate) async fn refresh_tokens(
    _: Open,
    State(state): State<state::State>,
    Body(body): Body<Refresh>,
) -> Result<Found<TokensView>, Problem> {
    let token = state
        .refresh_tokens
        .read(&body.refresh_token)
        .ok_or_else(over)?;
    for _ in 0..ATTEMPTS_MAX {
        if let Some((session, role)) = turn(&state, token).await? {
            return Ok(Found(issue_tokens(&state, &session, role)?));
        }
    }
    Err(Problem::new(ProblemType::Unavailable).retry_after(1))
}

/// Looks at the sign-in and moves it on; `None` where somebody else moved it meanwhile.
async fn turn(
    state: &state::State,
    token: RefreshToken,
) -> Result<Option<(SessionRecord, Option<Role>)>, Problem> {
    let stored = state
        .identity
        .session(token.person, token.session)
        .await?
        .ok_or_else(over)?;
    let now = state.identity.platform().now();
    let next = match judge(&stored, token.generation, now) {
        Verdict::Refuse => return Err(over()),
        Verdict::Repeat => {
            let role = role(state, &stored).await?;
            return Ok(Some((stored.record, role)));
        }
        Verdict::Rotate => rotated(&stored, now),
        Verdict::Revoke => SessionRecord {
            revoked_at: Some(now),
            ..stored.record.clone()
        },
    };
    let is_revoked = next.revoked_at.is_some();
    let role = if is_revoked {
        None
    } else {
        role(state, &next).await?
    };
    match state.identity.replace_session(&stored, &next).await {
        Ok(()) if is_revoked => {
            tracing::warn!(session.id = %next.id, "an old refresh token was used: signed out");
            Err(over())
        }
        Ok(()) => Ok(Some((next, role))),
        Err(error) if error.refused::<SessionKey>() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Reads again what the person may do: it may have changed since the sign-in.
async fn role(state: &state::State, session: &SessionRecord) -> Result<Option<Role>, Problem> {
    let Some(tenant) = session.tenant_id else {
        let person = state.identity.person(session.person_id).await?;
        return match person {
            Some(person) if person.is_operator => Ok(None),
            _ => Err(over()),
        };
    };
    let membership = state
        .identity
        .membership(session.person_id, tenant)
        .await?
        .filter(|membership| membership.state == MembershipState::Active)
        .ok_or_else(over)?;
    require_active(state, &membership).await?;
    Ok(Some(membership.role))
}

fn over() -> Problem {
    Problem::new(ProblemType::InvalidCredentials).detail("the refresh token is not good any more")
}
