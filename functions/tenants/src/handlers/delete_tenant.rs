//! `DELETE /api/v1/admin/tenants/{tenant}`

use tenancy::OperatorPermit;
use tenancy::permission::ManageTenants;
use tenancy::records::TenantStatus;
use web::{IfMatch, Path, Problem, ProblemType, Tagged};

use crate::handlers::move_tenant::{MoveError, Transition, try_move};
use crate::handlers::{TenantPath, find};
use crate::views::TenantView;

/// Deletes a tenant: refused everywhere from now on, and brought back by activating it until its
/// time of grace is over.
pub(crate) async fn delete_tenant(
    permit: OperatorPermit<ManageTenants>,
    Path(path): Path<TenantPath>,
    if_match: IfMatch,
) -> Result<Tagged<TenantView>, Problem> {
    let stored = find(&permit, path.tenant).await?;
    if_match.check(stored.version())?;
    let transition = Transition::to(TenantStatus::Deprovisioning);
    match try_move(&permit, &stored, &transition).await {
        Ok(view) => Ok(view),
        Err(MoveError::Lost) => Err(Problem::new(ProblemType::PreconditionFailed)),
        Err(MoveError::Refused(problem)) => Err(problem),
    }
}
