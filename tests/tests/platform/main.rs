//! The whole platform in this process: the walkthrough, walls between tenants, concurrency and crash
//! points.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod authorizer;
mod concurrency;
#[path = "../provisioning/contents.rs"]
mod contents;
mod crashes;
mod events;
mod goldens;
mod grants;
mod isolation;
mod lifecycle;
mod onboarding;
mod relay;
mod repetitions;
mod seed;
mod tenancy;
mod walkthrough;
