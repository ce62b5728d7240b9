//! Takes a page off its website.

use tenancy::Permit;
use tenancy::permission::PublishContent;
use web::{IfMatch, Path, Tagged};

use crate::domain::Status;
use crate::error::ContentError;
use crate::handlers::publish_page::{open, shown};
use crate::repository;
use crate::requests::PagePath;
use crate::views::PageView;

/// Takes a page off its website: a release. A page that is not live stays as it is.
pub(crate) async fn unpublish_page(
    permit: Permit<PublishContent>,
    Path(path): Path<PagePath>,
    if_match: Option<IfMatch>,
) -> Result<Tagged<PageView>, ContentError> {
    let (before, mut site) = open(&permit, &path, if_match).await?;
    let live = site.places_of(&before.places()).await?;
    let (places, claims) = before.places().unpublished();
    let after = before.record.clone().with_places(places);
    let published = repository::unpublish(&permit, &before, (&after, &claims), &live).await?;
    shown(&permit, &before, &after, &published, Status::Draft).await
}
