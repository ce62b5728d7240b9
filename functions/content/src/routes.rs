//! The routes: each with its permission, in its handler's first argument. Every page has two
//! addresses, with the same handlers behind both.

use web::ProblemType::{Conflict, PreconditionFailed, SlugTaken};
use web::{Method, Routes};

use crate::handlers::{
    create_page, delete_page, get_page, list_pages, publish_page, unpublish_page, update_page,
};

/// The paths of one spelling.
struct Spelling {
    pages: &'static str,
    page: &'static str,
    publish: &'static str,
    unpublish: &'static str,
}

const SPELLINGS: [Spelling; 2] = [
    Spelling {
        pages: "/api/v1/websites/{website}/pages",
        page: "/api/v1/websites/{website}/pages/{page}",
        publish: "/api/v1/websites/{website}/pages/{page}/publish",
        unpublish: "/api/v1/websites/{website}/pages/{page}/unpublish",
    },
    Spelling {
        pages: "/api/v1/websites/{website}/content/pages",
        page: "/api/v1/websites/{website}/content/pages/{page}",
        publish: "/api/v1/websites/{website}/content/pages/{page}/publish",
        unpublish: "/api/v1/websites/{website}/content/pages/{page}/unpublish",
    },
];

/// Returns the function's routes.
pub fn routes() -> Routes<()> {
    SPELLINGS.iter().fold(Routes::new(), |routes, spelling| {
        routes
            .on(&Method::POST, spelling.pages, create_page::create_page)
            .refusing(&[SlugTaken])
            .on(&Method::GET, spelling.pages, list_pages::list_pages)
            .on(&Method::GET, spelling.page, get_page::get_page)
            .on(&Method::PUT, spelling.page, update_page::update_page)
            .refusing(&[SlugTaken])
            .on(&Method::DELETE, spelling.page, delete_page::delete_page)
            .refusing(&[Conflict])
            .on(&Method::POST, spelling.publish, publish_page::publish_page)
            .refusing(&[SlugTaken, Conflict, PreconditionFailed])
            .on(
                &Method::POST,
                spelling.unpublish,
                unpublish_page::unpublish_page,
            )
            .refusing(&[Conflict, PreconditionFailed])
    })
}
