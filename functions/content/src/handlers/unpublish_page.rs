//! Takes a page off its website.

use tenancy::Permit;
use tenancy::permission::PublishContent;
use web::{Idempotent, IfMatch, Path, Repeatable, Tagged};

use crate::domain::Status;
use crate::error::ContentError;
use crate::handlers::publish_page::{again, open, shown};
use crate::repository;
use crate::requests::PagePath;
use crate::views::PageView;

/// Takes a page off its website: a release. A page that is not live stays as it is.
pub(crate) async fn unpublish_page(
    permit: Permit<PublishContent>,
    Path(path): Path<PagePath>,
    if_match: Option<IfMatch>,
    Idempotent(once): Idempotent,
) -> Result<Repeatable<Tagged<PageView>>, ContentError> {
    if let Some(published) = publication::replayed(&permit, once.as_ref()).await? {
        return again(&permit, &path, &published).await;
    }
    let (before, mut site) = open(&permit, &path, if_match).await?;
    let live = site.places_of(&before.places()).await?;
    let (places, claims) = before.places().unpublished();
    let after = before.record.clone().with_places(places);
    let published = repository::unpublish(&permit, &before, (&after, &claims), &live, once).await?;
    shown(&permit, &before, &after, &published, Status::Draft).await
}
