//! Deletes a page.

use tenancy::Permit;
use tenancy::permission::EditContent;
use web::{IfMatch, NoContent, Path};

use crate::error::ContentError;
use crate::live::LiveSite;
use crate::repository;
use crate::requests::PagePath;

/// Deletes a page, and takes it off the website in the same moment.
pub(crate) async fn delete_page(
    permit: Permit<EditContent>,
    Path(path): Path<PagePath>,
    if_match: IfMatch,
) -> Result<NoContent, ContentError> {
    let page = repository::get(&permit, path.website, path.page).await?;
    let mut site = LiveSite::open(&permit, path.website).await?;
    if_match
        .check(page.version())
        .map_err(|_other| ContentError::Stale)?;
    let live = site.places_of(&page.places()).await?;
    repository::delete(&permit, &page, &live).await?;
    Ok(NoContent)
}
