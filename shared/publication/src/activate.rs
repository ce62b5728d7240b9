//! Moving a pointer to a release that is there, back or forward, and opening or closing a website:
//! one transaction, whatever the website's size.

use events::{CacheTag, Event};
use kernel::limits::PUBLISH_ATTEMPTS_MAX;
use kernel::{ReleaseId, WebsiteId};
use tenancy::audit::Action;
use tenancy::keys::ReleaseKey;
use tenancy::records::WebsiteStatus;
use tenancy::{Change, CommitError, Mutates, Once, Permit, Stored};

use crate::error::PublishError;
use crate::live::{is_overtaken, live_pointer};
use crate::outcome::{Outcome, remember_unmoved};
use crate::publish::moved;
use crate::records::{PointerRecord, ReleaseRecord};

/// Makes `release` the live one; `once` is what makes the request repeatable, if it is.
pub async fn activate<P: Mutates>(
    permit: &Permit<P>,
    website: WebsiteId,
    release: ReleaseId,
    once: Option<Once>,
) -> Result<Outcome, PublishError> {
    for _ in 0..PUBLISH_ATTEMPTS_MAX {
        let pointer = live_pointer(permit, website).await?;
        let Some(stored) = permit
            .get::<ReleaseRecord>(&ReleaseKey { website, release })
            .await?
        else {
            return Err(PublishError::ReleaseNotFound);
        };
        if pointer.release_id == release {
            return remember_unmoved(permit, release, once).await;
        }
        let (next, record) = moved(permit, &pointer, &stored);
        let change = permit
            .change(Action::Rollback)
            .update(&pointer, &next)
            .attach(&record)
            // The sweeper takes the release away before its objects.
            .require(&ReleaseKey { website, release })
            .once(once, Outcome::moved(release))
            .event(Event::ReleaseActivated {
                website_id: website,
                release_id: release,
                purge: vec![CacheTag::website(website)],
            });
        match change.commit().await {
            Ok(()) => return Ok(Outcome::moved(release)),
            Err(CommitError::Replayed(first)) => return Ok(Outcome::replayed(&first)?),
            Err(error) if is_overtaken(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(PublishError::Contended)
}

/// Adds to a change that visitors are let in, or are not.
pub fn set_status<'a>(
    change: Change<'a>,
    pointer: &Stored<PointerRecord>,
    status: WebsiteStatus,
) -> Change<'a> {
    change.update(
        pointer,
        &PointerRecord {
            status,
            ..pointer.record.clone()
        },
    )
}
