//! `POST /api/v1/admin/tenants/{tenant}/activate`

use tenancy::OperatorPermit;
use tenancy::permission::ManageTenants;
use tenancy::records::TenantStatus;
use web::{Idempotent, Path, Problem, Repeatable, Tagged};

use crate::handlers::TenantPath;
use crate::handlers::move_tenant::{Transition, move_tenant};
use crate::views::TenantView;

/// Activates a suspended tenant, or brings a deleted one back.
pub(crate) async fn activate_tenant(
    permit: OperatorPermit<ManageTenants>,
    Path(path): Path<TenantPath>,
    Idempotent(once): Idempotent,
) -> Result<Repeatable<Tagged<TenantView>>, Problem> {
    let transition = Transition {
        once,
        ..Transition::to(TenantStatus::Active)
    };
    move_tenant(&permit, path.tenant, &transition).await
}
