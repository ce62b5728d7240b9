//! Takes a page off its website.

use tenancy::Permit;
use tenancy::permission::PublishContent;
use web::{Idempotent, IfMatch, Path, Repeatable, Tagged};

use crate::domain::Status;
use crate::error::ContentError;
use crate::handlers::publish_page::{Opened, again, open, shown};
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
    let (before, mut site) = match open(&permit, &path, if_match, once).await? {
        Opened::First(opened) => *opened,
        Opened::Again(outcome) => return again(&permit, &path, &outcome).await,
    };
    let live = site.places_of(&before.places()).await?;
    let (places, claims) = before.places().unpublished();
    let after = before.record.clone().with_places(places);
    let outcome = repository::unpublish(&permit, &before, (&after, &claims), &live, once).await?;
    shown(&permit, &before, &after, &outcome, Status::Draft).await
}
