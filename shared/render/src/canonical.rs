//! The one byte form of what is stored under a hash.

use serde::Serialize;

/// Returns the JSON of a structure: fields in their order, no white space.
#[expect(
    clippy::expect_used,
    reason = "structures with text keys always have a JSON form"
)]
pub(crate) fn bytes<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("a structure has a JSON form")
}
