//! Changes a website: its name, its status, its configuration.

use publication::Edit;
use tenancy::Permit;
use tenancy::audit::Action;
use tenancy::permission::ManageWebsites;
use tenancy::records::{WebsiteRecord, WebsiteStatus};
use web::{Body, IfMatch, Path, State, Tagged};

use crate::domain::{Configuration, Transition, transition};
use crate::error::WebsiteError;
use crate::handlers::get_website::show;
use crate::repository;
use crate::requests::{WebsiteChange, WebsitePath, Wish};
use crate::site::{Live, Site};
use crate::state::AppState;
use crate::views::WebsiteView;

/// Changes a website. What pages show of it is part of a release, and so a change of it is one.
pub(crate) async fn update_website(
    permit: Permit<ManageWebsites>,
    Path(path): Path<WebsitePath>,
    if_match: IfMatch,
    Body(change): Body<WebsiteChange>,
    State(state): State<AppState>,
) -> Result<Tagged<WebsiteView>, WebsiteError> {
    let site = Site::read(&permit, path.website).await?;
    site.check(&if_match)?;
    let wish = change.read()?;
    let Some(live) = site.live.as_ref().filter(|live| is_made(&site, live)) else {
        return Err(WebsiteError::NotNow("the website is still being made"));
    };
    match transition(site.website.status, wish.status)? {
        Transition::Restore => restore(&permit, &site, live, &wish).await?,
        Transition::Stay => change_to(&permit, &site, live, &wish, site.website.status).await?,
        Transition::Become(status) => change_to(&permit, &site, live, &wish, status).await?,
    }
    let site = Site::read(&permit, path.website).await?;
    Ok(show(&site, &state))
}

/// Returns whether the saga is through with the website.
fn is_made(site: &Site, live: &Live) -> bool {
    site.website.status != WebsiteStatus::Provisioning
        && live.pointer.status != WebsiteStatus::Provisioning
}

async fn change_to(
    permit: &Permit<ManageWebsites>,
    site: &Site,
    live: &Live,
    wish: &Wish,
    status: WebsiteStatus,
) -> Result<(), WebsiteError> {
    let before = &site.website;
    if before.status == WebsiteStatus::Deleted {
        return Err(WebsiteError::NotNow("a deleted website cannot be changed"));
    }
    let after = WebsiteRecord {
        name: wish.name.clone(),
        status,
        updated_at: permit.now(),
        ..before.record.clone()
    };
    let configuration = wish
        .configuration
        .clone()
        .unwrap_or_else(|| Configuration::of_settings(&live.tree.config));
    let config = configuration
        .to_settings(&wish.name)
        .map_err(|error| WebsiteError::Invalid(vec![error]))?;
    if config != live.tree.config {
        let edit = Edit {
            base: Some(live.pointer.tree_id),
            status: Some(status),
            config: Some(config),
            ..Edit::new("The website's settings changed", Action::ConfigChange)
        };
        return repository::publish(permit, &edit, before, &after).await;
    }
    if before.name == after.name && before.status == after.status {
        return Ok(());
    }
    Ok(repository::update(permit, before, Some(&live.pointer), &after).await?)
}

/// Brings a deleted website back as it was: a release cannot be made while it is away.
async fn restore(
    permit: &Permit<ManageWebsites>,
    site: &Site,
    live: &Live,
    wish: &Wish,
) -> Result<(), WebsiteError> {
    let before = &site.website;
    if wish.name != before.name || wish.configuration.is_some() {
        return Err(WebsiteError::NotNow(
            "a deleted website is brought back first, and changed then",
        ));
    }
    let tenant = permit
        .tenant_record()
        .await?
        .ok_or(WebsiteError::NotFound)?;
    let after = WebsiteRecord {
        status: WebsiteStatus::Active,
        purge_at: None,
        updated_at: permit.now(),
        ..before.record.clone()
    };
    let websites_max = tenant.quota.max_websites;
    Ok(repository::restore(permit, before, &live.pointer, &after, websites_max).await?)
}
