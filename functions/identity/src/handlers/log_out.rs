//! `POST /api/v1/auth/logout`

use web::{Body, NoContent, Open, Problem, ProblemType, State};

use crate::handlers::is_overtaken;
use crate::state;
use crate::views::Refresh;

/// Attempts before others who use the same sign-in at the same time are in the way.
const ATTEMPTS_MAX: usize = 4;

/// Ends a sign-in, with those that it was switched to and from: no refresh token of it is good any more. A second time changes nothing.
pub(crate) async fn log_out(
    caller: Open,
    State(state): State<state::State>,
    Body(body): Body<Refresh>,
) -> Result<NoContent, Problem> {
    let token = state
        .refresh_tokens
        .read(&body.refresh_token)
        .ok_or_else(|| Problem::new(ProblemType::InvalidCredentials))?;
    for _ in 0..ATTEMPTS_MAX {
        let Some(stored) = state.identity.session(token.person, token.session).await? else {
            return Ok(NoContent);
        };
        if stored.revoked_at.is_some() {
            return Ok(NoContent);
        }
        match state.identity.close_session(&stored, &caller.request).await {
            Ok(()) => return Ok(NoContent),
            Err(error) if is_overtaken(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::new(ProblemType::Unavailable).retry_after(1))
}
