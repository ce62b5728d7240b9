//! The hosts that the platform gives a website: each is one website's and nothing else.

use kernel::HostName;
use tenancy::audit::Action;
use tenancy::keys::HostKey;
use tenancy::records::HostRecord;

use crate::error::{Reason, StepError};
use crate::website::Work;

/// Claims them.
pub(super) async fn perform(work: Work<'_>) -> Result<(), StepError> {
    let tenant = work.active_tenant().await?;
    let website = work.website().await?;
    let mut change = work.permit.step(Action::Create);
    for host in work.hosts(&tenant, &website) {
        change = change.claim_host(&claim(&work, host));
    }
    let committed = change
        .with(|change| change.update(work.before, &work.after))
        .commit()
        .await;
    match committed {
        // Should the host be our own, because another worker was first or an answer was lost, then
        // the operation moved on as well, and cannot be failed as it was read.
        Err(error) if error.refused::<HostKey>() => {
            Err(StepError::Impossible(Reason::SubdomainTaken))
        }
        other => Ok(other?),
    }
}

/// Releases those that are the website's.
pub(super) async fn undo(work: Work<'_>) -> Result<(), StepError> {
    let (tenant, website) = (work.tenant().await?, work.website().await?);
    let mut change = work.permit.step(Action::Delete);
    for host in work.hosts(&tenant, &website) {
        if work.permit.holds_host(&host, work.website_id).await? {
            change = change.release_host(&claim(&work, host));
        }
    }
    change
        .with(|change| change.update(work.before, &work.after))
        .commit()
        .await?;
    Ok(())
}

fn claim(work: &Work<'_>, host: HostName) -> HostRecord {
    HostRecord {
        host,
        tenant_id: work.permit.tenant(),
        website_id: work.website_id,
    }
}
