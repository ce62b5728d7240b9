//! Compares two releases.

use tenancy::Permit;
use tenancy::permission::ReadReleases;
use web::{Found, Paging, Path};

use crate::error::WebsiteError;
use crate::requests::DiffPath;
use crate::site::read_undeleted;
use crate::views::DifferenceView;

/// Says what differs from one release to another.
pub(crate) async fn diff_releases(
    permit: Permit<ReadReleases>,
    Path(path): Path<DiffPath>,
    paging: Paging,
) -> Result<Found<DifferenceView>, WebsiteError> {
    read_undeleted(&permit, path.website).await?;
    let difference = publication::diff_releases(
        &permit,
        path.website,
        (path.a, path.b),
        paging.from.after.as_ref(),
        paging.limit,
    )
    .await?;
    let next_cursor = paging.from.cursor(difference.next.as_ref());
    Ok(Found(DifferenceView::of(&difference, next_cursor)))
}
