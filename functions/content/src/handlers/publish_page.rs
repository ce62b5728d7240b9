//! Publishes a page.

use kernel::ReleaseId;
use publication::Published;
use tenancy::permission::PublishContent;
use tenancy::{Permit, Stored};
use web::{IfMatch, Path, Tagged};

use crate::domain::Status;
use crate::error::ContentError;
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
) -> Result<Tagged<PageView>, ContentError> {
    let (before, mut site) = open(&permit, &path, if_match).await?;
    let live = site.places_of(&before.places()).await?;
    let (places, claims) = before.places().published();
    let after = PageRecord {
        published_at: Some(permit.now()),
        ..before.record.clone()
    }
    .with_places(places);
    let published = repository::publish(&permit, &before, (&after, &claims), &live).await?;
    shown(&permit, &before, &after, &published, Status::Published).await
}

/// Reads a page, and what is live on its website, which must be made.
pub(crate) async fn open<'a>(
    permit: &'a Permit<PublishContent>,
    path: &PagePath,
    if_match: Option<IfMatch>,
) -> Result<(Stored<PageRecord>, LiveSite<'a, PublishContent>), ContentError> {
    let page = repository::get(permit, path.website, path.page).await?;
    let site = LiveSite::open(permit, path.website).await?;
    if let Some(if_match) = if_match {
        let checked = if_match.check(page.version());
        checked.map_err(|_other| ContentError::Stale)?;
    }
    site.ready()?;
    Ok((page, site))
}

/// Shows a page after a publication, which wrote it only if the pointer moved.
pub(crate) async fn shown(
    permit: &Permit<PublishContent>,
    before: &Stored<PageRecord>,
    after: &PageRecord,
    published: &Published,
    status: Status,
) -> Result<Tagged<PageView>, ContentError> {
    let (page, version) = if published.is_moved {
        (after, before.version().saturating_add(1))
    } else {
        (&before.record, before.version())
    };
    let content = repository::read_content(permit, page).await?;
    let release: ReleaseId = published.release;
    Ok(Tagged {
        version,
        view: PageView::new(page, version, status)
            .with_content(&content)
            .with_release(release),
    })
}
