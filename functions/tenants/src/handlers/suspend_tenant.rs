//! `POST /api/v1/admin/tenants/{tenant}/suspend`

use tenancy::OperatorPermit;
use tenancy::permission::ManageTenants;
use tenancy::records::TenantStatus;
use web::{Idempotent, OptionalBody, Path, Problem, Repeatable, Tagged};

use crate::handlers::move_tenant::{Transition, move_tenant};
use crate::handlers::{TenantPath, check_reason};
use crate::views::{Suspension, TenantView};

/// Suspends a tenant: refused everywhere within a minute.
pub(crate) async fn suspend_tenant(
    permit: OperatorPermit<ManageTenants>,
    Path(path): Path<TenantPath>,
    Idempotent(once): Idempotent,
    OptionalBody(suspension): OptionalBody<Suspension>,
) -> Result<Repeatable<Tagged<TenantView>>, Problem> {
    let reason = suspension.and_then(|suspension| suspension.reason);
    check_reason(reason.as_deref())?;
    let transition = Transition {
        reason,
        once,
        ..Transition::to(TenantStatus::Suspended)
    };
    move_tenant(&permit, path.tenant, &transition).await
}
