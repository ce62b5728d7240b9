//! `GET /api/v1/admin/support-sessions`

use tenancy::OperatorPermit;
use tenancy::permission::SupportTenants;
use web::{Listed, Paging, Problem, Query};

use crate::views::{SupportQuery, SupportView};

/// Lists when one tenant let operators in and lets them in, the newest support session first.
pub(crate) async fn list_support_of(
    permit: OperatorPermit<SupportTenants>,
    paging: Paging,
    Query(query): Query<SupportQuery>,
) -> Result<Listed<SupportView>, Problem> {
    let (tenant, now) = (query.tenant()?, permit.now());
    let after = paging.from.after.as_ref();
    let slice = permit.support_sessions(tenant, after, paging.limit).await?;
    Ok(paging.page(slice, |support| SupportView::of(&support, now)))
}
