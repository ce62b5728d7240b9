//! `GET /api/v1/tenant/invitations/{invitation}`

use tenancy::Permit;
use tenancy::permission::ReadMembers;
use web::{Path, Problem, Tagged};

use crate::handlers::invitations::find;
use crate::views::{InvitationPath, InvitationView};

/// Shows an invitation that nobody has accepted.
pub(crate) async fn get_invitation(
    permit: Permit<ReadMembers>,
    Path(path): Path<InvitationPath>,
) -> Result<Tagged<InvitationView>, Problem> {
    let invitation = find(&permit, &path).await?;
    Ok(Tagged {
        version: invitation.version(),
        view: InvitationView::of(&invitation, permit.now()),
    })
}
