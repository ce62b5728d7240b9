//! `GET /api/v1/tenant/limits`

use futures_util::future::try_join3;
use tenancy::Permit;
use tenancy::keys::UsageKey;
use tenancy::permission::ReadTenant;
use tenancy::records::{TrafficRecord, UsageRecord, WEBSITES};
use web::{Found, Problem, ProblemType};

use crate::views::LimitsView;

/// Gives the limits of the caller's tenant, and how much of them is left.
pub(crate) async fn get_limits(permit: Permit<ReadTenant>) -> Result<Found<LimitsView>, Problem> {
    let now = permit.now();
    let today = TrafficRecord::key_of(None, now);
    let websites = UsageKey { what: WEBSITES };
    let (tenant, today, websites) = try_join3(
        permit.tenant_record(),
        permit.get::<TrafficRecord>(&today),
        permit.get::<UsageRecord>(&websites),
    )
    .await?;
    let tenant = tenant.ok_or_else(|| Problem::new(ProblemType::NotFound))?;
    let today = today.map(|today| today.record.traffic);
    let websites = websites.map_or(0, |counted| counted.count);
    Ok(Found(LimitsView::of(
        &tenant,
        today.as_ref(),
        websites,
        now,
    )))
}
