//! The verification: everything that the steps before made is read back.

use publication::{PointerRecord, ReleaseRecord};
use release::Tree;
use tenancy::keys::{PointerKey, ReleaseKey};

use crate::error::{Reason, StepError};
use crate::website::Work;

/// Reads everything back.
pub(super) async fn perform(work: Work<'_>) -> Result<(), StepError> {
    if is_complete(&work).await? {
        work.note().await
    } else {
        Err(StepError::Impossible(Reason::Unverified))
    }
}

async fn is_complete(work: &Work<'_>) -> Result<bool, StepError> {
    let (permit, website) = (work.permit, work.website_id);
    let (tenant, record) = (work.active_tenant().await?, work.website().await?);
    for host in work.hosts(&tenant, &record) {
        if !permit.holds_host(&host, website).await? {
            return Ok(false);
        }
    }
    let Some(pointer) = permit.get::<PointerRecord>(&PointerKey { website }).await? else {
        return Ok(false);
    };
    let release = pointer.release_id;
    let release = permit
        .get::<ReleaseRecord>(&ReleaseKey { website, release })
        .await?;
    if release.is_none_or(|release| release.tree_id != pointer.tree_id) {
        return Ok(false);
    }
    let tree = permit.objects(&[pointer.tree_id.hash()]).await?;
    let tree = tree.into_iter().flatten().next();
    let Some(tree) = tree.and_then(|bytes| Tree::decode(&bytes).ok()) else {
        return Ok(false);
    };
    let package = permit.objects(&[tree.theme.package]).await?;
    Ok(package.iter().all(Option::is_some))
}
