//! `POST /api/v1/auth/mfa`

use kernel::limits::ENROLLMENT_LIFE_S;
use kernel::time::plus_seconds;
use tenancy::records::{Enrollment, PersonRecord, SecondFactor};
use tenancy::{SignedIn, StorageError};
use web::{Body, Found, Problem, ProblemType, State};

use crate::handlers::own::require_open;
use crate::handlers::second_factor::{Taken, broken, nonce, place, require_code, require_password};
use crate::handlers::{ATTEMPTS_MAX, is_overtaken};
use crate::state;
use crate::views::{EnrollmentView, NewAuthenticator};

/// Begins to set up an authenticator for the person who asks: it is in use with its first code. Another one that is
/// in use stays so until then.
pub(crate) async fn enroll_authenticator(
    caller: SignedIn,
    State(state): State<state::State>,
    Body(body): Body<NewAuthenticator>,
) -> Result<Found<EnrollmentView>, Problem> {
    let mut person = require_open(&state, &caller).await?.person;
    if person.verified_at.is_none() {
        return Err(Problem::new(ProblemType::EmailUnverified));
    }
    let code = match (&body.code, person.has_second_factor()) {
        (Some(code), true) => Some(code),
        (None, false) => None,
        (None, true) => {
            let detail = "is needed where there is an authenticator";
            return Err(Problem::invalid_field("/code", detail));
        }
        (Some(_), false) => {
            let detail = "there is no authenticator that would show one";
            return Err(Problem::invalid_field("/code", detail));
        }
    };
    let place = place(&caller);
    require_password(&state, &person, &body.password, place).await?;
    if code.is_some() {
        state.identity.admit_code(&person, place).await?;
    }
    let enrollment = Enrollment {
        nonce: nonce(&state),
        ends_at: plus_seconds(state.identity.platform().now(), ENROLLMENT_LIFE_S),
    };
    let offered = state.second_factors.offer(&person, &enrollment);
    let offered = offered.map_err(|error| broken(&error))?;
    for _ in 0..ATTEMPTS_MAX {
        let written = match code {
            None => {
                let after = enrolling(&person, &enrollment);
                state
                    .identity
                    .replace_without_code(&person, &after, place)
                    .await
            }
            Some(code) => {
                let code = (code.as_str(), Taken::All);
                let mut proof = require_code(&state, person, code, place).await?;
                proof.after = enrolling(&proof.after, &enrollment);
                state.identity.replace_with_code(&proof, None, place).await
            }
        };
        match written {
            Ok(()) => return Ok(Found(EnrollmentView::of(offered, &enrollment))),
            Err(error) if is_overtaken(&error) => {}
            Err(error) => return Err(error.into()),
        }
        person = require_open(&state, &caller).await?.person;
        if person.has_second_factor() != code.is_some() {
            return Err(Problem::new(ProblemType::Conflict));
        }
    }
    Err(StorageError::Contended.into())
}

/// Returns a person for whom an authenticator is set up.
fn enrolling(person: &PersonRecord, enrollment: &Enrollment) -> PersonRecord {
    PersonRecord {
        second_factor: SecondFactor {
            enrollment: Some(enrollment.clone()),
            ..person.second_factor.clone()
        },
        ..person.clone()
    }
}
