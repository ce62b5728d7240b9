//! `GET /api/v1/tenant/audit`

use tenancy::Permit;
use tenancy::permission::ReadAudit;
use web::{Listed, Paging, Problem, Query};

use crate::query::TrailQuery;
use crate::views::EntryView;

/// Lists the entries of the tenant's audit trail, the newest first.
pub(crate) async fn list_audit(
    permit: Permit<ReadAudit>,
    paging: Paging,
    Query(query): Query<TrailQuery>,
) -> Result<Listed<EntryView>, Problem> {
    let (filter, after) = (query.filter()?, paging.from.after.as_ref());
    let slice = permit.trail(&filter, after, paging.limit).await?;
    let tenant = Some(permit.tenant());
    Ok(paging.page(slice, |entry| EntryView::of(tenant, &entry)))
}
