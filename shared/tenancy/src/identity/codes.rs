//! Codes of a second factor that are tried: how often, and what comes of a right one.
//!
//! A code is counted before it is looked at, so that many at once are no way around the count. Codes are tried by who
//! has just given the password, and by nobody else: with another one, another count begins.

use kernel::time::seconds_until;
use kernel::{ContentHash, PersonId, TenantId};

use crate::actor::Actor;
use crate::audit::{Action, SECOND_FACTOR};
use crate::change::{Change, CommitError};
use crate::context::{RequestInfo, TenantContext};
use crate::identity::attempts::persist;
use crate::identity::rates::count_now;
use crate::identity::{Identity, ProveError};
use crate::record::{Record, Stored};
use crate::records::{Counted, PersonRecord, RateRecord, SessionRecord};
use crate::storage::Condition;

/// A person for whom a right code was given: as read, and as it leaves the person, with the code used up.
#[derive(Debug)]
pub struct Proof {
    /// The person as read, which must still be so.
    pub before: Stored<PersonRecord>,
    /// What becomes of the person.
    pub after: PersonRecord,
}

impl Proof {
    /// Adds what becomes of the person to a change, and begins to count codes again.
    pub(super) fn add_to<'a>(&self, change: Change<'a>) -> Change<'a> {
        let change = change.update_platform(&self.before, &self.after);
        begin_to_count(change, &self.after)
    }
}

/// Where the person is who gives a code.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Who asks: the person, or before there is a sign-in, a visitor.
    pub actor: Actor,
    /// The tenant that the person is signed in to; none of an operator, or before there is a sign-in.
    pub tenant: Option<TenantId>,
    /// Where the request came from.
    pub request: &'a RequestInfo,
}

impl Identity {
    /// Counts a code that is about to be tried for a person, if one may be.
    pub async fn admit_code(
        &self,
        person: &PersonRecord,
        place: Place<'_>,
    ) -> Result<(), ProveError> {
        let context = self.before_tenants(place);
        let counted = persist(|| count_now(&context, Counted::Codes, counted_of(person)));
        let enough = |until| ProveError::Enough(seconds_until(until, context.now()));
        counted.await?.map_err(enough)
    }

    /// Writes down that a code for a person was another one: in the trail of the tenant that the person is signed in to.
    pub async fn refuse_code(&self, person: PersonId, place: Place<'_>) -> Result<(), CommitError> {
        let context = self.at(place);
        Change::new(&context, Action::LoginFailed)
            .note(SECOND_FACTOR, person)
            .commit()
            .await
    }

    /// Writes down that somebody who is signed in to a tenant gave another password than the person's.
    pub async fn refuse_password(
        &self,
        person: PersonId,
        place: Place<'_>,
    ) -> Result<(), CommitError> {
        if place.tenant.is_none() {
            // The attempt is in the platform's trail already.
            return Ok(());
        }
        let context = self.at(place);
        let change = Change::new(&context, Action::LoginFailed);
        change.note(PersonRecord::entity(), person).commit().await
    }

    /// Begins to count the codes of a person again: a right one was given, which was not used up.
    pub async fn forgive_codes(
        &self,
        person: &PersonRecord,
        place: Place<'_>,
    ) -> Result<(), CommitError> {
        let context = self.before_tenants(place);
        let change = Change::new(&context, Action::Login);
        begin_to_count(change, person).commit().await
    }

    /// Changes what a person has beside the password, for the person, who gave a right code; and the sign-in with
    /// which that was done, where something becomes of that too.
    pub async fn replace_with_code(
        &self,
        proof: &Proof,
        session: Option<(&Stored<SessionRecord>, &SessionRecord)>,
        place: Place<'_>,
    ) -> Result<(), CommitError> {
        let context = self.at(place);
        let change = Change::new(&context, Action::Update);
        let mut change = proof.add_to(change).note(SECOND_FACTOR, proof.after.id);
        if let Some((stored, session)) = session {
            change = change.update_platform(stored, session);
        }
        change.commit().await
    }

    /// Changes what a person has beside the password, for the person, who has nothing yet that shows codes.
    pub async fn replace_without_code(
        &self,
        stored: &Stored<PersonRecord>,
        person: &PersonRecord,
        place: Place<'_>,
    ) -> Result<(), CommitError> {
        let context = self.at(place);
        Change::new(&context, Action::Update)
            .update_platform(stored, person)
            .note(SECOND_FACTOR, person.id)
            .commit()
            .await
    }

    /// Returns what codes are counted in, whichever tenants the person is in.
    fn before_tenants(&self, place: Place<'_>) -> TenantContext {
        self.acting_on(TenantId::PLATFORM, place.actor, place.request.clone())
    }

    fn at(&self, place: Place<'_>) -> TenantContext {
        let tenant = place.tenant.unwrap_or(TenantId::PLATFORM);
        self.acting_on(tenant, place.actor, place.request.clone())
    }
}

/// Begins to count the codes of a person again with a change.
fn begin_to_count<'a>(change: Change<'a>, person: &PersonRecord) -> Change<'a> {
    let none = RateRecord::none(Counted::Codes, counted_of(person), change.now());
    change.put_platform(&none, Condition::Always)
}

/// Returns what the codes of a person are counted of: with another password, or after every sign-in was ended, anew.
fn counted_of(person: &PersonRecord) -> ContentHash {
    ContentHash::of(format!("{} {}", person.id, person.sign_outs).as_bytes())
}
