//! `GET /api/v1/tenant/support-sessions/{support}`

use tenancy::Permit;
use tenancy::keys::SupportKey;
use tenancy::permission::ManageSupport;
use tenancy::records::SupportRecord;
use web::{Path, Problem, ProblemType, Tagged};

use crate::views::{SupportPath, SupportView};

/// Returns a support session.
pub(crate) async fn get_support(
    permit: Permit<ManageSupport>,
    Path(path): Path<SupportPath>,
) -> Result<Tagged<SupportView>, Problem> {
    let key = SupportKey {
        support: path.support,
    };
    let stored = permit.get::<SupportRecord>(&key).await?;
    let stored = stored.ok_or_else(|| Problem::new(ProblemType::NotFound))?;
    Ok(Tagged {
        version: stored.version(),
        view: SupportView::of(&stored, permit.now()),
    })
}
