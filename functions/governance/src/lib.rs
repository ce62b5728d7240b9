//! What can be said of who did what: the audit trail, for tenants and for operators. It must never write anything but
//! that somebody read it.

mod domain;
mod handlers;
mod query;
mod report;
mod routes;
mod start;
mod verification;
mod views;

pub use routes::routes;
pub use start::start;
