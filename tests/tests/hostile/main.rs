//! Bad input, everywhere: what the API's description names is tried, operation by operation, with
//! everything that is not as it must be, and visitors' door likewise. Each refusal is the documented
//! one, none is a failure, and nothing that is stored changes.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod addresses;
mod answers;
mod bodies;
mod conditions;
mod forgeries;
mod hosts;
mod media;
mod mutations;
mod problems;
mod queries;
mod repeats;
mod scene;
mod secrets;
mod texts;
mod tokens;
mod visitors;
