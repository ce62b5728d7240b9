//! Makes a release live.

use tenancy::Permit;
use tenancy::permission::ActivateReleases;
use web::{Found, Path};

use crate::error::WebsiteError;
use crate::handlers::get_release::read_release;
use crate::requests::ReleasePath;
use crate::site::read_undeleted;
use crate::views::{ActivatedView, ReleaseView};

/// Makes a release live, back or forward. Doing it again changes nothing.
pub(crate) async fn activate_release(
    permit: Permit<ActivateReleases>,
    Path(path): Path<ReleasePath>,
) -> Result<Found<ActivatedView>, WebsiteError> {
    read_undeleted(&permit, path.website).await?;
    let release = read_release(&permit, path.website, path.release).await?;
    let published = publication::activate(&permit, path.website, path.release).await?;
    Ok(Found(ActivatedView {
        release: ReleaseView::of(&release, Some(published.release)),
        is_moved: published.is_moved,
    }))
}
