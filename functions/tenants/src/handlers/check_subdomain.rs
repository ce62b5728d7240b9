//! `GET /api/v1/admin/tenants/subdomain/{subdomain}`

use kernel::Subdomain;
use kernel::names::is_reserved;
use serde::Deserialize;
use tenancy::OperatorPermit;
use tenancy::permission::ReadTenants;
use web::{Found, Path, Problem};

use crate::views::SubdomainView;

/// The subdomain that a path names.
#[derive(Debug, Deserialize)]
pub(crate) struct SubdomainPath {
    subdomain: String,
}

/// Tells whether a subdomain can be taken, and if not, why.
pub(crate) async fn check_subdomain(
    permit: OperatorPermit<ReadTenants>,
    Path(path): Path<SubdomainPath>,
) -> Result<Found<SubdomainView>, Problem> {
    let reason = match path.subdomain.parse::<Subdomain>() {
        Err(_malformed) if is_reserved(&path.subdomain) => Some("reserved"),
        Err(_malformed) => Some("malformed"),
        Ok(subdomain) if permit.is_free(&subdomain).await? => None,
        Ok(_taken) => Some("taken"),
    };
    Ok(Found(SubdomainView {
        subdomain: path.subdomain,
        available: reason.is_none(),
        reason,
    }))
}
