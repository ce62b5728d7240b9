//! The limits of the tenant's tier: the quota on its record, and a counter at zero for each thing
//! that the quota bounds.

use tenancy::audit::Action;
use tenancy::invitations::INVITATIONS;
use tenancy::keys::UsageKey;
use tenancy::records::{UsageRecord, WEBSITES};

use crate::error::StepError;
use crate::tenant::Work;

/// The counters that are made with a tenant. Others begin when something is first counted on them.
pub(super) const COUNTED: [&str; 2] = [WEBSITES, INVITATIONS];

/// Begins to count.
pub(super) async fn perform(work: Work<'_>) -> Result<(), StepError> {
    let mut change = work.permit.step(Action::ConfigChange);
    for what in COUNTED {
        change = change.with(|change| change.attach(&UsageRecord { what, count: 0 }));
    }
    change
        .registration(work.before, work.after)
        .commit()
        .await?;
    Ok(())
}

/// Ends it.
pub(super) async fn undo(work: Work<'_>) -> Result<(), StepError> {
    let mut change = work.permit.step(Action::ConfigChange);
    for what in COUNTED {
        change = change.with(|change| change.detach(&UsageKey { what }));
    }
    change
        .registration(work.before, work.after)
        .commit()
        .await?;
    Ok(())
}
