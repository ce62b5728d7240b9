//! `POST /api/v1/admin/tenants/{tenant}/activate`

use tenancy::OperatorPermit;
use tenancy::permission::ManageTenants;
use tenancy::records::TenantStatus;
use web::{Path, Problem, Tagged};

use crate::handlers::TenantPath;
use crate::handlers::move_tenant::move_tenant;
use crate::views::TenantView;

/// Activates a suspended tenant, or brings a deleted one back.
pub(crate) async fn activate_tenant(
    permit: OperatorPermit<ManageTenants>,
    Path(path): Path<TenantPath>,
) -> Result<Tagged<TenantView>, Problem> {
    move_tenant(&permit, path.tenant, TenantStatus::Active, None).await
}
