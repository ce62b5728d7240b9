//! `GET /api/v1/auth/mfa`

use tenancy::SignedIn;
use web::{Found, Problem, State};

use crate::handlers::own::require_open;
use crate::state;
use crate::views::SecondFactorView;

/// Shows what the person who asks has beside a password.
pub(crate) async fn get_second_factor(
    caller: SignedIn,
    State(state): State<state::State>,
) -> Result<Found<SecondFactorView>, Problem> {
    let person = require_open(&state, &caller).await?.person;
    Ok(Found(SecondFactorView::of(&person.second_factor)))
}
