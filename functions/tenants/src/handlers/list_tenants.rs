//! `GET /api/v1/admin/tenants`

use tenancy::OperatorPermit;
use tenancy::operator::TenantFilter;
use tenancy::permission::ReadTenants;
use tenancy::records::TenantStatus;
use web::{FieldError, Listed, Paging, Problem, Query};

use crate::domain::tier;
use crate::views::{TenantQuery, TenantSummary};

/// Lists tenants by name.
pub(crate) async fn list_tenants(
    permit: OperatorPermit<ReadTenants>,
    paging: Paging,
    Query(query): Query<TenantQuery>,
) -> Result<Listed<TenantSummary>, Problem> {
    let filter = filter(query)?;
    let slice = permit
        .tenants(&filter, paging.from.after.as_ref(), paging.limit)
        .await?;
    Ok(paging.page(slice, |tenant| TenantSummary::of(&tenant)))
}

fn filter(query: TenantQuery) -> Result<TenantFilter, Problem> {
    let mut errors = Vec::new();
    let status = query.status.and_then(|name| {
        let status = TenantStatus::of_name(&name);
        if status.is_none() {
            errors.push(FieldError::new("query:status", "is no status of a tenant"));
        }
        status
    });
    let tier = query.tier.and_then(|name| {
        let tier = tier::of_name(&name);
        if tier.is_none() {
            errors.push(FieldError::new("query:tier", "is no tier"));
        }
        tier
    });
    if errors.is_empty() {
        Ok(TenantFilter {
            status,
            tier,
            name: query.q,
        })
    } else {
        Err(Problem::invalid(errors))
    }
}
