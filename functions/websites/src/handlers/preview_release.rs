//! Makes a link to a release.

use kernel::limits::PREVIEW_LIFE_S;
use kernel::time::plus_seconds;
use publication::Preview;
use tenancy::Permit;
use tenancy::permission::PreviewReleases;
use web::{Created, Path, State};

use crate::error::WebsiteError;
use crate::handlers::get_release::read_release;
use crate::requests::ReleasePath;
use crate::site::read_undeleted;
use crate::state::AppState;
use crate::views::PreviewView;

/// Links are signed and not kept: each has one version.
const VERSION: u64 = 1;

/// Makes a link that shows the whole website as it is in a release, for an hour.
pub(crate) async fn preview_release(
    permit: Permit<PreviewReleases>,
    Path(path): Path<ReleasePath>,
    State(state): State<AppState>,
) -> Result<Created<PreviewView>, WebsiteError> {
    let website = read_undeleted(&permit, path.website).await?;
    let release = read_release(&permit, path.website, path.release).await?;
    let Some(host) = website.hosts.first() else {
        return Err(WebsiteError::NotNow("the website is still being made"));
    };
    let preview = Preview {
        website_id: path.website,
        tree_id: release.tree_id,
        ends_at: plus_seconds(permit.now(), PREVIEW_LIFE_S),
    };
    let token = state.previews.seal(&preview);
    let url = format!("{}/_preview/{token}/", state.addresses.origin(host));
    Ok(Created {
        location: url.clone(),
        version: VERSION,
        view: PreviewView {
            url,
            expires_at: preview.ends_at,
        },
    })
}
