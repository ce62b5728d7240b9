//! Makes a release live.

use tenancy::Permit;
use tenancy::permission::ActivateReleases;
use web::{Found, Idempotent, Path, Repeatable};

use crate::error::WebsiteError;
use crate::handlers::get_release::read_release;
use crate::requests::ReleasePath;
use crate::site::{read_pointer, read_undeleted};
use crate::views::{ActivatedView, ReleaseView};

/// Makes a release live, back or forward. One that is live already stays so.
pub(crate) async fn activate_release(
    permit: Permit<ActivateReleases>,
    Path(path): Path<ReleasePath>,
    Idempotent(once): Idempotent,
) -> Result<Repeatable<Found<ActivatedView>>, WebsiteError> {
    read_undeleted(&permit, path.website).await?;
    let release = read_release(&permit, path.website, path.release).await?;
    let outcome = match publication::replayed(&permit, once.as_ref()).await? {
        Some(outcome) => outcome,
        None => publication::activate(&permit, path.website, path.release, once).await?,
    };
    let answer = |live| {
        Found(ActivatedView {
            release: ReleaseView::of(&release, live),
            is_moved: outcome.is_moved,
        })
    };
    if !outcome.is_replayed {
        return Ok(Repeatable::first(answer(Some(outcome.release))));
    }
    let pointer = read_pointer(&permit, path.website).await?;
    let live = pointer.map(|pointer| pointer.release_id);
    Ok(Repeatable::again(answer(live)))
}
