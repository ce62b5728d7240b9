//! What the proof that no tenant reaches another came to: the newest report, which every tenant can read.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::audit::Action;
use crate::change::{Change, CommitError};
use crate::keys::IsolationReportKey;
use crate::operator::OperatorPermit;
use crate::permission::{PublishReports, ReadAudit};
use crate::permit::Permit;
use crate::record::{Record, Stored};
use crate::storage::{Condition, StorageError};
use kernel::TenantId;

/// A signed report, as it was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IsolationReportRecord {
    /// The report with its signature, as JSON.
    pub signed: String,
    /// When it was taken in.
    pub received_at: Timestamp,
}

impl Record for IsolationReportRecord {
    type Key = IsolationReportKey;

    fn key(&self) -> Self::Key {
        IsolationReportKey {}
    }
}

impl Permit<ReadAudit> {
    /// Reads the newest report.
    pub async fn isolation_report(
        &self,
    ) -> Result<Option<Stored<IsolationReportRecord>>, StorageError> {
        let platform = self.context().platform();
        platform.find(&IsolationReportKey {}).await
    }
}

impl OperatorPermit<PublishReports> {
    /// Reads the newest report.
    pub async fn isolation_report(
        &self,
    ) -> Result<Option<Stored<IsolationReportRecord>>, StorageError> {
        let context = self.acting_on(TenantId::PLATFORM);
        context.platform().find(&IsolationReportKey {}).await
    }

    /// Puts a report in the place of the one that was read, or of none. It is noted in the platform's trail. Refused, if
    /// somebody else did so meanwhile.
    pub async fn publish_isolation_report(
        &self,
        before: Option<&Stored<IsolationReportRecord>>,
        report: &IsolationReportRecord,
    ) -> Result<(), CommitError> {
        let context = self.acting_on(TenantId::PLATFORM);
        let change = Change::new(&context, Action::ConfigChange);
        let change = match before {
            None => change.put_platform(report, Condition::Absent),
            Some(stored) => change.update_platform(stored, report),
        };
        let change = change.note(IsolationReportRecord::entity(), context.tenant());
        change.commit().await
    }
}
