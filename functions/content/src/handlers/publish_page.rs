//! Publishes a page.

use publication::Outcome;
use tenancy::permission::PublishContent;
use tenancy::{Once, Permit, Stored};
use web::{Idempotent, IfMatch, Path, Repeatable, Tagged};

use crate::domain::Status;
use crate::error::ContentError;
use crate::handlers::get_page::read;
use crate::live::LiveSite;
use crate::records::PageRecord;
use crate::repository;
use crate::requests::PagePath;
use crate::views::PageView;

/// Publishes a page's draft: a release. A draft that is live already changes nothing.
pub(crate) async fn publish_page(
    permit: Permit<PublishContent>,
    Path(path): Path<PagePath>,
    if_match: Option<IfMatch>,
    Idempotent(once): Idempotent,
) -> Result<Repeatable<Tagged<PageView>>, ContentError> {
    let (before, mut site) = match open(&permit, &path, if_match, once).await? {
        Opened::First(opened) => *opened,
        Opened::Again(outcome) => return again(&permit, &path, &outcome).await,
    };
    let live = site.places_of(&before.places()).await?;
    let (places, claims) = before.places().published();
    let after = PageRecord {
        published_at: Some(permit.now()),
        ..before.record.clone()
    }
    .with_places(places);
    let outcome = repository::publish(&permit, &before, (&after, &claims), &live, once).await?;
    shown(&permit, &before, &after, &outcome, Status::Published).await
}

/// What a request to publish or take back begins with.
pub(crate) enum Opened<'a> {
    /// The page, and what is live on its website.
    First(Box<(Stored<PageRecord>, LiveSite<'a, PublishContent>)>),
    /// What came of the request when it was made before.
    Again(Outcome),
}

/// Reads a page, and what is live on its website, which must be made.
pub(crate) async fn open<'a>(
    permit: &'a Permit<PublishContent>,
    path: &PagePath,
    if_match: Option<IfMatch>,
    once: Option<Once>,
) -> Result<Opened<'a>, ContentError> {
    let page = repository::get(permit, path.website, path.page).await?;
    // After the page was read: if the request has not happened by now, what was read is from before
    // it, and may be held against the version that is meant.
    if let Some(outcome) = publication::replayed(permit, once.as_ref()).await? {
        return Ok(Opened::Again(outcome));
    }
    let site = LiveSite::open(permit, path.website).await?;
    if let Some(if_match) = if_match {
        let checked = if_match.check(page.version());
        checked.map_err(|_other| ContentError::Stale)?;
    }
    site.ready()?;
    Ok(Opened::First(Box::new((page, site))))
}

/// Shows a page after a publication, which wrote it only if the pointer moved.
pub(crate) async fn shown(
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
pub(crate) async fn again(
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
