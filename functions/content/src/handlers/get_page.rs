//! Reads one page.

use kernel::{PageId, WebsiteId};
use tenancy::permission::ReadContent;
use tenancy::{Permission, Permit, Stored};
use web::{Path, Tagged};

use crate::domain::Status;
use crate::error::ContentError;
use crate::live::LiveSite;
use crate::records::PageRecord;
use crate::repository;
use crate::requests::PagePath;
use crate::views::PageView;

/// Reads one page with its draft.
pub(crate) async fn get_page(
    permit: Permit<ReadContent>,
    Path(path): Path<PagePath>,
) -> Result<Tagged<PageView>, ContentError> {
    read(&permit, path.website, path.page).await
}

/// Reads one page as it is now.
pub(crate) async fn read<P: Permission>(
    permit: &Permit<P>,
    website: WebsiteId,
    page: PageId,
) -> Result<Tagged<PageView>, ContentError> {
    let page = repository::get(permit, website, page).await?;
    let status = LiveSite::open(permit, website)
        .await?
        .status_of(&page)
        .await?;
    show(permit, &page, status).await
}

/// Shows a page as it was read.
pub(crate) async fn show<P: Permission>(
    permit: &Permit<P>,
    page: &Stored<PageRecord>,
    status: Status,
) -> Result<Tagged<PageView>, ContentError> {
    let content = repository::read_content(permit, page).await?;
    Ok(Tagged {
        version: page.version(),
        view: PageView::listed(page, status).with_content(&content),
    })
}
