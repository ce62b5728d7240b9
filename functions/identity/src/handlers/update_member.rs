//! `PUT /api/v1/tenant/users/{person}`

use tenancy::permission::ManageMembers;
use tenancy::records::MembershipRecord;
use tenancy::{Permit, StorageError};
use web::{Body, IfMatch, Path, Problem, Tagged};

use crate::handlers::ATTEMPTS_MAX;
use crate::handlers::members::{find, shown, try_change};
use crate::views::{MemberChange, MemberView, PersonPath};

/// Says what a member may do, and whether anything at all: within a minute, wherever the member is signed
/// in.
pub(crate) async fn update_member(
    permit: Permit<ManageMembers>,
    Path(path): Path<PersonPath>,
    if_match: IfMatch,
    Body(change): Body<MemberChange>,
) -> Result<Tagged<MemberView>, Problem> {
    let (roles, state) = change.read()?;
    for _ in 0..ATTEMPTS_MAX {
        let stored = find(&permit, &path).await?;
        if_match.check(stored.version())?;
        let member = MembershipRecord {
            role: roles.tenant,
            websites: roles.websites.clone(),
            state,
            ..stored.record.clone()
        };
        if member == stored.record {
            return Ok(shown(&stored, stored.version()));
        }
        if let Some(changed) = try_change(&permit, &stored, &member, None).await? {
            return Ok(changed);
        }
    }
    Err(StorageError::Contended.into())
}
