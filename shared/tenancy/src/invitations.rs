//! Invitations: a tenant admin names an address, and whoever proves to have it becomes a member. It must never
//! know what an invitation looks like.

use events::Event;
use jiff::Timestamp;
use kernel::limits::{INVITATION_LIFE_S, INVITATIONS_MAX};
use kernel::time::plus_seconds;
use kernel::{ContentHash, InvitationId, PersonId, TenantId};

use crate::actor::Actor;
use crate::audit::Action;
use crate::change::{Change, CommitError, Once};
use crate::context::RequestInfo;
use crate::identity::{Identity, count, themselves};
use crate::keys::{
    InvitationKey, InvitationsSentKey, InvitedKey, MembershipKey, PersonByEmailKey, PersonKey,
};
use crate::members::{self, MemberError};
use crate::permission::ManageMembers;
use crate::permit::Permit;
use crate::record::{Record, Stored};
use crate::records::{
    Counted, InvitationRecord, InvitationsSentRecord, InvitedRecord, MembershipRecord,
    MembershipState, PersonByEmailRecord, PersonRecord,
};
use crate::role::WebsiteRoles;
use crate::storage::{Condition, Consistency, StorageError};

/// What is counted.
pub const INVITATIONS: &str = "invitations";

/// Why somebody was not invited.
#[derive(Debug, thiserror::Error)]
pub enum InviteError {
    /// Whoever invites has not proved an e-mail address.
    #[error("whoever invites has not proved an e-mail address")]
    Unverified,
    /// The address is a member's.
    #[error("the address is a member's")]
    AlreadyMember,
    /// The address is invited, and the link is good.
    #[error("the address is invited already")]
    AlreadyInvited,
    /// Enough was sent to the address, or by the tenant, until then.
    #[error("enough was sent until {0}")]
    Enough(Timestamp),
    /// Whoever invites may not, or it was not written.
    #[error(transparent)]
    Member(#[from] MemberError),
}

impl From<StorageError> for InviteError {
    fn from(error: StorageError) -> Self {
        Self::Member(error.into())
    }
}

impl From<CommitError> for InviteError {
    fn from(error: CommitError) -> Self {
        Self::Member(error.into())
    }
}

impl Permit<ManageMembers> {
    /// Invites whoever has an address, who must not be a member. An invitation of the address whose link is
    /// over makes way.
    pub async fn invite(
        &self,
        invitation: &InvitationRecord,
        once: Option<Once>,
    ) -> Result<(), InviteError> {
        let actor = self.verified_admin().await?;
        let invited = invitation.invited();
        if self.is_member(&invited.email).await? {
            return Err(InviteError::AlreadyMember);
        }
        let change = self.change(Action::PermissionChange);
        let change = change.require_unchanged(&actor);
        let change = members::requiring(change, &invitation.websites, &WebsiteRoles::default());
        let change = self.sending(change, invitation).await?;
        let change = change.create(invitation).own(invitation.id);
        let change = match self.before(&invited).await? {
            None => change
                .attach(&invited)
                .reserve(INVITATIONS, INVITATIONS_MAX),
            Some((_, before)) if self.now() < before.ends_at => {
                return Err(InviteError::AlreadyInvited);
            }
            Some((place, before)) => change.reattach(&place, &invited).delete(&before),
        };
        let change = change.once(once, invitation.id);
        Ok(change.commit().await?)
    }

    /// Sends another link, with which the ones before are over. Returns the invitation as it is then.
    pub async fn remind(
        &self,
        stored: &Stored<InvitationRecord>,
        once: Option<Once>,
    ) -> Result<InvitationRecord, InviteError> {
        let actor = self.verified_admin().await?;
        let invitation = InvitationRecord {
            invited_by: actor.person_id,
            ends_at: plus_seconds(self.now(), INVITATION_LIFE_S),
            number: stored.number.saturating_add(1),
            ..stored.record.clone()
        };
        let change = self.change(Action::Update).require_unchanged(&actor);
        let change = self.sending(change, &invitation).await?;
        let change = change.update(stored, &invitation);
        change.once(once, invitation.id).commit().await?;
        Ok(invitation)
    }

    /// Takes an invitation back: its link is over at once.
    pub async fn withdraw(&self, stored: &Stored<InvitationRecord>) -> Result<(), InviteError> {
        let actor = self.admin().await?;
        let change = self.change(Action::Delete).require_unchanged(&actor);
        Ok(ended(change, stored).commit().await?)
    }

