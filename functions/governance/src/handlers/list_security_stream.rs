//! `GET /api/v1/admin/security-events`

use tenancy::OperatorPermit;
use tenancy::permission::ReadTrails;
use web::{Listed, Paging, Problem, Query};

use crate::handlers::trails;
use crate::query::{Scope, TrailsQuery};
use crate::views::EntryView;

/// Lists what concerns security, of all tenants and of the platform in order of time, or of one of them; the newest
/// first. That it was read is an entry itself: in the platform's trail, or in the tenant's.
pub(crate) async fn list_security_stream(
    permit: OperatorPermit<ReadTrails>,
    paging: Paging,
    Query(query): Query<TrailsQuery>,
) -> Result<Listed<EntryView>, Problem> {
    let (scope, filter) = (query.scope()?, query.filter()?);
    let (after, limit) = (paging.from.after.as_ref(), paging.limit);
    let page = match scope {
        Scope::All => permit.security_stream(&filter, after, limit).await?,
        Scope::One(tenant) => {
            permit
                .security_events_of(tenant, &filter, after, limit)
                .await?
        }
    };
    Ok(trails::listed(&paging, &page))
}
