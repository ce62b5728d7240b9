//! Whose an e-mail address is: asking for links to it, and what they prove.

use events::Event;
use kernel::{ContentHash, EmailAddress, PersonId, TenantId};

use crate::actor::Actor;
use crate::audit::Action;
use crate::change::{Change, CommitError};
use crate::context::RequestInfo;
use crate::identity::Identity;
use crate::identity::rates::count;
use crate::identity::sessions::themselves;
use crate::keys::PersonByEmailKey;
use crate::record::{Record, Stored};
use crate::records::{Counted, PersonByEmailRecord, PersonRecord};
use crate::signed_in::SignedIn;

impl Identity {
    /// Has a link sent that sets another password of whoever has an e-mail address. It does the same where
    /// nobody has it. Returns whether it did: there may have been enough.
    pub async fn ask_for_reset(
        &self,
        email: &EmailAddress,
        request: &RequestInfo,
    ) -> Result<bool, CommitError> {
        let digest = PersonByEmailRecord::digest(email);
        let key = PersonByEmailKey { email: digest };
        let person = self.platform.find::<PersonByEmailRecord>(&key).await?;
        let person_id = person.map(|person| person.person_id);
        let event = Event::PasswordResetRequested { person_id };
        let context = self.acting_on(TenantId::PLATFORM, Actor::Visitor, request.clone());
        // Nothing is noted of it: the trail names nobody but by an id, and here is none to name.
        self.ask_for_link(
            Change::new(&context, Action::Update),
            Counted::ResetLinks,
            digest,
            event,
        )
        .await
    }

    /// Has a link sent that proves the e-mail address of the person who asks. Returns whether it did: there
    /// may have been enough.
    pub async fn ask_for_verification(
        &self,
        caller: &SignedIn,
        person: &PersonRecord,
    ) -> Result<bool, CommitError> {
        let tenant = caller.tenant().unwrap_or(TenantId::PLATFORM);
        let context = self.acting_on(tenant, themselves(person.id), caller.request().clone());
        let event = Event::VerificationRequested {
            person_id: person.id,
        };
        let digest = PersonByEmailRecord::digest(&person.email);
        let change = Change::new(&context, Action::Update).note(PersonRecord::entity(), person.id);
        self.ask_for_link(change, Counted::VerificationLinks, digest, event)
            .await
    }

    async fn ask_for_link(
        &self,
        change: Change<'_>,
        links: Counted,
        email: ContentHash,
        event: Event,
    ) -> Result<bool, CommitError> {
        match count(&self.platform, change, links, email).await? {
            Ok(change) => change.event(event).commit().await.map(|()| true),
            Err(_enough) => Ok(false),
        }
    }

    /// Notes that it is proved that an e-mail address is a person's, who must still be as read.
    pub async fn verify(
        &self,
        stored: &Stored<PersonRecord>,
        request: &RequestInfo,
    ) -> Result<(), CommitError> {
        let person = PersonRecord {
            verified_at: Some(self.platform.now()),
            ..stored.record.clone()
        };
        let person_id: PersonId = person.id;
        let actor = themselves(person_id);
        let context = self.acting_on(TenantId::PLATFORM, actor, request.clone());
        Change::new(&context, Action::Update)
            .update_platform(stored, &person)
            .note(PersonRecord::entity(), person_id)
            .commit()
            .await
    }
}
