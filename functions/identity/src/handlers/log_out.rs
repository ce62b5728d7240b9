//! `POST /api/v1/auth/logout`

use web::{Browser, Cookies, Open, OptionalBody, Problem, ProblemType, State};

use crate::handlers::cookies::{cleared, shown};
use crate::handlers::is_overtaken;
use crate::state;
use crate::views::Refresh;

/// Attempts before others who use the same sign-in at the same time are in the way.
const ATTEMPTS_MAX: usize = 4;

/// Ends a sign-in, with those that it was switched to and from: no refresh token of it is good any more. A second time changes nothing.
pub(crate) async fn log_out(
    caller: Open,
    State(state): State<state::State>,
    browser: Browser,
    OptionalBody(body): OptionalBody<Refresh>,
) -> Result<Cookies, Problem> {
    let unknown = || Problem::new(ProblemType::InvalidCredentials);
    let (token, tokens_in) = shown(&state, &browser, body, unknown)?;
    for _ in 0..ATTEMPTS_MAX {
        let Some(stored) = state.identity.session(token.person, token.session).await? else {
            return Ok(cleared(tokens_in));
        };
        if stored.revoked_at.is_some() {
            return Ok(cleared(tokens_in));
        }
        match state.identity.close_session(&stored, &caller.request).await {
            Ok(()) => return Ok(cleared(tokens_in)),
            Err(error) if is_overtaken(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::new(ProblemType::Unavailable).retry_after(1))
}
