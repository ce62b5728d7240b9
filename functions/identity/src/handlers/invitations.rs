//! What the operations on invitations share.

use jiff::Timestamp;
use kernel::time::seconds_until;
use tenancy::invitations::{InviteError, OpenInvitation};
use tenancy::keys::{InvitationKey, InvitationsSentKey, InvitedKey};
use tenancy::links::Link;
use tenancy::records::{InvitationRecord, TenantRecord};
use tenancy::{MemberError, Permission, Permit, Stored};
use web::{Problem, ProblemType};

use crate::handlers::log_in::tenant_in_use;
use crate::handlers::{link_expired, members};
use crate::state::State;
use crate::views::InvitationPath;

/// Finds an invitation of the tenant.
pub(super) async fn find<P: Permission>(
    permit: &Permit<P>,
    path: &InvitationPath,
) -> Result<Stored<InvitationRecord>, Problem> {
    let key = InvitationKey {
        invitation: path.invitation,
    };
    let invitation = permit.get(&key).await?;
    invitation.ok_or_else(|| Problem::new(ProblemType::NotFound))
}

/// Returns whether somebody else changed what a change of an invitation was made of.
pub(super) fn is_lost(error: &InviteError) -> bool {
    match error {
        InviteError::Member(error) => {
            let is_about_it = matches!(error, MemberError::Commit(error)
                if error.refused::<InvitationKey>()
                    || error.refused::<InvitedKey>()
                    || error.refused::<InvitationsSentKey>());
            is_about_it || members::is_lost(error)
        }
        InviteError::Unverified
        | InviteError::AlreadyMember
        | InviteError::AlreadyInvited
        | InviteError::Enough(_) => false,
    }
}

/// Returns what a caller is told of an invitation that stays as it is at `now`.
pub(super) fn refusal(error: InviteError, now: Timestamp) -> Problem {
    match error {
        InviteError::Unverified => Problem::new(ProblemType::EmailUnverified),
        InviteError::AlreadyMember => {
            Problem::new(ProblemType::Conflict).detail("the address is a member's")
        }
        InviteError::AlreadyInvited => {
            Problem::new(ProblemType::Conflict).detail("the address is invited already")
        }
        InviteError::Enough(until) => {
            Problem::new(ProblemType::RateLimited).retry_after(seconds_until(until, now))
        }
        InviteError::Member(error) => members::refusal(error),
    }
}

/// An invitation that somebody has a good link to.
pub(super) struct Offer {
    pub(super) tenant: TenantRecord,
    pub(super) open: OpenInvitation,
}

/// Reads what a link invites to, if it is good.
pub(super) async fn offer(state: &State, token: &str) -> Result<Offer, Problem> {
    let Some(Link::Invitation {
        tenant,
        invitation,
        number,
    }) = state.links.read(token)
    else {
        return Err(link_expired());
    };
    let now = state.identity.platform().now();
    let found = state.identity.invitation(tenant, invitation).await?;
    let is_good = |found: &OpenInvitation| {
        found.invitation.number == number && now < found.invitation.ends_at
    };
    let open = found.filter(is_good).ok_or_else(link_expired)?;
    let tenant = tenant_in_use(state, tenant).await?;
    Ok(Offer { tenant, open })
}
