//! The operations, one a file.

pub(crate) mod create_page;
pub(crate) mod delete_page;
pub(crate) mod get_page;
pub(crate) mod list_pages;
pub(crate) mod publish_page;
mod set_live;
pub(crate) mod unpublish_page;
pub(crate) mod update_page;
