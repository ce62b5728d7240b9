//! `GET /api/v1/tenant/invitations`

use tenancy::Permit;
use tenancy::keys::InvitationKey;
use tenancy::permission::ReadMembers;
use tenancy::records::InvitationRecord;
use web::{Listed, Paging, Problem};

use crate::views::InvitationView;

/// Lists the invitations that nobody has accepted, the newest first, with those whose link is over.
pub(crate) async fn list_invitations(
    permit: Permit<ReadMembers>,
    paging: Paging,
) -> Result<Listed<InvitationView>, Problem> {
    let invitations = InvitationKey::partition_of();
    let slice = permit
        .list_newest_first::<InvitationRecord>(
            &invitations,
            paging.from.after.as_ref(),
            paging.limit,
        )
        .await?;
    let now = permit.now();
    Ok(paging.page(slice, |invitation| InvitationView::of(&invitation, now)))
}
