//! `GET /api/v1/tenant/security-events`

use tenancy::Permit;
use tenancy::permission::ReadAudit;
use web::{Listed, Paging, Problem, Query};

use crate::query::TrailQuery;
use crate::views::EntryView;

/// Lists what of the tenant's audit trail concerns security, the newest first: sign-ins and failed ones, rights that
/// changed, data that left, denials, and credentials that were misused.
pub(crate) async fn list_security_events(
    permit: Permit<ReadAudit>,
    paging: Paging,
    Query(query): Query<TrailQuery>,
) -> Result<Listed<EntryView>, Problem> {
    let (filter, after) = (query.filter()?, paging.from.after.as_ref());
    let slice = permit.security_events(&filter, after, paging.limit).await?;
    let tenant = Some(permit.tenant());
    Ok(paging.page(slice, |event| EntryView::of(tenant, &event.0)))
}
