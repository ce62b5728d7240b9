//! What authors do: pages, their publication, websites, their themes and releases.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod costs;
mod pages;
mod publishing;
mod releases;
mod repeats;
mod undo;
mod websites;
mod world;
