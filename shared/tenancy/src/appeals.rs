//! Appeals: who runs a tenant that was suspended for what came from it says why it should not be. It must never know
//! what becomes of one.

use events::Event;
use jiff::Timestamp;
use kernel::limits::APPEAL_LIFE_S;
use kernel::time::plus_seconds;
use kernel::{PersonId, TenantId};

use crate::audit::Action;
use crate::change::{Change, CommitError};
use crate::context::RequestInfo;
use crate::identity::{Identity, themselves};
use crate::keys::AppealKey;
use crate::operator::OperatorPermit;
use crate::permission::ReadTenants;
use crate::record::Stored;
use crate::records::{AppealRecord, MembershipState, TenantRecord, TenantStatus};
use crate::role::Role;
use crate::storage::{Consistency, StorageError};

impl Identity {
    /// Appeals against the suspension of a tenant that began then, for somebody who still runs it. Returns whether that
    /// was possible: not where somebody did so before, and not where the suspension or the time for it is over.
    pub async fn appeal(
        &self,
        person: PersonId,
        (tenant, suspended_at): (TenantId, Timestamp),
        text: &str,
        request: &RequestInfo,
    ) -> Result<bool, CommitError> {
        let now = self.platform().now();
        let record = self.tenant(tenant).await?;
        let is_open = record.is_some_and(|record| is_suspended(&record, suspended_at))
            && now < plus_seconds(suspended_at, APPEAL_LIFE_S);
        let member = self.membership(person, tenant).await?;
        let runs_it = member.is_some_and(|member| {
            member.role == Role::TenantAdmin && member.state == MembershipState::Active
        });
        if !is_open || !runs_it {
            return Ok(false);
        }
        let appeal = AppealRecord {
            suspension: suspended_at.as_second(),
            appealed_by: person,
            appealed_at: now,
            text: text.to_owned(),
        };
        let context = self.acting_on(tenant, themselves(person), request.clone());
        let change = Change::new(&context, Action::Create).create(&appeal);
        let change = change.event(Event::SuspensionAppealed { person_id: person });
        match change.commit().await {
            Ok(()) => Ok(true),
            Err(error) if error.refused::<AppealKey>() => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl OperatorPermit<ReadTenants> {
    /// Reads the appeal against the suspension that a tenant is under, if there is one.
    pub async fn appeal(
        &self,
        tenant: &TenantRecord,
    ) -> Result<Option<Stored<AppealRecord>>, StorageError> {
        let Some(suspended_at) = tenant.suspended_at else {
            return Ok(None);
        };
        let context = self.acting_on(tenant.id);
        let key = AppealRecord::key_of(suspended_at);
        context.read(&key, Consistency::Strong).await
    }
}

fn is_suspended(tenant: &TenantRecord, since: Timestamp) -> bool {
    let since = Some(since.as_second());
    tenant.status == TenantStatus::Suspended
        && tenant.suspended_at.map(Timestamp::as_second) == since
}
