//! The saga that makes a website. Its record, quota and operation were written before it begins.

mod activate;
mod content;
mod hosts;
mod verify;

use std::sync::Arc;

use kernel::{HostName, OperationId, SiteAddresses, WebsiteId};
use tenancy::audit::Action;
use tenancy::keys::{OperationKey, SiteLabelKey, WebsiteKey};
use tenancy::permission::Provision;
use tenancy::records::{
    OperationRecord, TenantRecord, TenantStatus, WEBSITES, WebsiteRecord, WebsiteStatus,
};
use tenancy::{Permit, StorageError, Stored};

use crate::error::{Reason, StepError};
use crate::machine;
use crate::saga::Saga;

/// The making of one website.
pub(crate) struct WebsiteSaga {
    permit: Permit<Provision>,
    operation: OperationId,
    website: WebsiteId,
    addresses: Arc<SiteAddresses>,
}

/// What a step works on.
pub(crate) struct Work<'a> {
    permit: &'a Permit<Provision>,
    website_id: WebsiteId,
    addresses: &'a SiteAddresses,
    /// The operation as it was read.
    before: &'a Stored<OperationRecord>,
    /// The operation as the step leaves it.
    after: OperationRecord,
}

impl WebsiteSaga {
    pub(crate) fn new(
        permit: Permit<Provision>,
        operation: OperationId,
        website: WebsiteId,
        addresses: Arc<SiteAddresses>,
    ) -> Self {
        Self {
            permit,
            operation,
            website,
            addresses,
        }
    }

    fn work<'a>(&'a self, before: &'a Stored<OperationRecord>, after: OperationRecord) -> Work<'a> {
        Work {
            permit: &self.permit,
            website_id: self.website,
            addresses: &self.addresses,
            before,
            after,
        }
    }
}

impl Saga for WebsiteSaga {
    type Read = Stored<OperationRecord>;

    async fn read(&self) -> Result<Option<Self::Read>, StorageError> {
        let key = OperationKey {
            operation: self.operation,
        };
        let stored = self.permit.get::<OperationRecord>(&key).await?;
        Ok(stored.filter(|operation| operation.website_id == Some(self.website)))
    }

    fn operation(read: &Self::Read) -> &OperationRecord {
        &read.record
    }

    async fn perform(&self, read: &Self::Read, position: usize) -> Result<(), StepError> {
        let work = self.work(read, machine::done(read, position, self.permit.now()));
        match read.steps.get(position).map(|step| step.name.as_str()) {
            Some("hosts") => hosts::perform(work).await,
            Some("content") => content::perform(work).await,
            Some("verify") => verify::perform(work).await,
            Some("activate") => activate::perform(work).await,
            other => Err(StepError::Unknown(other.unwrap_or_default().to_owned())),
        }
    }

    async fn undo(&self, read: &Self::Read, position: usize) -> Result<(), StepError> {
        let work = self.work(read, machine::undone(read, position, self.permit.now()));
        match read.steps.get(position).map(|step| step.name.as_str()) {
            Some("hosts") => hosts::undo(work).await,
            Some("content") => content::undo(work).await,
            // They make nothing that lasts unless they are the end.
            Some("verify" | "activate") => work.note().await,
            other => Err(StepError::Unknown(other.unwrap_or_default().to_owned())),
        }
    }

    async fn give_up(&self, read: &Self::Read) -> Result<(), StepError> {
        let after = machine::given_up(read, self.permit.now());
        let mut change = self.permit.step(Action::Delete);
        let key = WebsiteKey {
            website: self.website,
        };
        if let Some(website) = self.permit.get::<WebsiteRecord>(&key).await? {
            change = change
                .with(|change| change.delete(&website).detach(&label(&website)))
                .disown(website.id);
            // One that was deleted meanwhile does not count any more.
            if website.status != WebsiteStatus::Deleted {
                change = change.with(|change| change.give_back(WEBSITES));
            }
        }
        change
            .with(|change| change.update(read, &after))
            .commit()
            .await?;
        Ok(())
    }

    async fn note(&self, read: &Self::Read, after: OperationRecord) -> Result<(), StepError> {
        self.work(read, after).note().await
    }
}

impl Work<'_> {
    /// Notes that the step is done or undone, where it changed nothing else.
    async fn note(self) -> Result<(), StepError> {
        self.permit
            .step(Action::Update)
            .with(|change| change.update(self.before, &self.after))
            .commit()
            .await?;
        Ok(())
    }

    /// Reads the website.
    async fn website(&self) -> Result<Stored<WebsiteRecord>, StepError> {
        self.permit
            .get::<WebsiteRecord>(&WebsiteKey {
                website: self.website_id,
            })
            .await?
            .ok_or(StepError::Impossible(Reason::Unverified))
    }

    /// Reads the tenant.
    async fn tenant(&self) -> Result<Stored<TenantRecord>, StepError> {
        self.permit
            .tenant_record()
            .await?
            .ok_or(StepError::Impossible(Reason::Unverified))
    }

    /// Reads the tenant, which must be active: nothing is made for one that is not.
    async fn active_tenant(&self) -> Result<Stored<TenantRecord>, StepError> {
        let tenant = self.tenant().await?;
        if tenant.status == TenantStatus::Active {
            Ok(tenant)
        } else {
            Err(StepError::Impossible(Reason::TenantInactive))
        }
    }

    /// Returns the hosts that the platform gives the website, the canonical one first.
    fn hosts(&self, tenant: &TenantRecord, website: &WebsiteRecord) -> [HostName; 2] {
        self.addresses.hosts(&website.subdomain, &tenant.subdomain)
    }
}

/// Names the claim on a website's label, which other websites of the tenant may take again.
fn label(website: &WebsiteRecord) -> SiteLabelKey {
    SiteLabelKey {
        label: website.subdomain.clone(),
    }
}
