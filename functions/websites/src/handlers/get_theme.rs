//! Reads the theme of a website.

use tenancy::Permit;
use tenancy::permission::ReadWebsites;
use web::{Path, Tagged};

use crate::error::WebsiteError;
use crate::requests::WebsitePath;
use crate::site::Site;
use crate::views::ThemeView;

/// Reads the theme that is live, its settings, and what there is to choose from.
pub(crate) async fn get_theme(
    permit: Permit<ReadWebsites>,
    Path(path): Path<WebsitePath>,
) -> Result<Tagged<ThemeView>, WebsiteError> {
    let site = Site::read_undeleted(&permit, path.website).await?;
    let live = site
        .live
        .ok_or(WebsiteError::NotNow("the website is still being made"))?;
    Ok(Tagged {
        version: live.theme_version(),
        view: ThemeView::of(&live.tree.theme),
    })
}
