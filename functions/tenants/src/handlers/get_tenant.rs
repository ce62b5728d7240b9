//! `GET /api/v1/admin/tenants/{tenant}`

use tenancy::OperatorPermit;
use tenancy::permission::ReadTenants;
use web::{Path, Problem, Tagged};

use crate::handlers::{TenantPath, find};
use crate::views::TenantView;

/// Gives a tenant; one that is suspended, with the appeal against that.
pub(crate) async fn get_tenant(
    permit: OperatorPermit<ReadTenants>,
    Path(path): Path<TenantPath>,
) -> Result<Tagged<TenantView>, Problem> {
    let tenant = find(&permit, path.tenant).await?;
    let appeal = permit.appeal(&tenant).await?;
    Ok(Tagged {
        version: tenant.version(),
        view: TenantView::of(&tenant).with(appeal.as_deref()),
    })
}
