//! The local platform from outside: its services through the real SDK, and what is built on them.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test ends at the first surprise"
)]

#[path = "shared/kill.rs"]
mod kill;

mod services {
    mod concurrency;
    mod control;
    mod durability;
    mod dynamodb;
    mod faults;
    mod permissions;
    mod policies;
    mod s3;
    mod sqs;
    mod support;
}
