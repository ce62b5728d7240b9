//! Putting a page on its website and taking it off: what both operations share.

use kernel::limits::PUBLISH_ATTEMPTS_MAX;
use publication::Outcome;
use tenancy::permission::PublishContent;
use tenancy::{Once, Permit, StorageError, Stored};
use web::{IfMatch, Repeatable, Tagged};

use crate::domain::Status;
use crate::error::ContentError;
use crate::handlers::get_page::read;
use crate::live::LiveSite;
use crate::records::PageRecord;
use crate::repository;
use crate::requests::PagePath;
use crate::views::PageView;

/// Where a page is to be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Target {
    /// On its website, as its draft is.
    Website,
    /// Nowhere.
    Nowhere,
}

/// Makes a release in which the page is where it is to be; if it is there already, nothing changes.
/// Unless one version is meant, saving the page at the same moment is no reason to refuse, and
/// somebody else's release never is.
pub(super) async fn set_live(
    permit: &Permit<PublishContent>,
    path: &PagePath,
    if_match: Option<&IfMatch>,
    once: Option<Once>,
    target: Target,
) -> Result<Repeatable<Tagged<PageView>>, ContentError> {
    let is_any = if_match.is_none_or(IfMatch::is_any);
    let mut opened = None;
    for _ in 0..PUBLISH_ATTEMPTS_MAX {
        let page = repository::get(permit, path.website, path.page).await?;
        // After the page was read: if the request has not happened by now, what was read is from
        // before it, and may be held against the version that is meant.
        if let Some(outcome) = publication::replayed(permit, once.as_ref()).await? {
            return again(permit, path, &outcome).await;
        }
        let site = match &mut opened {
            Some(site) => {
                LiveSite::read_again(site).await?;
                site
            }
            none => none.insert(LiveSite::open(permit, path.website).await?),
        };
        if let Some(if_match) = if_match {
            let checked = if_match.check(page.version());
            checked.map_err(|_other| ContentError::Stale)?;
        }
        match try_set_live(permit, &page, site, once, target).await {
            Ok(None) => {}
            Err(ContentError::Stale) if is_any => {}
            Ok(Some(answer)) => return Ok(answer),
            Err(error) => return Err(error),
        }
    }
    Err(ContentError::Storage(StorageError::Contended))
}

/// Does it once, or nothing where somebody moved the pointer since the website was read.
async fn try_set_live(
    permit: &Permit<PublishContent>,
    before: &Stored<PageRecord>,
    site: &mut LiveSite<'_, PublishContent>,
    once: Option<Once>,
    target: Target,
) -> Result<Option<Repeatable<Tagged<PageView>>>, ContentError> {
    site.ready()?;
    let places = site.places_of(&before.places()).await?;
    let live = site.ready()?;
    let (outcome, after, status) = match target {
        Target::Website => {
            let bytes = repository::read_bytes(permit, before).await?;
            let (held, claims) = before.places().published();
            let after = PageRecord {
                published_at: Some(permit.now()),
                ..before.record.clone()
            }
            .with_places(held);
            let also = (&after, &claims);
            let published = repository::publish(live, before, also, &places, (bytes, once));
            (published.await?, after, Status::Published)
        }
        Target::Nowhere => {
            let (held, claims) = before.places().unpublished();
            let after = before.record.clone().with_places(held);
            let also = (&after, &claims);
            let taken_back = repository::unpublish(live, before, also, &places, once);
            (taken_back.await?, after, Status::Draft)
        }
    };
    match outcome {
        Some(outcome) => Ok(Some(shown(permit, before, &after, &outcome, status).await?)),
        None => Ok(None),
    }
}

/// Shows a page after a publication, which wrote it only if the pointer moved.
async fn shown(
    permit: &Permit<PublishContent>,
    before: &Stored<PageRecord>,
    after: &PageRecord,
    outcome: &Outcome,
    status: Status,
) -> Result<Repeatable<Tagged<PageView>>, ContentError> {
    if outcome.is_replayed {
        let path = PagePath {
            website: before.website_id,
            page: before.id,
        };
        return again(permit, &path, outcome).await;
    }
    let (page, version) = if outcome.is_moved {
        (after, before.version().saturating_add(1))
    } else {
        (&before.record, before.version())
    };
    let content = repository::read_content(permit, page).await?;
    Ok(Repeatable::first(Tagged {
        version,
        view: PageView::new(page, version, status)
            .with_content(&content)
            .with_release(outcome.release),
    }))
}

/// Answers a repeated request with the page as it is now, and the release that the first one made.
async fn again(
    permit: &Permit<PublishContent>,
    path: &PagePath,
    outcome: &Outcome,
) -> Result<Repeatable<Tagged<PageView>>, ContentError> {
    let Tagged { version, view } = read(permit, path.website, path.page).await?;
    Ok(Repeatable::again(Tagged {
        version,
        view: view.with_release(outcome.release),
    }))
}
