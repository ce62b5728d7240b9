//! `GET /api/v1/tenant/profile`

use tenancy::Permit;
use tenancy::permission::ReadTenant;
use web::{Problem, ProblemType, Tagged};

use crate::views::ProfileView;

/// Gives the caller's tenant's profile.
pub(crate) async fn get_profile(
    permit: Permit<ReadTenant>,
) -> Result<Tagged<ProfileView>, Problem> {
    let tenant = permit.tenant_record().await?;
    let tenant = tenant.ok_or_else(|| Problem::new(ProblemType::NotFound))?;
    Ok(Tagged {
        version: tenant.version(),
        view: ProfileView::of(&tenant),
    })
}
