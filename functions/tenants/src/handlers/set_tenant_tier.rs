//! `PUT /api/v1/admin/tenants/{tenant}/tier`

use events::Event;
use tenancy::permission::ManageTenants;
use tenancy::records::TenantRecord;
use tenancy::{Action, CommitError, OperatorPermit};
use web::{Body, Path, Problem, ProblemType, Tagged};

use crate::domain::tier;
use crate::handlers::{ATTEMPTS_MAX, TenantPath, find};
use crate::views::{TenantView, TierChange};

/// Changes what a tenant pays for, and with it its quota and its features. What is used beyond a smaller quota
/// stays; no more is given.
pub(crate) async fn set_tenant_tier(
    permit: OperatorPermit<ManageTenants>,
    Path(path): Path<TenantPath>,
    Body(change): Body<TierChange>,
) -> Result<Tagged<TenantView>, Problem> {
    let tier =
        tier::of_name(&change.tier).ok_or_else(|| Problem::invalid_field("/tier", "is no tier"))?;
    for _ in 0..ATTEMPTS_MAX {
        let stored = find(&permit, path.tenant).await?;
        if stored.tier == tier {
            return Ok(Tagged {
                version: stored.version(),
                view: TenantView::of(&stored),
            });
        }
        let tenant = TenantRecord {
            tier,
            quota: tier.quota(),
            agreed_features: None,
            agreed_rate_limits: None,
            agreed_abuse_limits: None,
            updated_at: permit.now(),
            ..stored.record.clone()
        };
        let event = Event::TenantUpdated {};
        match permit
            .replace(&stored, &tenant, Action::ConfigChange, event, None)
            .await
        {
            Ok(()) => {
                return Ok(Tagged {
                    version: stored.version() + 1,
                    view: TenantView::of(&tenant),
                });
            }
            Err(CommitError::Refused(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::new(ProblemType::Conflict))
}
