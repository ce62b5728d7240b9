//! What the platform promises whatever fails: processes that die anywhere, services that refuse,
//! messages that come late, often and in any order, and tenants that share an environment.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod batches;
mod consumers;
mod deliveries;
mod digest;
mod neighbours;
mod operations;
mod overtaken;
mod points;
mod recovery;
mod scene;
mod throttling;
