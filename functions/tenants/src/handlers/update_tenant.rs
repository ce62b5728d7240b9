//! `PUT /api/v1/admin/tenants/{tenant}`

use events::Event;
use tenancy::permission::ManageTenants;
use tenancy::records::{TenantRecord, Tier};
use tenancy::{Action, Feature, FeatureSet, OperatorPermit};
use web::{Body, FieldError, IfMatch, Path, Problem, Tagged};

use crate::handlers::{TenantPath, check_metadata, check_name, find, stale};
use crate::views::{TenantChange, TenantView};

/// Changes a tenant's name, its notes, and a custom tenant's quota and features. Everything else has an
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
    let features = match &change.features {
        None => stored.agreed_features,
        Some(_) if stored.tier != Tier::Custom => {
            let detail = "come with the tier; only a tenant of tier `Custom` has its own";
            errors.push(FieldError::new("/features", detail));
            None
        }
        Some(names) => Some(read_features(names, &mut errors)),
    };
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let tenant = TenantRecord {
        name: change.name.trim().to_owned(),
        metadata: change.metadata,
        quota: change.quota.map_or(stored.quota, Into::into),
        agreed_features: features,
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
