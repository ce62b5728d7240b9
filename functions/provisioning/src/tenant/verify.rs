//! The verification: everything that the steps before made is read back.

use tenancy::Role;
use tenancy::keys::{MembershipKey, UsageKey};
use tenancy::records::{MembershipRecord, MembershipState, TenantStatus, UsageRecord};

use crate::error::{Reason, StepError};
use crate::tenant::Work;
use crate::tenant::limits::COUNTED;

/// Reads everything back.
pub(super) async fn perform(work: Work<'_>) -> Result<(), StepError> {
    if is_complete(&work).await? {
        work.note().await
    } else {
        Err(StepError::Impossible(Reason::Unverified))
    }
}

async fn is_complete(work: &Work<'_>) -> Result<bool, StepError> {
    let (permit, Some(person)) = (work.permit, work.before.0.person_id) else {
        return Ok(false);
    };
    let tenant = work.tenant().await?;
    if tenant.id != permit.tenant() || tenant.status != TenantStatus::Provisioning {
        return Ok(false);
    }
    let found = permit.find(&tenant.subdomain, person).await?;
    if !(found.subdomain && found.person_tenant && found.storage) {
        return Ok(false);
    }
    let membership = permit
        .get::<MembershipRecord>(&MembershipKey { person })
        .await?;
    let is_admin = membership.is_some_and(|membership| {
        membership.role == Role::TenantAdmin && membership.state == MembershipState::Active
    });
    if !is_admin || permit.person(person).await?.is_none() {
        return Ok(false);
    }
    for what in COUNTED {
        if permit
            .get::<UsageRecord>(&UsageKey { what })
            .await?
            .is_none()
        {
            return Ok(false);
        }
    }
    Ok(true)
}
