//! `POST /api/v1/auth/verification`

use tenancy::SignedIn;
use web::{NoContent, Problem, ProblemType, State};

use crate::handlers::own::require_open;
use crate::handlers::persist;
use crate::state;

/// Has the link sent again with which the person who asks proves the e-mail address; it is not, where enough
/// were sent to it already.
pub(crate) async fn ask_for_verification(
    caller: SignedIn,
    State(state): State<state::State>,
) -> Result<NoContent, Problem> {
    let person = require_open(&state, &caller).await?.person;
    if person.verified_at.is_some() {
        let detail = "it is proved already that the e-mail address is yours";
        return Err(Problem::new(ProblemType::Conflict).detail(detail));
    }
    let _sent_or_enough: bool =
        persist(|| state.identity.ask_for_verification(&caller, &person)).await?;
    Ok(NoContent)
}
