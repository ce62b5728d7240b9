//! The release tree held against a plain map.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod release {
    pub(crate) mod adversarial;
    pub(crate) mod corpus;
    pub(crate) mod cost;
    pub(crate) mod decoding;
    pub(crate) mod described;
    pub(crate) mod keys;
    pub(crate) mod maps;
    pub(crate) mod merging;
    pub(crate) mod samples;
    pub(crate) mod settings;
    pub(crate) mod support;
    pub(crate) mod trees;
}
