//! The claim: the subdomain, the tenant's record, and the person who came with the registration.

use tenancy::audit::Action;

use crate::error::{Reason, StepError};
use crate::tenant::Work;

/// Finds the claim again, which was made with the operation.
pub(super) async fn perform(work: Work<'_>) -> Result<(), StepError> {
    let tenant = work.tenant().await?;
    if !work.permit.holds_subdomain(&tenant.subdomain).await? {
        return Err(StepError::Impossible(Reason::Unverified));
    }
    work.note().await
}

/// Takes the tenant off the platform, and the person who came for it and is in no other.
pub(super) async fn undo(work: Work<'_>) -> Result<(), StepError> {
    let operation = &work.before.0;
    let mut change = work.permit.step(Action::Delete);
    if let Some(tenant) = work.permit.tenant_record().await? {
        change = change.remove_tenant(&tenant);
        if work.permit.holds_subdomain(&tenant.subdomain).await? {
            change = change.release_subdomain(&tenant);
        }
    }
    if operation.is_new_person
        && let Some(person) = operation.person_id
        && let Some(person) = work.permit.person(person).await?
        && !work.permit.is_member_elsewhere(person.id).await?
    {
        change = change.forget_person(&person);
    }
    change
        .registration(work.before, work.after)
        .commit()
        .await?;
    Ok(())
}
