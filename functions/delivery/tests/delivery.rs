//! What visitors get, through the public interface alone, over a table in memory.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]
#![expect(clippy::panic, reason = "a panic is shown to be survived")]

#[path = "delivery/caching.rs"]
mod caching;
#[path = "delivery/events.rs"]
mod events;
#[path = "delivery/headers.rs"]
mod headers;
#[path = "delivery/pages.rs"]
mod pages;
#[path = "delivery/previews.rs"]
mod previews;
#[path = "delivery/refusals.rs"]
mod refusals;
#[path = "delivery/store.rs"]
mod store;
#[path = "delivery/world.rs"]
mod world;
