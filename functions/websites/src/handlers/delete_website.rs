//! Deletes a website.

use kernel::limits::UNDO_LIFE_S;
use kernel::time::plus_seconds;
use tenancy::Permit;
use tenancy::permission::ManageWebsites;
use tenancy::records::{WebsiteRecord, WebsiteStatus};
use web::{IfMatch, NoContent, Path};

use crate::domain::IllegalTransition;
use crate::error::WebsiteError;
use crate::repository;
use crate::requests::WebsitePath;
use crate::site::Site;

/// Deletes a website: gone for visitors at once, and to be brought back for thirty days. What the
/// platform closed stays as it is, or bringing it back would open it.
pub(crate) async fn delete_website(
    permit: Permit<ManageWebsites>,
    Path(path): Path<WebsitePath>,
    if_match: IfMatch,
) -> Result<NoContent, WebsiteError> {
    let site = Site::read(&permit, path.website).await?;
    site.check(&if_match)?;
    let (before, to, now) = (&site.website, WebsiteStatus::Deleted, permit.now());
    match before.status {
        WebsiteStatus::Deleted => return Ok(NoContent),
        from @ WebsiteStatus::Suspended => return Err(IllegalTransition { from, to }.into()),
        WebsiteStatus::Provisioning | WebsiteStatus::Active | WebsiteStatus::Maintenance => {}
    }
    let after = WebsiteRecord {
        status: to,
        updated_at: now,
        purge_at: Some(plus_seconds(now, UNDO_LIFE_S)),
        ..before.record.clone()
    };
    let pointer = site.live.as_ref().map(|live| &live.pointer);
    repository::delete(&permit, before, pointer, &after).await?;
    Ok(NoContent)
}
