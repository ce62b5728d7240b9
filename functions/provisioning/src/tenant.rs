//! The saga that makes a tenant. Its subdomain, record and operation were written before it begins.

mod activate;
mod claim;
mod limits;
mod member;
mod storage;
mod verify;

use kernel::OperationId;
use tenancy::audit::Action;
use tenancy::permission::Provision;
use tenancy::records::{OperationRecord, RegistrationRecord, TenantRecord};
use tenancy::{Permit, StorageError, Stored};

use crate::error::{Reason, StepError};
use crate::machine;
use crate::saga::Saga;

/// The making of one tenant.
pub(crate) struct TenantSaga {
    permit: Permit<Provision>,
    operation: OperationId,
}

/// What a step works on.
pub(crate) struct Work<'a> {
    permit: &'a Permit<Provision>,
    /// The operation as it was read.
    before: &'a Stored<RegistrationRecord>,
    /// The operation as the step leaves it.
    after: OperationRecord,
}

impl TenantSaga {
    pub(crate) fn new(permit: Permit<Provision>, operation: OperationId) -> Self {
        Self { permit, operation }
    }
}

impl Saga for TenantSaga {
    type Read = Stored<RegistrationRecord>;

    async fn read(&self) -> Result<Option<Self::Read>, StorageError> {
        self.permit.registration(self.operation).await
    }

    fn operation(read: &Self::Read) -> &OperationRecord {
        &read.record.0
    }

    async fn perform(&self, read: &Self::Read, position: usize) -> Result<(), StepError> {
        let now = self.permit.now();
        let work = Work::new(&self.permit, read, machine::done(&read.0, position, now));
        match read.0.steps.get(position).map(|step| step.name.as_str()) {
            Some("claim") => claim::perform(work).await,
            Some("member") => member::perform(work).await,
            Some("storage") => storage::perform(work).await,
            Some("limits") => limits::perform(work).await,
            Some("verify") => verify::perform(work).await,
            Some("activate") => activate::perform(work).await,
            other => Err(StepError::Unknown(other.unwrap_or_default().to_owned())),
        }
    }

    async fn undo(&self, read: &Self::Read, position: usize) -> Result<(), StepError> {
        let now = self.permit.now();
        let work = Work::new(&self.permit, read, machine::undone(&read.0, position, now));
        match read.0.steps.get(position).map(|step| step.name.as_str()) {
            Some("claim") => claim::undo(work).await,
            Some("member") => member::undo(work).await,
            Some("storage") => storage::undo(work).await,
            Some("limits") => limits::undo(work).await,
            // They make nothing that lasts unless they are the end.
            Some("verify" | "activate") => work.note().await,
            other => Err(StepError::Unknown(other.unwrap_or_default().to_owned())),
        }
    }

    async fn give_up(&self, read: &Self::Read) -> Result<(), StepError> {
        let after = machine::given_up(&read.0, self.permit.now());
        Work::new(&self.permit, read, after).note().await
    }

    async fn note(&self, read: &Self::Read, after: OperationRecord) -> Result<(), StepError> {
        Work::new(&self.permit, read, after).note().await
    }
}

impl<'a> Work<'a> {
    fn new(
        permit: &'a Permit<Provision>,
        before: &'a Stored<RegistrationRecord>,
        after: OperationRecord,
    ) -> Self {
        Self {
            permit,
            before,
            after,
        }
    }

    /// Notes that the step is done or undone, where its effect is not in the table.
    async fn note(self) -> Result<(), StepError> {
        let change = self.permit.step(Action::Update);
        change
            .registration(self.before, self.after)
            .commit()
            .await?;
        Ok(())
    }

    /// Reads the tenant, which is there until its claim is undone.
    async fn tenant(&self) -> Result<Stored<TenantRecord>, StepError> {
        self.permit
            .tenant_record()
            .await?
            .ok_or(StepError::Impossible(Reason::Unverified))
    }
}
