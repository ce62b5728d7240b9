//! `PUT /api/v1/admin/isolation-report`

use tenancy::isolation::IsolationReportRecord;
use tenancy::permission::PublishReports;
use tenancy::{CommitError, OperatorPermit};
use web::{Body, Problem, ProblemType, Tagged};

use crate::report::{IsolationReportView, SignedReport};

/// Attempts before others who publish at the same time are in the way.
const ATTEMPTS_MAX: usize = 4;

/// Takes in a report of the proof that no tenant reaches another, as `cargo x isolation` signs it. From then on it is the
/// one that tenants read. The same one again changes nothing.
pub(crate) async fn publish_isolation_report(
    permit: OperatorPermit<PublishReports>,
    Body(signed): Body<SignedReport>,
) -> Result<Tagged<IsolationReportView>, Problem> {
    let text = signed.to_text()?;
    for _ in 0..ATTEMPTS_MAX {
        let before = permit.isolation_report().await?;
        if let Some(stored) = before.as_ref().filter(|stored| stored.signed == text) {
            let (version, received_at) = (stored.version(), stored.received_at.to_string());
            let view = signed.view(received_at);
            return Ok(Tagged { version, view });
        }
        let report = IsolationReportRecord {
            signed: text.clone(),
            received_at: permit.now(),
        };
        match permit
            .publish_isolation_report(before.as_ref(), &report)
            .await
        {
            Ok(()) => {
                let version = before
                    .map_or(0, |stored| stored.version())
                    .saturating_add(1);
                let view = signed.view(report.received_at.to_string());
                return Ok(Tagged { version, view });
            }
            Err(CommitError::Refused(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::new(ProblemType::Conflict))
}
