//! `DELETE /api/v1/auth/sessions`

use tenancy::SignedIn;
use web::{Browser, Cookies, Problem, State};

use crate::handlers::cookies::{carrier, cleared};
use crate::handlers::own::require_open;
use crate::handlers::sign_out_everywhere::{Asked, sign_out_everywhere};
use crate::state;

/// Signs the person who asks out everywhere, in every tenant and as an operator: refresh tokens at once,
/// access tokens within a minute.
pub(crate) async fn end_sessions(
    caller: SignedIn,
    State(state): State<state::State>,
    browser: Browser,
) -> Result<Cookies, Problem> {
    let before = require_open(&state, &caller).await?.person;
    sign_out_everywhere(&state, Asked::by(&caller), before, |person| person).await?;
    Ok(cleared(carrier(&browser)))
}
