//! Which letter a message asks for.

use std::sync::Arc;

use events::Event;
use jiff::Timestamp;
use kernel::limits::{APPEAL_LIFE_S, RESET_LIFE_S, VERIFICATION_LIFE_S};
use kernel::time::plus_seconds;
use kernel::{InvitationId, PersonId};
use queue::{Message, Outcome};
use tenancy::keys::InvitationKey;
use tenancy::links::Link;
use tenancy::permission::Notify;
use tenancy::records::{InvitationRecord, TenantStatus};
use tenancy::{Permit, Recipient, StorageError, TenantContext};

use crate::dispatch::Sender;
use crate::letters::{Letter, Letters};

/// What letters are written and sent with.
pub(crate) struct Desk {
    pub(crate) letters: Letters,
    pub(crate) sender: Sender,
}

/// Deals with one message.
pub(crate) async fn handle(context: TenantContext, message: Message, desk: Arc<Desk>) -> Outcome {
    let Ok(permit) = context.permit::<Notify>() else {
        return Outcome::Poison("only the platform itself writes to people".to_owned());
    };
    let envelope = &message.envelope;
    let event = &envelope.event;
    let written = if let Event::VerificationRequested { person_id } = event {
        let ends_at = plus_seconds(envelope.occurred_at, VERIFICATION_LIFE_S);
        verification(&desk.letters, &permit, *person_id, ends_at).await
    } else if let Event::PasswordResetRequested { person_id } = event {
        let ends_at = plus_seconds(envelope.occurred_at, RESET_LIFE_S);
        match person_id {
            Some(person_id) => reset(&desk.letters, &permit, *person_id, ends_at).await,
            // Nobody has the address.
            None => Ok(None),
        }
    } else if let Event::MemberInvited {
        invitation_id,
        number,
    } = event
    {
        invitation(&desk.letters, &permit, *invitation_id, *number).await
    } else if let Event::SuspensionNotified { person_id } = event {
        suspension(&desk.letters, &permit, *person_id).await
    } else {
        return Outcome::Poison(format!("nobody is written to on `{}`", event.kind()));
    };
    match written {
        Ok(Some(letter)) => desk.sender.send(&permit, &message, &letter).await,
        Ok(None) => Outcome::Done,
        Err(error) => Outcome::Retry(error.to_string()),
    }
}

/// Asks somebody to prove an e-mail address, who is still there and has not done so yet.
async fn verification(
    letters: &Letters,
    permit: &Permit<Notify>,
    person: PersonId,
    ends_at: Timestamp,
) -> Result<Option<Letter>, StorageError> {
    let recipient = recipient(permit, person, ends_at).await?;
    let recipient = recipient.filter(|recipient| recipient.verified_at.is_none());
    let link = Link::Verification { person, ends_at };
    Ok(recipient.map(|recipient| letters.verification(recipient.email, link)))
}

/// Lets somebody set another password, who is still there.
async fn reset(
    letters: &Letters,
    permit: &Permit<Notify>,
    person: PersonId,
    ends_at: Timestamp,
) -> Result<Option<Letter>, StorageError> {
    let recipient = recipient(permit, person, ends_at).await?;
    Ok(recipient.map(|recipient| {
        let link = Link::Reset {
            person,
            resets: recipient.resets,
            ends_at,
        };
        letters.reset(recipient.email, link)
    }))
}

/// Invites somebody to become a member, by the newest link.
async fn invitation(
    letters: &Letters,
    permit: &Permit<Notify>,
    invitation: InvitationId,
    number: u64,
) -> Result<Option<Letter>, StorageError> {
    let key = InvitationKey { invitation };
    let found = permit.get::<InvitationRecord>(&key).await?;
    let found = found.filter(|found| found.number == number && permit.now() < found.ends_at);
    let Some((found, tenant)) = found.zip(permit.tenant_record().await?) else {
        return Ok(None);
    };
    let link = Link::Invitation {
        tenant: permit.tenant(),
        invitation,
        number,
    };
    let email = found.record.email;
    Ok(Some(letters.invitation(email, &tenant.subdomain, link)))
}

/// Tells somebody who runs the tenant that it is suspended, if it still is, and how to appeal.
async fn suspension(
    letters: &Letters,
    permit: &Permit<Notify>,
    person: PersonId,
) -> Result<Option<Letter>, StorageError> {
    let tenant = permit.tenant_record().await?;
    let tenant = tenant.filter(|tenant| tenant.status == TenantStatus::Suspended);
    let Some(tenant) = tenant else {
        return Ok(None);
    };
    let Some((suspended_at, reason)) = tenant.suspended_at.zip(tenant.suspended_reason.as_ref())
    else {
        return Ok(None);
    };
    let link = Link::Appeal {
        tenant: permit.tenant(),
        person,
        suspended_at,
    };
    let ends_at = plus_seconds(suspended_at, APPEAL_LIFE_S);
    let recipient = recipient(permit, person, ends_at).await?;
    let letter = |to| letters.suspension(to, &tenant.subdomain, reason, link);
    Ok(recipient.map(|recipient| letter(recipient.email)))
}

/// Finds whom to write to; nobody where the link would be over, as that of a message that waited long.
async fn recipient(
    permit: &Permit<Notify>,
    person: PersonId,
    ends_at: Timestamp,
) -> Result<Option<Recipient>, StorageError> {
    if permit.now() >= ends_at {
        return Ok(None);
    }
    permit.recipient(person).await
}
