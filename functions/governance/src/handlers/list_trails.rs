//! `GET /api/v1/admin/audit`

use tenancy::OperatorPermit;
use tenancy::permission::ReadTrails;
use web::{Listed, Paging, Problem, Query};

use crate::handlers::trails;
use crate::query::TrailsQuery;
use crate::views::EntryView;

/// Lists the entries of one tenant's audit trail, of the platform's own, or of all of them, one trail after the other.
/// That a tenant's trail was read is an entry in it.
pub(crate) async fn list_trails(
    permit: OperatorPermit<ReadTrails>,
    paging: Paging,
    Query(query): Query<TrailsQuery>,
) -> Result<Listed<EntryView>, Problem> {
    let (scope, filter) = (query.scope()?, query.filter()?);
    let after = paging.from.after.as_ref();
    let page = trails::read(&permit, scope, &filter, after, paging.limit).await?;
    Ok(trails::listed(&paging, &page))
}
