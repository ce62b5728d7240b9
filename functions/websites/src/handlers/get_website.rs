//! Reads one website.

use tenancy::Permit;
use tenancy::permission::ReadWebsites;
use web::{Path, State, Tagged};

use crate::error::WebsiteError;
use crate::requests::WebsitePath;
use crate::site::Site;
use crate::state::AppState;
use crate::views::WebsiteView;

/// Reads one website; a deleted one too, as long as it can be brought back.
pub(crate) async fn get_website(
    permit: Permit<ReadWebsites>,
    Path(path): Path<WebsitePath>,
    State(state): State<AppState>,
) -> Result<Tagged<WebsiteView>, WebsiteError> {
    let site = Site::read(&permit, path.website).await?;
    Ok(show(&site, &state))
}

/// Shows a website with what is live.
pub(crate) fn show(site: &Site, state: &AppState) -> Tagged<WebsiteView> {
    let view = WebsiteView::of(&site.website, &state.addresses);
    Tagged {
        version: site.version(),
        view: site
            .live
            .iter()
            .fold(view, |view, live| view.with_tree(&live.tree)),
    }
}
