//! Deletes a page.

use kernel::limits::PUBLISH_ATTEMPTS_MAX;
use tenancy::permission::{EditContent, EditOwnContent};
use tenancy::{Permit, StorageError};
use web::{IfMatch, NoContent, Path};

use crate::error::ContentError;
use crate::live::LiveSite;
use crate::repository;
use crate::requests::PagePath;

/// Deletes a page, and takes it off the website in the same moment.
pub(crate) async fn delete_page(
    permit: Permit<EditOwnContent>,
    Path(path): Path<PagePath>,
    if_match: IfMatch,
) -> Result<NoContent, ContentError> {
    let page = repository::get(&permit, path.website, path.page).await?;
    let owner = page.created.by;
    let page = permit.own::<EditContent, _>(page, owner)?;
    let mut site = LiveSite::open(&permit, path.website).await?;
    if_match
        .check(page.version())
        .map_err(|_other| ContentError::Stale)?;
    for _ in 0..PUBLISH_ATTEMPTS_MAX {
        let places = site.places_of(&page.places()).await?;
        if repository::delete(&permit, site.ready()?, &page, &places).await? {
            return Ok(NoContent);
        }
        site.read_again().await?;
    }
    Err(ContentError::Storage(StorageError::Contended))
}
