//! The routes: each with its permission, in its handler's first argument.

use web::ProblemType::{Conflict, IllegalTransition, QuotaExceeded, SubdomainTaken};
use web::{Method, Routes};

use crate::handlers::{
    activate_release, choose_theme, create_website, delete_website, diff_releases, get_release,
    get_theme, get_website, list_releases, list_websites, preview_release, update_website,
};
use crate::state::AppState;

const WEBSITES: &str = "/api/v1/websites";
const WEBSITE: &str = "/api/v1/websites/{website}";
const THEME: &str = "/api/v1/websites/{website}/theme";
const RELEASES: &str = "/api/v1/websites/{website}/releases";
const RELEASE: &str = "/api/v1/websites/{website}/releases/{release}";
const ACTIVATE: &str = "/api/v1/websites/{website}/releases/{release}/activate";
const PREVIEW: &str = "/api/v1/websites/{website}/releases/{release}/preview";
const DIFF: &str = "/api/v1/websites/{website}/releases/{a}/diff/{b}";

/// Returns the function's routes.
pub fn routes() -> Routes<AppState> {
    Routes::new()
        .on(&Method::POST, WEBSITES, create_website::create_website)
        .refusing(&[SubdomainTaken, QuotaExceeded])
        .on(&Method::GET, WEBSITES, list_websites::list_websites)
        .on(&Method::GET, WEBSITE, get_website::get_website)
        .on(&Method::PUT, WEBSITE, update_website::update_website)
        .refusing(&[SubdomainTaken, QuotaExceeded, IllegalTransition, Conflict])
        .on(&Method::DELETE, WEBSITE, delete_website::delete_website)
        .refusing(&[IllegalTransition, Conflict])
        .on(&Method::GET, THEME, get_theme::get_theme)
        .refusing(&[Conflict])
        .on(&Method::PUT, THEME, choose_theme::choose_theme)
        .refusing(&[Conflict])
        .on(&Method::GET, RELEASES, list_releases::list_releases)
        .on(&Method::GET, RELEASE, get_release::get_release)
        .on(&Method::POST, ACTIVATE, activate_release::activate_release)
        .refusing(&[Conflict])
        .on(&Method::POST, PREVIEW, preview_release::preview_release)
        .refusing(&[Conflict])
        .on(&Method::GET, DIFF, diff_releases::diff_releases)
}
