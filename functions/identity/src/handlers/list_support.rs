//! `GET /api/v1/tenant/support-sessions`

use tenancy::Permit;
use tenancy::keys::SupportKey;
use tenancy::permission::ManageSupport;
use tenancy::records::SupportRecord;
use web::{Listed, Paging, Problem};

use crate::views::SupportView;

/// Lists when operators were and are let into the tenant, the newest support session first.
pub(crate) async fn list_support(
    permit: Permit<ManageSupport>,
    paging: Paging,
) -> Result<Listed<SupportView>, Problem> {
    let (sessions, now) = (SupportKey::partition_of(), permit.now());
    let slice = permit
        .list_newest_first::<SupportRecord>(&sessions, paging.from.after.as_ref(), paging.limit)
        .await?;
    Ok(paging.page(slice, |support| SupportView::of(&support, now)))
}
