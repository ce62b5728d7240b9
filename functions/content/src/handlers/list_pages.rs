//! Lists pages.

use tenancy::Permit;
use tenancy::keys::PageKey;
use tenancy::permission::ReadContent;
use web::{Listed, Paging, Path};

use crate::domain::Status;
use crate::error::ContentError;
use crate::live::LiveSite;
use crate::records::PageRecord;
use crate::repository;
use crate::requests::WebsitePath;
use crate::views::PageView;

/// Lists a website's pages without their bodies, in the order in which they were made.
pub(crate) async fn list_pages(
    permit: Permit<ReadContent>,
    Path(path): Path<WebsitePath>,
    paging: Paging,
) -> Result<Listed<PageView>, ContentError> {
    repository::require_website(&permit, path.website).await?;
    let partition = PageKey::partition_of(path.website);
    let slice = permit
        .list::<PageRecord>(&partition, paging.from.after.as_ref(), paging.limit)
        .await?;
    let mut live = LiveSite::open(&permit, path.website).await?;
    let places: Vec<_> = slice.records.iter().map(|page| page.places()).collect();
    let mut found = live.places_of_all(&places).await?.into_iter();
    Ok(paging.page(slice, |page| {
        let live = found.next().unwrap_or_default();
        PageView::listed(&page, Status::of(&page.slug, page.hash(), &live))
    }))
}
