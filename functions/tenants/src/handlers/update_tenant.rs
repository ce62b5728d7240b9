//! `PUT /api/v1/admin/tenants/{tenant}`

use events::Event;
use tenancy::permission::ManageTenants;
use tenancy::records::{TenantRecord, Tier};
use tenancy::{Action, OperatorPermit};
use web::{Body, FieldError, IfMatch, Path, Problem, Tagged};

use crate::handlers::{TenantPath, check_metadata, check_name, find, stale};
use crate::views::{TenantChange, TenantView};

/// Changes a tenant's name, its notes, and a custom tenant's quota. Everything else has an
/// operation of its own or never changes.
pub(crate) async fn update_tenant(
    permit: OperatorPermit<ManageTenants>,
    Path(path): Path<TenantPath>,
    if_match: IfMatch,
    Body(change): Body<TenantChange>,
) -> Result<Tagged<TenantView>, Problem> {
    let stored = find(&permit, path.tenant).await?;
    if_match.check(stored.version())?;
    let mut errors = Vec::new();
    check_name("/name", &change.name, &mut errors);
    check_metadata(&change.metadata, &mut errors);
    if change.quota.is_some() && stored.tier != Tier::Custom {
        let detail = "comes with the tier; only a tenant of tier `Custom` has its own";
        errors.push(FieldError::new("/quota", detail));
    }
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let tenant = TenantRecord {
        name: change.name.trim().to_owned(),
        metadata: change.metadata,
        quota: change.quota.map_or(stored.quota, Into::into),
        updated_at: permit.now(),
        ..stored.record.clone()
    };
    permit
        .replace(
            &stored,
            &tenant,
            Action::Update,
            Event::TenantUpdated {},
            None,
        )
        .await
        .map_err(stale)?;
    Ok(Tagged {
        version: stored.version() + 1,
        view: TenantView::of(&tenant),
    })
}
