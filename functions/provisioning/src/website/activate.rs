//! The end: visitors are let in.

use events::Event;
use publication::PointerRecord;
use tenancy::audit::Action;
use tenancy::keys::PointerKey;
use tenancy::records::{WebsiteRecord, WebsiteStatus};

use crate::error::{Reason, StepError};
use crate::website::Work;

/// Opens the website, with the event and the operation's end. One that was deleted while it was
/// made stays deleted, and can be brought back whole.
pub(super) async fn perform(work: Work<'_>) -> Result<(), StepError> {
    let tenant = work.active_tenant().await?;
    let stored = work.website().await?;
    let website_id = work.website_id;
    let pointer = work
        .permit
        .get::<PointerRecord>(&PointerKey {
            website: website_id,
        })
        .await?
        .ok_or(StepError::Impossible(Reason::Unverified))?;
    let status = if stored.status == WebsiteStatus::Provisioning {
        WebsiteStatus::Active
    } else {
        stored.status
    };
    let mut hosts = stored.hosts.clone();
    for host in work.hosts(&tenant, &stored).into_iter().rev() {
        if !hosts.contains(&host) {
            hosts.insert(0, host);
        }
    }
    let website = WebsiteRecord {
        status,
        hosts,
        updated_at: work.permit.now(),
        ..stored.record.clone()
    };
    work.permit
        .step(Action::ConfigChange)
        .with(|change| change.update(&stored, &website).require_unchanged(&tenant))
        .with(|change| publication::set_status(change, &pointer, status))
        .with(|change| change.event(Event::WebsiteProvisioned { website_id }))
        .with(|change| change.update(work.before, &work.after))
        .commit()
        .await?;
    Ok(())
}
