//! What concerns a person alone is done by somebody who is still signed in: where sign-ins are kept, one
//! that has ended is refused at once.

use futures_util::future::try_join3;
use kernel::{PersonId, SessionId};
use tenancy::records::{PersonRecord, PersonTenantRecord, SessionRecord};
use tenancy::{SignedIn, Stored};
use web::{Problem, ProblemType};

use crate::state::State;

/// A person whose sign-in is open.
pub(super) struct Open {
    pub(super) person: Stored<PersonRecord>,
    pub(super) session: Stored<SessionRecord>,
}

/// Refuses whoever has been signed out since the access token was made.
pub(super) async fn require_open(state: &State, caller: &SignedIn) -> Result<Open, Problem> {
    require_open_of(state, caller.person(), caller.session()).await
}

/// As [`require_open`], by whose sign-in it is.
pub(super) async fn require_open_of(
    state: &State,
    person: PersonId,
    session: SessionId,
) -> Result<Open, Problem> {
    let over = || Problem::new(ProblemType::TokenExpired);
    let session = state.identity.session(person, session).await?;
    let session = session.ok_or_else(over)?;
    let standing = standing(state, &session).await?.ok_or_else(over)?;
    if session.is_open(state.identity.platform().now()) {
        let person = standing.person;
        Ok(Open { person, session })
    } else {
        Err(over())
    }
}

/// Whose a sign-in is, and as what.
pub(super) struct Standing {
    pub(super) person: Stored<PersonRecord>,
    /// The person's place in the tenant that the sign-in is to; none of an operator.
    pub(super) membership: Option<Stored<PersonTenantRecord>>,
}

/// Reads whose a sign-in is, and as what; `None` where it was ended together with others.
pub(super) async fn standing(
    state: &State,
    session: &SessionRecord,
) -> Result<Option<Standing>, Problem> {
    let membership = async {
        match session.tenant_id {
            Some(tenant) => state.identity.membership(session.person_id, tenant).await,
            None => Ok(None),
        }
    };
    let origin = async {
        match session.origin {
            Some(origin) => state.identity.session(session.person_id, origin).await,
            None => Ok(None),
        }
    };
    let person = state.identity.person(session.person_id);
    let (person, membership, origin) = try_join3(person, membership, origin).await?;
    let Some(person) = person else {
        return Ok(None);
    };
    let seen = membership.as_ref().map(|stored| &stored.record);
    let from = origin.as_ref().map(|stored| &stored.record);
    let is_over = session.is_ended_by(&person, seen, from);
    Ok((!is_over).then_some(Standing { person, membership }))
}
