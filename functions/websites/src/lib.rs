//! Websites of a tenant: their making, their settings, their releases, previews and themes. It
//! must never know what a page holds.

mod domain;
mod error;
mod handlers;
mod repository;
mod requests;
mod routes;
mod site;
mod start;
mod state;
mod views;

pub use routes::routes;
pub use start::start;
pub use state::AppState;
