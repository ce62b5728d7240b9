//! Registration, sign-in and sign-out, and the public keys of tokens. It must never read a
//! tenant's data beyond its status.

mod domain;
mod handlers;
mod routes;
mod start;
mod state;
mod views;

pub use routes::routes;
pub use start::start;
pub use state::State;
