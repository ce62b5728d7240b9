//! `POST /api/v1/auth/mfa/recovery-codes`

use kernel::ContentHash;
use tenancy::records::{Authenticator, PersonRecord, SecondFactor};
use tenancy::{SignedIn, StorageError};
use web::{Body, Found, Problem, State};

use crate::handlers::own::require_open;
use crate::handlers::second_factor::{
    Taken, nonce, place, require_authenticator, require_code, require_password,
};
use crate::handlers::{ATTEMPTS_MAX, is_overtaken};
use crate::state;
use crate::views::{PasswordAndCode, RecoveryCodesView};

/// Gives the person who asks other recovery codes: those from before are over. It takes a code that the authenticator
/// shows, so that whoever did not get the answer asks again with the next one.
pub(crate) async fn renew_recovery_codes(
    caller: SignedIn,
    State(state): State<state::State>,
    Body(body): Body<PasswordAndCode>,
) -> Result<Found<RecoveryCodesView>, Problem> {
    let place = place(&caller);
    let mut person = require_open(&state, &caller).await?.person;
    require_authenticator(&person)?;
    require_password(&state, &person, &body.password, place).await?;
    state.identity.admit_code(&person, place).await?;
    let (recovery_codes, hashes) = state.second_factors.recovery(person.id, nonce(&state));
    for _ in 0..ATTEMPTS_MAX {
        let code = (body.code.as_str(), Taken::Shown);
        let mut proof = require_code(&state, person, code, place).await?;
        proof.after = with_codes(proof.after, &hashes);
        match state.identity.replace_with_code(&proof, None, place).await {
            Ok(()) => return Ok(Found(RecoveryCodesView { recovery_codes })),
            Err(error) if is_overtaken(&error) => {}
            Err(error) => return Err(error.into()),
        }
        person = require_open(&state, &caller).await?.person;
    }
    Err(StorageError::Contended.into())
}

/// Returns a person with other recovery codes.
fn with_codes(person: PersonRecord, hashes: &[ContentHash]) -> PersonRecord {
    let with = |authenticator: Authenticator| Authenticator {
        recovery_codes: hashes.to_vec(),
        ..authenticator
    };
    PersonRecord {
        second_factor: SecondFactor {
            authenticator: person.second_factor.authenticator.map(with),
            ..person.second_factor
        },
        ..person
    }
}
