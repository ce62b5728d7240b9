//! `PUT /api/v1/admin/tenants/{tenant}`

use events::Event;
use tenancy::permission::ManageTenants;
use tenancy::rate_plan::RatePlan;
use tenancy::records::{TenantRecord, Tier};
use tenancy::{Action, Feature, FeatureSet, OperatorPermit};
use web::{Body, FieldError, IfMatch, Path, Problem, Tagged};

use crate::handlers::{TenantPath, check_metadata, check_name, find, stale};
use crate::views::{TenantChange, TenantView};

/// Changes a tenant's name, its notes, the plan that limits its requests, and a custom tenant's quota, features,
/// limits of requests and of abuse. Everything else has an operation of its own or never changes.
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
    let contract = read_contract(&stored, &change, &mut errors);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let tenant = TenantRecord {
        name: change.name.trim().to_owned(),
        metadata: change.metadata,
        updated_at: permit.now(),
        ..contract
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

/// Reads what is agreed with a tenant, and puts it in the place of what was.
fn read_contract(
    tenant: &TenantRecord,
    change: &TenantChange,
    errors: &mut Vec<FieldError>,
) -> TenantRecord {
    let mut agreed = tenant.clone();
    let asked = [
        ("/quota", change.quota.is_some()),
        ("/features", change.features.is_some()),
        ("/rateLimits", change.rate_limits.is_some()),
        ("/abuseLimits", change.abuse_limits.is_some()),
    ];
    if tenant.tier != Tier::Custom {
        let detail = "comes with the tier; only a tenant of tier `Custom` has its own";
        let asked = asked.iter().filter(|(_, is_asked)| *is_asked);
        errors.extend(asked.map(|(pointer, _)| FieldError::new(*pointer, detail)));
    }
    if let Some(quota) = change.quota {
        agreed.quota = quota.into();
    }
    if let Some(names) = &change.features {
        agreed.agreed_features = Some(read_features(names, errors));
    }
    if let Some(limits) = &change.rate_limits {
        agreed.agreed_rate_limits = Some(limits.read("/rateLimits", errors));
    }
    if let Some(limits) = change.abuse_limits {
        agreed.agreed_abuse_limits = Some(limits.into());
    }
    if let Some(name) = &change.rate_plan {
        match RatePlan::of_name(name) {
            Some(plan) => agreed.rate_plan = plan,
            None => errors.push(FieldError::new("/ratePlan", "is no rate plan")),
        }
    }
    agreed
}

/// Reads the names of features.
fn read_features(names: &[String], errors: &mut Vec<FieldError>) -> FeatureSet {
    let mut features = Vec::new();
    for (at, name) in names.iter().enumerate() {
        match Feature::of_name(name) {
            Some(feature) => features.push(feature),
            None => errors.push(FieldError::new(format!("/features/{at}"), "is no feature")),
        }
    }
    features.into_iter().collect()
}
