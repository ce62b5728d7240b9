//! `DELETE /api/v1/tenant/users/{person}`

use tenancy::permission::ManageMembers;
use tenancy::{Permit, StorageError};
use web::{IfMatch, NoContent, Path, Problem};

use crate::handlers::ATTEMPTS_MAX;
use crate::handlers::members::{find, is_lost, refusal};
use crate::views::PersonPath;

/// Ends a membership: refresh tokens at once, access tokens within a minute. What the person is elsewhere
/// stays as it is.
pub(crate) async fn remove_member(
    permit: Permit<ManageMembers>,
    Path(path): Path<PersonPath>,
    if_match: IfMatch,
) -> Result<NoContent, Problem> {
    for _ in 0..ATTEMPTS_MAX {
        let stored = find(&permit, &path).await?;
        if_match.check(stored.version())?;
        match permit.remove_member(&stored).await {
            Ok(()) => return Ok(NoContent),
            Err(error) if is_lost(&error) => {}
            Err(error) => return Err(refusal(error)),
        }
    }
    Err(StorageError::Contended.into())
}
