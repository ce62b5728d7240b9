//! `GET /api/v1/tenant/users`

use tenancy::Permit;
use tenancy::keys::MembershipKey;
use tenancy::permission::ReadMembers;
use tenancy::records::MembershipRecord;
use web::{Listed, Paging, Problem};

use crate::views::MemberView;

/// Lists the tenant's members, those who came to the platform first before the others.
pub(crate) async fn list_members(
    permit: Permit<ReadMembers>,
    paging: Paging,
) -> Result<Listed<MemberView>, Problem> {
    let members = MembershipKey::partition_of();
    let slice = permit
        .list::<MembershipRecord>(&members, paging.from.after.as_ref(), paging.limit)
        .await?;
    Ok(paging.page(slice, |member| MemberView::of(&member)))
}
