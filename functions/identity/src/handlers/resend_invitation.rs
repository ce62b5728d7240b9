//! `POST /api/v1/tenant/invitations/{invitation}/resend`

use tenancy::permission::ManageMembers;
use tenancy::{Permit, StorageError};
use web::{Idempotent, Path, Problem, Repeatable, Tagged};

use crate::handlers::invitations::{find, is_lost, refusal};
use crate::handlers::{ATTEMPTS_MAX, unless_made};
use crate::views::{InvitationPath, InvitationView};

/// Sends another link, with which those before are over, and seven days begin anew.
pub(crate) async fn resend_invitation(
    permit: Permit<ManageMembers>,
    Path(path): Path<InvitationPath>,
    Idempotent(once): Idempotent,
) -> Result<Repeatable<Tagged<InvitationView>>, Problem> {
    for _ in 0..ATTEMPTS_MAX {
        let stored = find(&permit, &path).await?;
        if permit.replayed(once.as_ref()).await?.is_some() {
            // What was read may be from before the first request.
            let now = find(&permit, &path).await?;
            return Ok(Repeatable::again(Tagged {
                version: now.version(),
                view: InvitationView::of(&now, permit.now()),
            }));
        }
        match permit.remind(&stored, once).await {
            Ok(sent) => {
                return Ok(Repeatable::first(Tagged {
                    version: stored.version().saturating_add(1),
                    view: InvitationView::of(&sent, permit.now()),
                }));
            }
            Err(error) if is_lost(&error) => {}
            Err(error) => {
                let refusal = refusal(error, permit.now());
                unless_made(&permit, once.as_ref(), refusal).await?;
            }
        }
    }
    Err(StorageError::Contended.into())
}
