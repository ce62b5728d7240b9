//! The one byte form of what is stored under a hash.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Returns the JSON of a structure: fields in their order, no white space.
#[expect(
    clippy::expect_used,
    reason = "structures with text keys always have a JSON form"
)]
pub(crate) fn bytes<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("a structure has a JSON form")
}

/// Reads such bytes back. That they are text is found out once for all of them, which is quicker
/// than for each text in them.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, serde_json::Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => serde_json::from_str(text),
        Err(_not_text) => serde_json::from_slice(bytes),
    }
}
