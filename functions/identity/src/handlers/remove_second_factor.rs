//! `POST /api/v1/auth/mfa/disable`

use tenancy::records::SecondFactor;
use tenancy::{SignedIn, StorageError};
use web::{Body, NoContent, Problem, State};

use crate::handlers::own::require_open;
use crate::handlers::second_factor::{
    Taken, place, require_authenticator, require_code, require_password,
};
use crate::handlers::{ATTEMPTS_MAX, is_overtaken};
use crate::state;
use crate::views::PasswordAndCode;

/// Takes the authenticator and the recovery codes of the person who asks away. Where a tenant asks for a second factor,
/// the person does nothing there from the next access token on.
pub(crate) async fn remove_second_factor(
    caller: SignedIn,
    State(state): State<state::State>,
    Body(body): Body<PasswordAndCode>,
) -> Result<NoContent, Problem> {
    let place = place(&caller);
    let mut person = require_open(&state, &caller).await?.person;
    require_authenticator(&person)?;
    require_password(&state, &person, &body.password, place).await?;
    state.identity.admit_code(&person, place).await?;
    for _ in 0..ATTEMPTS_MAX {
        let code = (body.code.as_str(), Taken::All);
        let mut proof = require_code(&state, person, code, place).await?;
        proof.after.second_factor = SecondFactor::default();
        match state.identity.replace_with_code(&proof, None, place).await {
            Ok(()) => return Ok(NoContent),
            Err(error) if is_overtaken(&error) => {}
            Err(error) => return Err(error.into()),
        }
        person = require_open(&state, &caller).await?.person;
    }
    Err(StorageError::Contended.into())
}
