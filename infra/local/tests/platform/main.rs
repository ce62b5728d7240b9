//! The local platform around its services: small templates of tiny functions, on a clock that the
//! tests move.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod answers;
mod cdn;
mod environments;
mod events;
mod gateway;
mod invalidations;
#[path = "../shared/kill.rs"]
mod kill;
mod killed;
mod parts;
mod process;
mod queues;
mod rules;
mod schedules;
mod server;
mod streams;
mod support;
mod template;
mod timeouts;
