//! `GET /api/v1/tenant/users/{person}`

use tenancy::Permit;
use tenancy::permission::ReadMembers;
use web::{Path, Problem, Tagged};

use crate::handlers::members::{find, shown};
use crate::views::{MemberView, PersonPath};

/// Shows a member of the tenant.
pub(crate) async fn get_member(
    permit: Permit<ReadMembers>,
    Path(path): Path<PersonPath>,
) -> Result<Tagged<MemberView>, Problem> {
    let member = find(&permit, &path).await?;
    Ok(shown(&member, member.version()))
}
