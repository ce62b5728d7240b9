//! Changes a page's draft.

use tenancy::Permit;
use tenancy::permission::{EditContent, EditOwnContent};
use web::{Body, IfMatch, Path, Tagged};

use crate::domain::Status;
use crate::error::ContentError;
use crate::handlers::create_page::stamp;
use crate::handlers::get_page::show;
use crate::live::LiveSite;
use crate::records::{Content, PageRecord};
use crate::repository;
use crate::requests::{PageDraft, PagePath};
use crate::views::PageView;

/// Replaces a page's draft; what visitors see stays. A draft that is as it was is not written.
pub(crate) async fn update_page(
    permit: Permit<EditOwnContent>,
    Path(path): Path<PagePath>,
    if_match: IfMatch,
    Body(draft): Body<PageDraft>,
) -> Result<Tagged<PageView>, ContentError> {
    let before = repository::get(&permit, path.website, path.page).await?;
    let owner = before.created.by;
    let before = permit.own::<EditContent, _>(before, owner)?;
    let mut site = LiveSite::open(&permit, path.website).await?;
    let version = before.version();
    if_match
        .check(version)
        .map_err(|_other| ContentError::Stale)?;
    let draft = draft.read()?.changed_at(before.last_change().at);
    if draft.hash == before.hash() {
        let status = site.status_of(&before).await?;
        return show(&permit, &before, status).await;
    }
    let updated = stamp(&permit);
    let draft = draft.changed_at(updated.at);
    let was_public = before.published_at.is_some();
    let slug = draft.content.slug().clone();
    let (places, claims) = before.places().renamed(slug, was_public);
    let after = PageRecord {
        title: draft.content.title().to_owned(),
        content: Content::of(&draft),
        updated: Some(updated),
        ..before.record.clone()
    }
    .with_places(places);
    repository::update(&permit, &before, &after, &draft, &claims).await?;
    let live = site.places_of(&after.places()).await?;
    let status = Status::of(&after.slug, draft.hash, &live);
    let version = version.saturating_add(1);
    Ok(Tagged {
        version,
        view: PageView::new(&after, version, status).with_content(&draft.content),
    })
}
