//! `POST /api/v1/tenant/users/{person}/toggle_status`

use tenancy::permission::ManageMembers;
use tenancy::records::{MembershipRecord, MembershipState};
use tenancy::{Permit, StorageError};
use web::{Idempotent, Path, Problem, ProblemType, Repeatable, Tagged};

use crate::handlers::members::{find, shown, try_change};
use crate::handlers::{ATTEMPTS_MAX, unless_made};
use crate::views::{MemberView, PersonPath};

/// Disables a member who may do something, and enables one who may not.
pub(crate) async fn toggle_member(
    permit: Permit<ManageMembers>,
    Path(path): Path<PersonPath>,
    Idempotent(once): Idempotent,
) -> Result<Repeatable<Tagged<MemberView>>, Problem> {
    let mut before = None;
    for _ in 0..ATTEMPTS_MAX {
        let stored = find(&permit, &path).await?;
        if permit.replayed(once.as_ref()).await?.is_some() {
            // What was read may be from before the first request.
            let now = find(&permit, &path).await?;
            return Ok(Repeatable::again(shown(&now, now.version())));
        }
        // Somebody else who meant the same is not undone.
        if *before.get_or_insert(stored.state) != stored.state {
            return Err(Problem::new(ProblemType::Conflict));
        }
        let state = match stored.state {
            MembershipState::Active => MembershipState::Disabled,
            MembershipState::Disabled => MembershipState::Active,
        };
        let member = MembershipRecord {
            state,
            ..stored.record.clone()
        };
        match try_change(&permit, &stored, &member, once).await {
            Ok(Some(changed)) => return Ok(Repeatable::first(changed)),
            Ok(None) => {}
            Err(refusal) => unless_made(&permit, once.as_ref(), refusal).await?,
        }
    }
    Err(StorageError::Contended.into())
}
