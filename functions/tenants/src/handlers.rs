//! One operation, one file.

pub(crate) mod activate_tenant;
pub(crate) mod check_subdomain;
pub(crate) mod create_tenant;
pub(crate) mod delete_tenant;
pub(crate) mod get_limits;
pub(crate) mod get_openapi;
pub(crate) mod get_operation;
pub(crate) mod get_problem;
pub(crate) mod get_profile;
pub(crate) mod get_tenant;
pub(crate) mod list_problems;
pub(crate) mod list_tenants;
mod move_tenant;
pub(crate) mod set_tenant_status;
pub(crate) mod set_tenant_tier;
pub(crate) mod suspend_tenant;
pub(crate) mod update_profile;
pub(crate) mod update_tenant;

use std::collections::BTreeMap;

use kernel::TenantId;
use kernel::limits::{METADATA_CHARS_MAX, METADATA_ENTRIES_MAX};
use kernel::names::read_title;
use serde::Deserialize;
use tenancy::records::TenantRecord;
use tenancy::{CommitError, OperatorPermission, OperatorPermit, Stored};
use web::{FieldError, Problem, ProblemType};

/// Attempts before somebody else's changes are in the way.
const ATTEMPTS_MAX: usize = 4;

/// The tenant that a path names.
#[derive(Debug, Deserialize)]
pub(crate) struct TenantPath {
    pub(crate) tenant: TenantId,
}

/// Reads the tenant that a path names.
async fn find<P: OperatorPermission>(
    permit: &OperatorPermit<P>,
    tenant: TenantId,
) -> Result<Stored<TenantRecord>, Problem> {
    permit
        .tenant(tenant)
        .await?
        .ok_or_else(|| Problem::new(ProblemType::NotFound))
}

/// A change that lost against another is one whose version was stale.
fn stale(error: CommitError) -> Problem {
    if matches!(error, CommitError::Refused(_)) {
        return Problem::new(ProblemType::PreconditionFailed);
    }
    error.into()
}

/// Notes what is wrong with a name.
fn check_name(pointer: &str, name: &str, errors: &mut Vec<FieldError>) {
    if let Err(error) = read_title(name) {
        errors.push(FieldError::new(pointer, error.to_string()));
    }
}

/// Refuses a reason that is too long.
fn check_reason(reason: Option<&str>) -> Result<(), Problem> {
    if reason.is_some_and(|reason| reason.chars().count() > METADATA_CHARS_MAX) {
        let detail = "must have at most 500 characters";
        return Err(Problem::invalid_field("/reason", detail));
    }
    Ok(())
}

/// Notes what is wrong with what operators note about a tenant.
fn check_metadata(metadata: &BTreeMap<String, String>, errors: &mut Vec<FieldError>) {
    if metadata.len() > METADATA_ENTRIES_MAX {
        errors.push(FieldError::new("/metadata", "must have at most 50 entries"));
    }
    let is_long = |text: &str| text.chars().count() > METADATA_CHARS_MAX;
    for (name, value) in metadata {
        let detail = if name.is_empty() || is_long(name) {
            "must have a name of 1 to 500 characters"
        } else if is_long(value) {
            "must have at most 500 characters"
        } else {
            continue;
        };
        let pointer = format!("/metadata{}", json::step(name));
        errors.push(FieldError::new(pointer, detail));
    }
}
