//! Chooses the theme of a website.

use publication::Edit;
use tenancy::Permit;
use tenancy::audit::Action;
use tenancy::permission::ManageThemes;
use tenancy::records::WebsiteStatus;
use web::{Body, IfMatch, Path, Tagged};

use crate::domain::ThemeChoice;
use crate::error::WebsiteError;
use crate::requests::{NewTheme, WebsitePath};
use crate::site::{Live, Site, check};
use crate::views::ThemeView;

/// Chooses a theme and its settings: a release like any other. A choice that is live already
/// changes nothing.
pub(crate) async fn choose_theme(
    permit: Permit<ManageThemes>,
    Path(path): Path<WebsitePath>,
    if_match: IfMatch,
    Body(new): Body<NewTheme>,
) -> Result<Tagged<ThemeView>, WebsiteError> {
    let site = Site::read_undeleted(&permit, path.website).await?;
    let is_made = |live: &Live| live.pointer.status != WebsiteStatus::Provisioning;
    let Some(mut live) = site.live.filter(is_made) else {
        return Err(WebsiteError::NotNow("the website is still being made"));
    };
    check(&if_match, live.theme_version())?;
    let ThemeChoice {
        reference: theme,
        package,
    } = new.read()?;
    let edit = Edit {
        base: Some(live.pointer.tree_id),
        theme: Some(theme.clone()),
        objects: vec![package],
        ..Edit::new(format!("The theme is {}", theme.id), Action::Deploy)
    };
    let published = publication::publish(&permit, path.website, &edit, |change| change).await?;
    live.tree.theme = theme;
    Ok(Tagged {
        version: live.theme_version(),
        view: ThemeView::of(&live.tree.theme).with_release(published.release),
    })
}
