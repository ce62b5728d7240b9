//! The routes: each with its permission, in its handler's first argument, and with an alias.

use web::ProblemType::{Conflict, PreconditionFailed, SlugTaken};
use web::{Method, Routes};

use crate::handlers::{
    create_page, delete_page, get_page, list_pages, publish_page, unpublish_page, update_page,
};

const PAGES: [&str; 2] = [
    "/api/v1/websites/{website}/pages",
    "/api/v1/websites/{website}/content/pages",
];
const PAGE: [&str; 2] = [
    "/api/v1/websites/{website}/pages/{page}",
    "/api/v1/websites/{website}/content/pages/{page}",
];
const PUBLISH: [&str; 2] = [
    "/api/v1/websites/{website}/pages/{page}/publish",
    "/api/v1/websites/{website}/content/pages/{page}/publish",
];
const UNPUBLISH: [&str; 2] = [
    "/api/v1/websites/{website}/pages/{page}/unpublish",
    "/api/v1/websites/{website}/content/pages/{page}/unpublish",
];

/// Returns the function's routes.
pub fn routes() -> Routes<()> {
    Routes::new()
        .on_with_alias(&Method::POST, PAGES, create_page::create_page)
        .refusing(&[SlugTaken])
        .on_with_alias(&Method::GET, PAGES, list_pages::list_pages)
        .on_with_alias(&Method::GET, PAGE, get_page::get_page)
        .on_with_alias(&Method::PUT, PAGE, update_page::update_page)
        .refusing(&[SlugTaken])
        .on_with_alias(&Method::DELETE, PAGE, delete_page::delete_page)
        .refusing(&[Conflict])
        .on_with_alias(&Method::POST, PUBLISH, publish_page::publish_page)
        .refusing(&[Conflict, PreconditionFailed])
        .on_with_alias(&Method::POST, UNPUBLISH, unpublish_page::unpublish_page)
        .refusing(&[Conflict, PreconditionFailed])
}
