//! `DELETE /api/v1/tenant/invitations/{invitation}`

use tenancy::permission::ManageMembers;
use tenancy::{Permit, StorageError};
use web::{IfMatch, NoContent, Path, Problem};

use crate::handlers::ATTEMPTS_MAX;
use crate::handlers::invitations::{find, is_lost, refusal};
use crate::views::InvitationPath;

/// Takes an invitation back: its link is over at once.
pub(crate) async fn withdraw_invitation(
    permit: Permit<ManageMembers>,
    Path(path): Path<InvitationPath>,
    if_match: IfMatch,
) -> Result<NoContent, Problem> {
    for _ in 0..ATTEMPTS_MAX {
        let stored = find(&permit, &path).await?;
        if_match.check(stored.version())?;
        match permit.withdraw(&stored).await {
            Ok(()) => return Ok(NoContent),
            Err(error) if is_lost(&error) => {}
            Err(error) => return Err(refusal(error, permit.now())),
        }
    }
    Err(StorageError::Contended.into())
}
