//! The end: the tenant is active.

use events::Event;
use tenancy::audit::Action;
use tenancy::records::{TenantRecord, TenantStatus};

use crate::error::StepError;
use crate::tenant::Work;

/// Lets the tenant in, with the event and the operation's end.
pub(super) async fn perform(work: Work<'_>) -> Result<(), StepError> {
    let stored = work.tenant().await?;
    let tenant = TenantRecord {
        status: TenantStatus::Active,
        updated_at: work.permit.now(),
        ..stored.record.clone()
    };
    let operation_id = work.before.0.id;
    work.permit
        .step(Action::ConfigChange)
        .tenant(&stored, &tenant)
        .with(|change| change.event(Event::TenantProvisioned { operation_id }))
        .registration(work.before, work.after)
        .commit()
        .await?;
    Ok(())
}
