//! The whole platform in this process: the walkthrough, walls between tenants, and concurrency.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod authorizer;
mod concurrency;
#[path = "../provisioning/contents.rs"]
#[expect(dead_code, reason = "the worker's tests compare more")]
mod contents;
mod events;
mod goldens;
mod grants;
mod grid;
mod isolation;
mod lifecycle;
mod neighbours;
mod onboarding;
mod outage;
mod relay;
mod repetitions;
mod sabotage;
mod seed;
mod tenancy;
mod walkthrough;
