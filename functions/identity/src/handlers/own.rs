//! What concerns a person alone is done by somebody who is still signed in: where sign-ins are kept, one
//! that has ended is refused at once.

use jiff::Timestamp;
use tenancy::SignedIn;
use web::{Problem, ProblemType};

use crate::state::State;

/// Refuses whoever has been signed out since the access token was made.
pub(super) async fn require_open(state: &State, caller: &SignedIn) -> Result<(), Problem> {
    let over = || Problem::new(ProblemType::TokenExpired);
    let session = state.identity.session_of(caller, caller.session()).await?;
    let session = session.ok_or_else(over)?;
    let signed_out_at = signed_out_at(state, caller).await?;
    let now = state.identity.platform().now();
    if session.is_open(signed_out_at, now) {
        Ok(())
    } else {
        Err(over())
    }
}

/// Returns when the person signed out everywhere, as far as it concerns where this sign-in is.
async fn signed_out_at(state: &State, caller: &SignedIn) -> Result<Option<Timestamp>, Problem> {
    let person = caller.person();
    let Some(tenant) = caller.tenant() else {
        let operator = state.identity.person(person).await?;
        return Ok(operator.and_then(|operator| operator.signed_out_at));
    };
    let membership = state.identity.membership(person, tenant).await?;
    Ok(membership.and_then(|membership| membership.signed_out_at))
}
