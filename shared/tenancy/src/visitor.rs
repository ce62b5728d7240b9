//! The public's door: a host, and behind it one website.

use kernel::{HostName, WebsiteId};

use crate::actor::Actor;
use crate::context::{RequestInfo, TenantContext};
use crate::keys::{HostKey, TenantRecordKey};
use crate::permission::ReadPublished;
use crate::permit::Permit;
use crate::platform::Platform;
use crate::records::{HostRecord, TenantRecord, TenantStatus};
use crate::storage::{Consistency, StorageError};

/// A host that was found: whose website it is, and whether its tenant is in use. May be kept for a
/// while under its host.
#[derive(Debug, Clone)]
pub struct Visit {
    context: TenantContext,
    website: WebsiteId,
    status: TenantStatus,
}

impl Visit {
    /// Returns the website.
    pub fn website(&self) -> WebsiteId {
        self.website
    }

    /// Returns the tenant's status.
    pub fn tenant_status(&self) -> TenantStatus {
        self.status
    }

    /// Returns the one permission that visitors have.
    pub fn permit(&self) -> Permit<ReadPublished> {
        Permit::new(self.context.clone().within(self.website))
    }
}

impl Platform {
    /// Finds the website behind a host: two reads. A host that is nobody's is `None`.
    pub async fn visit(&self, host: &HostName) -> Result<Option<Visit>, StorageError> {
        let key = HostKey { host: host.clone() };
        let Some(host) = self.find::<HostRecord>(&key).await? else {
            return Ok(None);
        };
        let context = TenantContext::new(
            self.clone(),
            host.tenant_id,
            Actor::Visitor,
            RequestInfo::default(),
        );
        let tenant = context
            .read::<TenantRecord>(&TenantRecordKey {}, Consistency::Strong)
            .await?;
        Ok(tenant.map(|tenant| Visit {
            context,
            website: host.website_id,
            status: tenant.status,
        }))
    }
}
