//! `POST /api/v1/tenant/users`

use jiff::Timestamp;
use kernel::InvitationId;
use kernel::limits::INVITATION_LIFE_S;
use kernel::time::plus_seconds;
use tenancy::invitations::InviteError;
use tenancy::keys::{InvitationKey, UsageKey};
use tenancy::permission::ManageMembers;
use tenancy::records::InvitationRecord;
use tenancy::{Actor, MemberError, Permit, StorageError};
use web::{Body, Created, Idempotent, Problem, ProblemType, Repeatable};

use crate::handlers::invitations::{is_lost, refusal};
use crate::handlers::{ATTEMPTS_MAX, unless_made};
use crate::views::{InvitationView, NewMember};

type Answer = Repeatable<Created<InvitationView>>;

/// Invites whoever has an address to become a member, by a link that is sent to it.
pub(crate) async fn invite_member(
    permit: Permit<ManageMembers>,
    Idempotent(once): Idempotent,
    Body(new): Body<NewMember>,
) -> Result<Answer, Problem> {
    let (email, roles) = new.read()?;
    let Actor::Member(invited_by) = permit.actor() else {
        return Err(Problem::new(ProblemType::Forbidden));
    };
    let now = permit.now();
    let invitation = InvitationRecord {
        id: InvitationId::mint(permit.mint()),
        email,
        role: roles.tenant,
        websites: roles.websites,
        invited_by,
        invited_at: now,
        ends_at: plus_seconds(now, INVITATION_LIFE_S),
        number: 1,
    };
    for _ in 0..ATTEMPTS_MAX {
        if let Some(made) = permit.replayed(once.as_ref()).await? {
            return again(&permit, &made).await;
        }
        match permit.invite(&invitation, once).await {
            Ok(()) => return Ok(Repeatable::first(view(&invitation, 1, permit.now()))),
            Err(error) if is_lost(&error) => {}
            Err(InviteError::Member(MemberError::Commit(error))) if error.refused::<UsageKey>() => {
                let detail = "as many invitations are open as can be";
                return Err(Problem::new(ProblemType::QuotaExceeded).detail(detail));
            }
            Err(error) => {
                let refusal = refusal(error, permit.now());
                unless_made(&permit, once.as_ref(), refusal).await?;
            }
        }
    }
    Err(StorageError::Contended.into())
}

/// Answers a repeated request with the invitation as it is now.
async fn again(permit: &Permit<ManageMembers>, made: &str) -> Result<Answer, Problem> {
    let invitation = made
        .parse()
        .map_err(|_malformed| StorageError::UnreadableOutcome(made.to_owned()))?;
    let key = InvitationKey { invitation };
    let stored = permit.get::<InvitationRecord>(&key).await?;
    // It was accepted or taken back.
    let stored = stored.ok_or_else(|| Problem::new(ProblemType::NotFound))?;
    let view = view(&stored, stored.version(), permit.now());
    Ok(Repeatable::again(view))
}

fn view(invitation: &InvitationRecord, version: u64, now: Timestamp) -> Created<InvitationView> {
    Created {
        location: format!("/api/v1/tenant/invitations/{}", invitation.id),
        version,
        view: InvitationView::of(invitation, now),
    }
}
