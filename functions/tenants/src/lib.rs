//! Tenants: for operators their lives, for tenants their profiles; operations, and the API's own
//! description. It must never know how a tenant is made.

mod domain;
mod handlers;
mod routes;
mod start;
mod state;
mod views;

pub use routes::routes;
pub use start::start;
pub use state::State;
