//! Reading a value, and saying where what is wrong in it stands and what must be there instead. It must
//! never say what was there.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Strict;

/// Why a value was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Where: a JSON pointer (RFC 6901) into the value, empty for the whole.
    pub pointer: String,
    /// What: a sentence without its subject, such as "must be a list".
    pub detail: String,
}

/// Reads a value.
pub fn read<T: DeserializeOwned>(value: &Value) -> Result<T, Refusal> {
    serde_path_to_error::deserialize(Strict(value)).map_err(|error| Refusal {
        pointer: pointer(error.path()),
        detail: told(&error.inner().to_string()),
    })
}

/// Returns what is wrong, for the person who sent it, without what was sent.
fn told(text: &str) -> String {
    let (what, expected) = text.rsplit_once(", expected ").unwrap_or((text, ""));
    if what.starts_with("unknown field ") {
        return "is unknown".to_owned();
    }
    let is_of_value = [
        "invalid type: ",
        "invalid value: ",
        "invalid length ",
        "unknown variant ",
    ];
    if is_of_value.iter().any(|start| what.starts_with(start)) {
        return format!("must be {}", kind(expected));
    }
    match text.strip_prefix("missing field ") {
        Some(name) => format!("{name} is missing"),
        None => text.to_owned(),
    }
}

/// Returns what must be there, as those who send JSON call it.
fn kind(expected: &str) -> &str {
    let kinds = [
        ("struct ", "an object"),
        ("a map", "an object"),
        ("internally tagged enum ", "an object"),
        ("adjacently tagged enum ", "an object"),
        ("a sequence", "a list"),
        ("enum ", "a string"),
        ("string or map", "a string"),
        ("map with a single key", "an object with one member"),
        ("variant identifier", "a string"),
        ("f64", "a number"),
        ("u8", "a whole number within its limits"),
        ("u16", "a whole number within its limits"),
        ("u32", "a whole number within its limits"),
        ("u64", "a whole number within its limits"),
        ("usize", "a whole number within its limits"),
        ("i32", "a whole number within its limits"),
        ("i64", "a whole number within its limits"),
    ];
    let known = kinds.iter().find(|(start, _)| expected.starts_with(start));
    known.map_or(expected, |(_, name)| name)
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Map { key } => Some(step(key)),
            Segment::Enum { variant } => Some(step(variant)),
            Segment::Unknown => None,
        })
        .collect()
}

/// Writes a name as a step of a JSON pointer (RFC 6901 §3), with the slash before it.
pub fn step(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}
