//! `PUT /api/v1/admin/tenants/{tenant}/status`

use tenancy::OperatorPermit;
use tenancy::permission::ManageTenants;
use tenancy::records::TenantStatus;
use web::{Body, Path, Problem, Repeatable, Tagged};

use crate::handlers::move_tenant::{Transition, move_tenant};
use crate::handlers::{TenantPath, check_reason};
use crate::views::{StatusChange, TenantView};

/// Moves a tenant to a status. The one it has is no move and changes nothing.
pub(crate) async fn set_tenant_status(
    permit: OperatorPermit<ManageTenants>,
    Path(path): Path<TenantPath>,
    Body(change): Body<StatusChange>,
) -> Result<Tagged<TenantView>, Problem> {
    let status = TenantStatus::of_name(&change.status)
        .ok_or_else(|| Problem::invalid_field("/status", "is no status of a tenant"))?;
    check_reason(change.reason.as_deref())?;
    let transition = Transition {
        reason: change.reason,
        ..Transition::to(status)
    };
    let moved = move_tenant(&permit, path.tenant, &transition).await;
    moved.map(Repeatable::into_answer)
}