    /// Has the newest link of an invitation sent, unless there were enough to the address or by the tenant.
    async fn sending<'a>(
        &self,
        change: Change<'a>,
        invitation: &InvitationRecord,
    ) -> Result<Change<'a>, InviteError> {
        let (platform, links) = (self.context().platform(), Counted::InvitationLinks);
        let counted = count(platform, change, links, invitation.invited().email).await?;
        let change = counted.map_err(InviteError::Enough)?;
        let before = self
            .get::<InvitationsSentRecord>(&InvitationsSentKey {})
            .await?;
        let sent = before.as_ref().map(|stored| &stored.record);
        let sent = InvitationsSentRecord::one_more(sent, self.now());
        let sent = sent.map_err(InviteError::Enough)?;
        let change = match &before {
            None => change.attach(&sent),
            Some(stored) => change.reattach(stored, &sent),
        };
        Ok(change.event(Event::MemberInvited {
            invitation_id: invitation.id,
            number: invitation.number,
        }))
    }

    /// Finds the invitation of an address, if there is one.
    async fn before(
        &self,
        invited: &InvitedRecord,
    ) -> Result<Option<(Stored<InvitedRecord>, Stored<InvitationRecord>)>, StorageError> {
        let place = InvitedKey {
            email: invited.email,
        };
        let Some(place) = self.get::<InvitedRecord>(&place).await? else {
            return Ok(None);
        };
        let key = InvitationKey {
            invitation: place.invitation_id,
        };
        let invitation = self.get::<InvitationRecord>(&key).await?;
        Ok(invitation.map(|invitation| (place, invitation)))
    }

    async fn verified_admin(&self) -> Result<Stored<MembershipRecord>, InviteError> {
        let actor = self.admin().await?;
        let key = PersonKey {
            person: actor.person_id,
        };
        let person = self.context().platform().find::<PersonRecord>(&key).await?;
        match person {
            Some(person) if person.verified_at.is_some() => Ok(actor),
            _ => Err(InviteError::Unverified),
        }
    }

    /// Returns whether an address is a member's. It takes as long where the platform does not know it.
    async fn is_member(&self, email: &ContentHash) -> Result<bool, StorageError> {
        let key = PersonByEmailKey { email: *email };
        let platform = self.context().platform();
        let found = platform.find::<PersonByEmailRecord>(&key).await?;
        let nobody = || PersonId::mint(self.mint());
        let person = found.map_or_else(nobody, |found| found.person_id);
        let key = MembershipKey { person };
        let member = self.get::<MembershipRecord>(&key).await?;
        Ok(member.is_some())
    }
}

/// An invitation whose link is good as far as the tenant is concerned.
#[derive(Debug)]
pub struct OpenInvitation {
    /// The invitation.
    pub invitation: Stored<InvitationRecord>,
    /// Who invited, and runs the tenant.
    inviter: Stored<MembershipRecord>,
}

/// Somebody who accepts an invitation, and proved to have its address.
#[derive(Debug)]
pub enum Invitee {
    /// Somebody whom the platform knows, as read.
    Known(Box<Stored<PersonRecord>>),
    /// Somebody whom the platform knows, as read, and what the person is to be with it.
    Claimed(Box<Stored<PersonRecord>>, Box<PersonRecord>),
    /// Somebody who comes with it.
    New(Box<PersonRecord>),
}

impl Invitee {
    fn id(&self) -> PersonId {
        match self {
            Self::Known(person) | Self::Claimed(person, _) => person.id,
            Self::New(person) => person.id,
        }
    }
}

/// Why somebody did not become a member.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// The person is one already.
    #[error("the person is a member already")]
    AlreadyMember,
    /// It was not written.
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl From<StorageError> for AcceptError {
    fn from(error: StorageError) -> Self {
        Self::Commit(error.into())
    }
}

impl Identity {
    /// Reads an invitation of a tenant, for whoever has a link that names it; `None` also where whoever
    /// invited does not run the tenant any more.
    pub async fn invitation(
        &self,
        tenant: TenantId,
        invitation: InvitationId,
    ) -> Result<Option<OpenInvitation>, StorageError> {
        let context = self.acting_on(tenant, Actor::Visitor, RequestInfo::default());
        let key = InvitationKey { invitation };
        let invitation = context.read::<InvitationRecord>(&key, Consistency::Strong);
        let Some(invitation) = invitation.await? else {
            return Ok(None);
        };
        let key = MembershipKey {
            person: invitation.invited_by,
        };
        let inviter = context.read::<MembershipRecord>(&key, Consistency::Strong);
        let inviter = inviter.await?.filter(|it| members::runs_the_tenant(it));
        Ok(inviter.map(|inviter| OpenInvitation {
            invitation,
            inviter,
        }))
    }

    /// Makes whoever accepts an invitation a member, and ends the invitation. It and who invited must still be
    /// as they were read. A person's version moves on with it, so that one who has just joined is not
    /// forgotten.
    pub async fn accept(
        &self,
        tenant: TenantId,
        open: &OpenInvitation,
        invitee: &Invitee,
        request: &RequestInfo,
    ) -> Result<(), AcceptError> {
        let (invitation, person_id) = (&open.invitation, invitee.id());
        let context = self.acting_on(tenant, themselves(person_id), request.clone());
        let key = MembershipKey { person: person_id };
        let present = context.read::<MembershipRecord>(&key, Consistency::Strong);
        if present.await?.is_some() {
            return Err(AcceptError::AlreadyMember);
        }
        let membership = MembershipRecord {
            person_id,
            role: invitation.role,
            websites: invitation.websites.clone(),
            state: MembershipState::Active,
            joined_at: context.now(),
            email: invitation.email.clone(),
        };
        let change = Change::new(&context, Action::PermissionChange);
        let change = change.require_unchanged(&open.inviter);
        let change = members::join(ended(change, invitation), &membership);
        let change = match invitee {
            Invitee::Known(person) => change.update_platform(person, &person.record),
            Invitee::Claimed(before, person) => change
                .update_platform(before, person)
                .note(PersonRecord::entity(), person_id),
            Invitee::New(person) => {
                let by_email = PersonByEmailRecord {
                    email: PersonByEmailRecord::digest(&person.email),
                    person_id,
                };
                change
                    .put_platform(&by_email, Condition::Absent)
                    .put_platform(&**person, Condition::Absent)
            }
        };
        let change = change.event(Event::MembershipBegan { person_id });
        Ok(change.commit().await?)
    }
}

fn ended<'a>(change: Change<'a>, invitation: &Stored<InvitationRecord>) -> Change<'a> {
    change
        .delete(invitation)
        .detach(&invitation.invited().key())
        .give_back(INVITATIONS)
}
