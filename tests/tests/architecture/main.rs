//! What must hold for the tree as a whole: who may depend on whom, what no file may say, and that
//! code, template, samples and documentation name the same things. It reads files and must never
//! run the platform.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a rule that cannot be read is a rule that does not hold"
)]

mod documents;
mod limits;
mod manifests;
mod names;
mod rust;
mod sources;
mod template;
mod tree;
