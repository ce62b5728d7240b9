//! What authors do: pages, their publication, websites, their themes and releases.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod pages;
mod publishing;
mod releases;
mod repeats;
mod rollbacks;
mod sizes;
mod undo;
mod websites;
mod world;
