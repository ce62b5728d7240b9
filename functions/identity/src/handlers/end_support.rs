//! `DELETE /api/v1/tenant/support-sessions/{support}`

use tenancy::keys::SupportKey;
use tenancy::permission::ManageSupport;
use tenancy::records::SupportRecord;
use tenancy::{MemberError, Permit, StorageError};
use web::{NoContent, Path, Problem, ProblemType};

use crate::handlers::ATTEMPTS_MAX;
use crate::handlers::members::{is_lost, refusal};
use crate::views::SupportPath;

/// Sends operators out of the tenant, within a minute. One that is over already stays so.
pub(crate) async fn end_support(
    permit: Permit<ManageSupport>,
    Path(path): Path<SupportPath>,
) -> Result<NoContent, Problem> {
    let key = SupportKey {
        support: path.support,
    };
    for _ in 0..ATTEMPTS_MAX {
        let stored = permit.get::<SupportRecord>(&key).await?;
        let stored = stored.ok_or_else(|| Problem::new(ProblemType::NotFound))?;
        if !stored.is_open(permit.now()) {
            return Ok(NoContent);
        }
        match permit.end_support(&stored).await {
            Ok(()) => return Ok(NoContent),
            Err(error) if is_lost(&error) || is_changed(&error) => {}
            Err(error) => return Err(refusal(error)),
        }
    }
    Err(StorageError::Contended.into())
}

/// Returns whether somebody else ended it meanwhile.
fn is_changed(error: &MemberError) -> bool {
    matches!(error, MemberError::Commit(error) if error.refused::<SupportKey>())
}
