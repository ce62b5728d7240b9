//! What the operations on second factors share.

use kernel::{ContentHash, PersonId, chance};
use tenancy::identity::{Place, Proof, ProveError};
use tenancy::records::{Authenticator, PersonByEmailRecord, PersonRecord, SecondFactor};
use tenancy::{Actor, SignedIn, Stored};
use totp_rs::TotpError;
use web::{Problem, ProblemType};

use crate::handlers::persist;
use crate::state::State;

/// Bytes of chance that a secret is made of, beside what the platform keeps to itself.
const NONCE_BYTES: usize = 32;

/// Returns where somebody is who is signed in.
pub(super) fn place(caller: &SignedIn) -> Place<'_> {
    let person = caller.person();
    let actor = match caller.tenant() {
        Some(_) => Actor::Member(person),
        None => Actor::Operator(person),
    };
    Place {
        actor,
        tenant: caller.tenant(),
        request: caller.request(),
    }
}

/// Returns what another secret is made of.
pub(super) fn nonce(state: &State) -> ContentHash {
    let entropy = state.identity.platform().entropy();
    ContentHash::of(&chance::random::<NONCE_BYTES>(entropy))
}

/// Refuses whoever does not know the password of the person who is signed in.
pub(super) async fn require_password(
    state: &State,
    person: &PersonRecord,
    password: &str,
    place: Place<'_>,
) -> Result<(), Problem> {
    let email = PersonByEmailRecord::digest(&person.email);
    let proved = state
        .identity
        .prove(email, Some(person), password, place.request);
    match proved.await {
        Err(ProveError::Wrong) => {
            persist(|| state.identity.refuse_password(person.id, place)).await?;
            let detail = "the current password is another one";
            Err(Problem::new(ProblemType::InvalidCredentials).detail(detail))
        }
        proved => Ok(proved?),
    }
}

/// Returns the authenticator of a person, who must have one.
pub(super) fn require_authenticator(person: &PersonRecord) -> Result<&Authenticator, Problem> {
    let none = || Problem::new(ProblemType::Conflict).detail("there is no authenticator");
    person.second_factor.authenticator.as_ref().ok_or_else(none)
}

/// Which codes are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// Those that the authenticator shows.
    Shown,
    /// Recovery codes too.
    All,
}

/// Returns a person for whom a right code is given, with the code used up. The code must have been counted.
pub(super) async fn require_code(
    state: &State,
    before: Stored<PersonRecord>,
    (code, taken): (&str, Taken),
    place: Place<'_>,
) -> Result<Proof, Problem> {
    let now = state.identity.platform().now();
    let authenticator = require_authenticator(&before)?;
    let factors = &state.second_factors;
    let spent = match taken {
        Taken::Shown => factors.spend_shown(&before, authenticator, code, now),
        Taken::All => factors.spend(&before, authenticator, code, now),
    };
    let Some(authenticator) = spent.map_err(|error| broken(&error))? else {
        return Err(wrong_code(state, before.id, place).await?);
    };
    let after = PersonRecord {
        second_factor: SecondFactor {
            authenticator: Some(authenticator),
            ..before.second_factor.clone()
        },
        ..before.record.clone()
    };
    Ok(Proof { before, after })
}

/// Writes down that a code was another one, and returns the refusal.
pub(super) async fn wrong_code(
    state: &State,
    person: PersonId,
    place: Place<'_>,
) -> Result<Problem, Problem> {
    persist(|| state.identity.refuse_code(person, place)).await?;
    Ok(Problem::new(ProblemType::InvalidMfaCode))
}

/// Reports an authenticator that cannot be.
pub(super) fn broken(error: &TotpError) -> Problem {
    Problem::internal(error)
}
