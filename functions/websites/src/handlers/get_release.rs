//! Reads one release.

use kernel::{ReleaseId, WebsiteId};
use publication::ReleaseRecord;
use tenancy::keys::ReleaseKey;
use tenancy::permission::ReadReleases;
use tenancy::{Permission, Permit, Stored};
use web::{Found, Path};

use crate::error::WebsiteError;
use crate::requests::ReleasePath;
use crate::site::{read_pointer, read_undeleted};
use crate::views::ReleaseView;

/// Reads one release.
pub(crate) async fn get_release(
    permit: Permit<ReadReleases>,
    Path(path): Path<ReleasePath>,
) -> Result<Found<ReleaseView>, WebsiteError> {
    read_undeleted(&permit, path.website).await?;
    let release = read_release(&permit, path.website, path.release).await?;
    let pointer = read_pointer(&permit, path.website).await?;
    let live = pointer.map(|pointer| pointer.release_id);
    Ok(Found(ReleaseView::of(&release, live)))
}

/// Reads a release that is there.
pub(crate) async fn read_release<P: Permission>(
    permit: &Permit<P>,
    website: WebsiteId,
    release: ReleaseId,
) -> Result<Stored<ReleaseRecord>, WebsiteError> {
    permit
        .get::<ReleaseRecord>(&ReleaseKey { website, release })
        .await?
        .ok_or(WebsiteError::NotFound)
}
