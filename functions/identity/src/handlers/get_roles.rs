//! `GET /api/v1/tenant/roles`

use tenancy::Permit;
use tenancy::permission::ReadMembers;
use web::{Problem, Tagged};

use crate::handlers::roles::{find, in_force, version};
use crate::views::RolesView;

/// Shows what each role may do in the tenant, and needs.
pub(crate) async fn get_roles(permit: Permit<ReadMembers>) -> Result<Tagged<RolesView>, Problem> {
    let stored = find(&permit).await?;
    Ok(Tagged {
        version: version(stored.as_ref()),
        view: RolesView::of(&in_force(stored.as_ref())),
    })
}
