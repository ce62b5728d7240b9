//! What a tenant's items and objects are reached through, and what is noted where storage denies it.
//!
//! A denial is never the doing of who asks: it means that the platform made a key which its session for the tenant does
//! not reach. So it is kept where security is looked after: in the log, where it is counted, in the tenant's audit
//! trail, and as an event.

use events::Event;

use crate::audit::{Action, AuditRecord, STORAGE, Subject};
use crate::change::Change;
use crate::context::TenantContext;
use crate::storage::{Ports, StorageError, TransactError};

impl TenantContext {
    /// Returns storage as it is reached for the tenant.
    pub(crate) fn ports(&self) -> Ports {
        self.platform().storage.of(self.tenant())
    }

    /// Notes it where storage denied what was asked of it.
    pub(crate) async fn noted<T>(
        &self,
        answer: Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        match answer {
            Ok(answer) => Ok(answer),
            Err(error) => Err(self.note(error).await),
        }
    }

    /// Notes a denial, and returns the error as it was.
    pub(crate) async fn note(&self, error: StorageError) -> StorageError {
        let StorageError::Denied { operation } = error else {
            return error;
        };
        let storage = &self.platform().storage;
        // A session that is over, or taken back, is not used again.
        storage.renew(self.tenant());
        // A function that has no sessions writes no trail.
        if storage.has_sessions()
            && let Err(why) = self.write_denial(operation).await
        {
            tracing::error!(
                tenant.id = %self.tenant(),
                error = %why,
                "a denial is in no audit trail"
            );
        }
        error
    }

    async fn write_denial(&self, operation: &'static str) -> Result<(), TransactError> {
        let subject = Subject::named(STORAGE, operation);
        let entry = AuditRecord::new(self, Action::AccessDenied, subject);
        let change = Change::new(self, Action::AccessDenied).event(Event::AccessDenied {
            operation: operation.to_owned(),
        });
        let (_, writes) = change.noting(entry).finished()?;
        self.ports().table.transact(writes).await
    }
}
