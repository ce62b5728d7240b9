//! Whole sagas over a store that fails where it is told to: before or after any call, once or from
//! then on.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails here"
)]

mod stop_points;
mod store;
mod tenants;
mod websites;
mod world;
