//! The first member: the person who registered, as the tenant's admin.

use tenancy::audit::Action;
use tenancy::keys::MembershipKey;
use tenancy::records::{MembershipRecord, MembershipState};
use tenancy::{Role, WebsiteRoles};

use crate::error::{Reason, StepError};
use crate::tenant::Work;

/// Brings the person in.
pub(super) async fn perform(work: Work<'_>) -> Result<(), StepError> {
    let gone = || StepError::Impossible(Reason::PersonGone);
    let person = work.before.0.person_id.ok_or_else(gone)?;
    let person = work.permit.person(person).await?.ok_or_else(gone)?;
    let membership = MembershipRecord {
        person_id: person.id,
        role: Role::TenantAdmin,
        websites: WebsiteRoles::default(),
        state: MembershipState::Active,
        joined_at: work.permit.now(),
        email: person.email.clone(),
    };
    work.permit
        .step(Action::PermissionChange)
        .join(&membership, &person)
        .registration(work.before, work.after)
        .commit()
        .await?;
    Ok(())
}

/// Lets the person go.
pub(super) async fn undo(work: Work<'_>) -> Result<(), StepError> {
    let mut change = work.permit.step(Action::PermissionChange);
    if let Some(person) = work.before.0.person_id
        && let Some(membership) = work
            .permit
            .get::<MembershipRecord>(&MembershipKey { person })
            .await?
    {
        change = change.leave(&membership, &work.tenant().await?.record);
    }
    change
        .registration(work.before, work.after)
        .commit()
        .await?;
    Ok(())
}
