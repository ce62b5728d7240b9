//! Lists releases.

use tenancy::Permit;
use tenancy::permission::ReadReleases;
use web::{Listed, Paging, Path};

use crate::error::WebsiteError;
use crate::requests::WebsitePath;
use crate::site::{read_pointer, read_undeleted};
use crate::views::ReleaseView;

/// Lists a website's releases, the newest first.
pub(crate) async fn list_releases(
    permit: Permit<ReadReleases>,
    Path(path): Path<WebsitePath>,
    paging: Paging,
) -> Result<Listed<ReleaseView>, WebsiteError> {
    read_undeleted(&permit, path.website).await?;
    let pointer = read_pointer(&permit, path.website).await?;
    let live = pointer.map(|pointer| pointer.release_id);
    let slice = publication::list_releases(
        &permit,
        path.website,
        paging.from.after.as_ref(),
        paging.limit,
    )
    .await?;
    Ok(paging.page(slice, |release| ReleaseView::of(&release, live)))
}
