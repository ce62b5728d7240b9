//! `POST /api/v1/auth/password/forgot`

use kernel::EmailAddress;
use web::{Body, NoContent, Open, Problem, State};

use crate::handlers::{field, persist};
use crate::state;
use crate::views::ForgottenPassword;

/// Has a link to set another password sent to an e-mail address. The answer, and what is done for it, is the
/// same where nobody has the address. Where enough was sent to it already, the answer is the same too.
pub(crate) async fn forget_password(
    caller: Open,
    State(state): State<state::State>,
    Body(body): Body<ForgottenPassword>,
) -> Result<NoContent, Problem> {
    let mut errors = Vec::new();
    let Some(email) = field::<EmailAddress>("/email", &body.email, &mut errors) else {
        return Err(Problem::invalid(errors));
    };
    let _sent_or_enough: bool =
        persist(|| state.identity.ask_for_reset(&email, &caller.request)).await?;
    Ok(NoContent)
}
