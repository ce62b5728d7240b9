//! `GET /api/v1/tenant/isolation-report`

use tenancy::Permit;
use tenancy::permission::ReadAudit;
use web::{Problem, ProblemType, Tagged};

use crate::report::{IsolationReportView, SignedReport};

/// Gives the newest report of the proof that no tenant reaches another: what was asked, of which code, and what came of
/// it, signed.
pub(crate) async fn get_isolation_report(
    permit: Permit<ReadAudit>,
) -> Result<Tagged<IsolationReportView>, Problem> {
    let stored = permit.isolation_report().await?;
    let stored = stored.ok_or_else(|| Problem::new(ProblemType::NotFound))?;
    let signed: SignedReport = serde_json::from_str(&stored.signed)
        .map_err(|_unreadable| tenancy::StorageError::Corrupt)?;
    Ok(Tagged {
        version: stored.version(),
        view: signed.view(stored.received_at.to_string()),
    })
}
