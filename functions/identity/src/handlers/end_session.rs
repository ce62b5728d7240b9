//! `DELETE /api/v1/auth/sessions/{session}`

use tenancy::{SignedIn, StorageError};
use web::{Browser, Cookies, Path, Problem, ProblemType, State};

use crate::handlers::cookies::{carrier, cleared};
use crate::handlers::own::require_open;
use crate::handlers::{ATTEMPTS_MAX, is_overtaken};
use crate::state;
use crate::views::SessionPath;

/// Ends a sign-in of the person who asks: its refresh token at once, its access token within a minute.
pub(crate) async fn end_session(
    caller: SignedIn,
    State(state): State<state::State>,
    browser: Browser,
    Path(path): Path<SessionPath>,
) -> Result<Cookies, Problem> {
    require_open(&state, &caller).await?;
    let is_own = path.session == caller.session();
    let tokens_in = Some(carrier(&browser)).filter(|_| is_own);
    let now = state.identity.platform().now();
    for attempt in 0..ATTEMPTS_MAX {
        let stored = state
            .identity
            .session(caller.person(), path.session)
            .await?;
        let Some(stored) = stored else {
            return Err(Problem::new(ProblemType::NotFound));
        };
        // One that ended meanwhile was open when this was asked for.
        if attempt == 0 && !stored.is_open(now) {
            return Err(Problem::new(ProblemType::NotFound));
        }
        match state.identity.end_session(&stored, caller.request()).await {
            Ok(()) => return Ok(cleared(tokens_in.unwrap_or_default())),
            Err(error) if is_overtaken(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StorageError::Contended.into())
}
