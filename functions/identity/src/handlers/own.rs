//! What concerns a person alone is done by somebody who is still signed in: where sign-ins are kept, one
//! that has ended is refused at once.

use futures_util::future::try_join;
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
    let over = || Problem::new(ProblemType::TokenExpired);
    let session = state.identity.session_of(caller, caller.session()).await?;
    let session = session.ok_or_else(over)?;
    let (person, membership) = standing(state, &session).await?;
    let person = person.ok_or_else(over)?;
    let is_open = session.is_open(state.identity.platform().now());
    let membership = membership.as_ref().map(|stored| &stored.record);
    if is_open && !session.is_ended_by(&person, membership) {
        Ok(Open { person, session })
    } else {
        Err(over())
    }
}

/// A person, and the person's place in a tenant.
type Standing = (
    Option<Stored<PersonRecord>>,
    Option<Stored<PersonTenantRecord>>,
);

/// Reads whose a sign-in is, and as what.
pub(super) async fn standing(state: &State, session: &SessionRecord) -> Result<Standing, Problem> {
    let membership = async {
        match session.tenant_id {
            Some(tenant) => state.identity.membership(session.person_id, tenant).await,
            None => Ok(None),
        }
    };
    let person = state.identity.person(session.person_id);
    Ok(try_join(person, membership).await?)
}
