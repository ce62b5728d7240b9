//! Putting a page on its website and taking it off: what both operations share.

use publication::Outcome;
use tenancy::permission::PublishContent;
use tenancy::{Once, Permit, Stored};
use web::{IfMatch, Repeatable, Tagged};

use crate::domain::Status;
use crate::error::ContentError;
use crate::handlers::get_page::read;
use crate::live::LiveSite;
use crate::records::PageRecord;
use crate::repository;
use crate::requests::PagePath;
use crate::views::PageView;

/// Attempts before those who save the page are in the way.
const ATTEMPTS_MAX: usize = 10;

/// Where a page is to be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Target {
    /// On its website, as its draft is.
    Website,
    /// Nowhere.
    Nowhere,
}

/// Makes a release in which the page is where it is to be; if it is there already, nothing changes.
/// Unless one version is meant, saving the page at the same moment is no reason to refuse.
pub(super) async fn set_live(
    permit: &Permit<PublishContent>,
    path: &PagePath,
    if_match: Option<&IfMatch>,
    once: Option<Once>,
    target: Target,
) -> Result<Repeatable<Tagged<PageView>>, ContentError> {
    let is_any = if_match.is_none_or(IfMatch::is_any);
    let mut attempts_left = if is_any { ATTEMPTS_MAX } else { 1 };
    loop {
        attempts_left -= 1;
        match try_set_live(permit, path, if_match, once, target).await {
            Err(ContentError::Stale) if attempts_left > 0 => {}
            answer => return answer,
        }
    }
}

async fn try_set_live(
    permit: &Permit<PublishContent>,
    path: &PagePath,
    if_match: Option<&IfMatch>,
    once: Option<Once>,
    target: Target,
) -> Result<Repeatable<Tagged<PageView>>, ContentError> {
    let (before, mut site) = match open(permit, path, if_match, once).await? {
        Opened::First(opened) => *opened,
        Opened::Again(outcome) => return again(permit, path, &outcome).await,
    };
    let live = site.places_of(&before.places()).await?;
    match target {
        Target::Website => {
            let (places, claims) = before.places().published();
            let after = PageRecord {
                published_at: Some(permit.now()),
                ..before.record.clone()
            }
            .with_places(places);
            let also = (&after, &claims);
            let outcome = repository::publish(permit, &before, also, &live, once).await?;
            shown(permit, &before, &after, &outcome, Status::Published).await
        }
        Target::Nowhere => {
            let (places, claims) = before.places().unpublished();
            let after = before.record.clone().with_places(places);
            let also = (&after, &claims);
            let outcome = repository::unpublish(permit, &before, also, &live, once).await?;
            shown(permit, &before, &after, &outcome, Status::Draft).await
        }
    }
}

/// What a request to publish or take back begins with.
enum Opened<'a> {
    /// The page, and what is live on its website.
    First(Box<(Stored<PageRecord>, LiveSite<'a, PublishContent>)>),
    /// What came of the request when it was made before.
    Again(Outcome),
}

/// Reads a page, and what is live on its website, which must be made.
async fn open<'a>(
    permit: &'a Permit<PublishContent>,
    path: &PagePath,
    if_match: Option<&IfMatch>,
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
