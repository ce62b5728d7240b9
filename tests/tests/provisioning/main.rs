//! The worker that makes tenants and websites, over the whole platform: whatever fails and wherever
//! it stops, in the end all of it is there once, or nothing is.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod contents;
mod messages;
mod persons;
mod plans;
mod stop_points;
mod tenants;
mod websites;
mod workers;
mod world;
