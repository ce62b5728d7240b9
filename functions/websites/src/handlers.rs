//! The operations, one a file.

pub(crate) mod activate_release;
pub(crate) mod choose_theme;
pub(crate) mod create_website;
pub(crate) mod delete_website;
pub(crate) mod diff_releases;
pub(crate) mod get_release;
pub(crate) mod get_theme;
pub(crate) mod get_website;
pub(crate) mod list_releases;
pub(crate) mod list_websites;
pub(crate) mod preview_release;
pub(crate) mod update_website;
