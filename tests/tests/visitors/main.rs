//! What visitors get: pages, previews and refusals, how little they cost, and the headers on all.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod addresses;
mod caching;
mod events;
mod headers;
mod pages;
mod previews;
mod refusals;
mod themes;
mod world;
