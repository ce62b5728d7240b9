//! Support sessions: a tenant admin lets operators into the tenant, for a reason and for a while, and they act there
//! in the admin's name. It must never know what they do.

use kernel::{SupportId, TenantId};

use crate::actor::Actor;
use crate::audit::Action;
use crate::change::{Change, CommitError, Once};
use crate::context::TenantContext;
use crate::identity::{revocations, revoked_in};
use crate::keys::SupportKey;
use crate::members::MemberError;
use crate::operator::OperatorPermit;
use crate::permission::{ManageSupport, SupportTenants};
use crate::permit::{Permit, Position, Slice};
use crate::record::{Record, Stored};
use crate::records::{Revoked, SupportRecord};
use crate::storage::{Consistency, StorageError};

impl Permit<ManageSupport> {
    /// Lets operators in. `once` is what makes the request repeatable, if it is.
    pub async fn begin_support(
        &self,
        support: &SupportRecord,
        once: Option<Once>,
    ) -> Result<(), MemberError> {
        let actor = self.admin().await?;
        let change = self.change(Action::PermissionChange);
        let change = change.require_unchanged(&actor).create(support);
        let change = change.own(support.id).once(once, support.id);
        Ok(change.commit().await?)
    }

    /// Sends operators out, within a minute, of a session that must still be as it was read.
    pub async fn end_support(&self, stored: &Stored<SupportRecord>) -> Result<(), MemberError> {
        let actor = self.admin().await?;
        let now = self.now();
        let ended = SupportRecord {
            ended_at: Some(now),
            ..stored.record.clone()
        };
        let before = revocations(self.context()).await?;
        let change = self.change(Action::PermissionChange);
        let change = change.require_unchanged(&actor).update(stored, &ended);
        let revoked = Revoked::Support(stored.id);
        let change = revoked_in(change, before.as_ref(), revoked, now);
        Ok(change.commit().await?)
    }
}

impl OperatorPermit<SupportTenants> {
    /// Lists the support sessions of a tenant, the newest first, with those that have ended.
    pub async fn support_sessions(
        &self,
        tenant: TenantId,
        after: Option<&Position>,
        limit: usize,
    ) -> Result<Slice<SupportRecord>, StorageError> {
        let partition = SupportKey::partition_of();
        let context = self.acting_on(tenant);
        context.slice(&partition, after, limit, true).await
    }

    /// Reads a support session of a tenant.
    pub async fn support_session(
        &self,
        tenant: TenantId,
        support: SupportId,
    ) -> Result<Option<Stored<SupportRecord>>, StorageError> {
        let context = self.acting_on(tenant);
        let key = SupportKey { support };
        context.read(&key, Consistency::Strong).await
    }

    /// Notes that the operator enters a tenant in a support session, which must still be as it was read.
    pub async fn enter(
        &self,
        tenant: TenantId,
        support: &Stored<SupportRecord>,
    ) -> Result<(), CommitError> {
        let actor = Actor::Support {
            operator: self.person(),
            by: support.created_by,
        };
        let platform = self.acting_on(tenant).platform().clone();
        let context = TenantContext::new(platform, tenant, actor, self.request().clone());
        let change = Change::new(&context, Action::Login).require_unchanged(support);
        let change = change.note(SupportRecord::entity(), support.id);
        change.commit().await
    }
}
