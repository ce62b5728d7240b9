//! `POST /api/v1/auth/mfa/confirm`

use tenancy::identity::Proof;
use tenancy::records::{PersonRecord, SecondFactor, SessionRecord};
use tenancy::{SignedIn, StorageError};
use web::{Body, NoContent, Problem, ProblemType, State};

use crate::handlers::own::{Open, require_open};
use crate::handlers::second_factor::{broken, place, wrong_code};
use crate::handlers::{ATTEMPTS_MAX, is_overtaken};
use crate::state;
use crate::views::Code;

/// Takes the first code of an authenticator that is set up: it is in use from then on, in place of another one, and
/// the sign-in has a second factor. The same code again is no mistake, for whoever did not get the answer.
pub(crate) async fn confirm_authenticator(
    caller: SignedIn,
    State(state): State<state::State>,
    Body(body): Body<Code>,
) -> Result<NoContent, Problem> {
    let place = place(&caller);
    let mut is_counted = false;
    for _ in 0..ATTEMPTS_MAX {
        let Open { person, session } = require_open(&state, &caller).await?;
        let now = state.identity.platform().now();
        let enrollment = person.second_factor.enrollment.as_ref();
        let Some(enrollment) = enrollment.filter(|one| now < one.ends_at) else {
            return confirmed(&state, &person, &body.code);
        };
        if !is_counted {
            state.identity.admit_code(&person, place).await?;
            is_counted = true;
        }
        let enrolled = state
            .second_factors
            .enroll(&person, enrollment, &body.code, now);
        let Some(authenticator) = enrolled.map_err(|error| broken(&error))? else {
            return Err(wrong_code(&state, person.id, place).await?);
        };
        let after = PersonRecord {
            second_factor: SecondFactor {
                authenticator: Some(authenticator),
                enrollment: None,
            },
            ..person.record.clone()
        };
        let proved = SessionRecord {
            code_at: Some(now),
            ..session.record.clone()
        };
        let before = person;
        let proof = Proof { before, after };
        let sessions = Some((&session, &proved));
        match state
            .identity
            .replace_with_code(&proof, sessions, place)
            .await
        {
            Ok(()) => return Ok(NoContent),
            Err(error) if is_overtaken(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StorageError::Contended.into())
}

/// Answers where nothing waits for a code: the one that was taken last is no mistake. It does nothing more, and is not
/// counted.
fn confirmed(
    state: &state::State,
    person: &PersonRecord,
    code: &str,
) -> Result<NoContent, Problem> {
    let now = state.identity.platform().now();
    let factors = &state.second_factors;
    let is_newest = match &person.second_factor.authenticator {
        None => false,
        Some(one) => factors
            .is_newest(person, one, code, now)
            .map_err(|error| broken(&error))?,
    };
    if is_newest {
        return Ok(NoContent);
    }
    let detail = "no authenticator is set up, or it was too long ago";
    Err(Problem::new(ProblemType::Conflict).detail(detail))
}
