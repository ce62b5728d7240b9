//! Pages of a website: their drafts, their publication and their taking back. It must never know
//! how a page is shown.

mod domain;
mod error;
mod handlers;
mod live;
mod records;
mod repository;
mod requests;
mod routes;
mod start;
mod views;

pub use routes::routes;
pub use start::start;
