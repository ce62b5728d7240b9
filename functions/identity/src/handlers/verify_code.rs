//! `POST /api/v1/auth/mfa/verify`

use tenancy::identity::Place;
use tenancy::records::{PersonRecord, SessionRecord};
use tenancy::{Actor, StorageError, Stored};
use web::{Body, Browser, Open, Problem, ProblemType, State};

use crate::domain::second_factor::HalfSignIn;
use crate::handlers::begin_session::session_of;
use crate::handlers::cookies::require_portal;
use crate::handlers::issue_tokens::{Tokens, issue_tokens};
use crate::handlers::log_in::choose;
use crate::handlers::second_factor::{Taken, require_code};
use crate::handlers::{ATTEMPTS_MAX, is_overtaken, persist};
use crate::state;
use crate::views::SecondStep;

/// Ends a sign-in that began with a right password, with a code of the authenticator or a recovery code. The code is
/// used up by the sign-in that it makes: where a tenant has to be chosen first, it is not.
pub(crate) async fn verify_code(
    caller: Open,
    State(state): State<state::State>,
    browser: Browser,
    Body(body): Body<SecondStep>,
) -> Result<Tokens, Problem> {
    require_portal(&state, &browser, body.tokens_in)?;
    let half = state.second_factors.read(&body.mfa_token);
    let half = half.ok_or_else(over)?;
    let place = Place {
        actor: Actor::Visitor,
        tenant: None,
        request: &caller.request,
    };
    let mut person = still(&state, half).await?;
    state.identity.admit_code(&person, place).await?;
    for _ in 0..ATTEMPTS_MAX {
        let now = state.identity.platform().now();
        let code = (body.code.as_str(), Taken::All);
        let proof = require_code(&state, person, code, place).await?;
        let person_after = &proof.after;
        let wanted = body.tenant_id.or(half.tenant);
        let membership = match choose(&state, person_after, wanted).await {
            Ok(membership) => membership,
            Err(problem) => {
                persist(|| state.identity.forgive_codes(person_after, place)).await?;
                return Err(problem);
            }
        };
        let membership = membership.as_ref();
        let session = SessionRecord {
            code_at: Some(now),
            ..session_of(&state, person_after, membership, None, &caller.request)
        };
        let request = caller.request.clone();
        let begun = state
            .identity
            .begin_session(&session, Some(&proof), request);
        match begun.await {
            Ok(()) => {
                return issue_tokens(&state, &session, person_after, membership, body.tokens_in);
            }
            Err(error) if is_overtaken(&error) => {}
            Err(error) => return Err(error.into()),
        }
        person = still(&state, half).await?;
    }
    Err(StorageError::Contended.into())
}

/// Reads the person who gave the password, if that is not too long ago and nothing has ended it since.
async fn still(state: &state::State, half: HalfSignIn) -> Result<Stored<PersonRecord>, Problem> {
    let person = state.identity.person(half.person).await?;
    let is_same = |person: &Stored<PersonRecord>| {
        person.sign_outs == half.sign_outs && person.has_second_factor()
    };
    let is_in_time = state.identity.platform().now() < half.ends_at;
    person
        .filter(is_same)
        .filter(|_| is_in_time)
        .ok_or_else(over)
}

fn over() -> Problem {
    Problem::new(ProblemType::InvalidCredentials).detail("the sign-in is over: begin it again")
}
