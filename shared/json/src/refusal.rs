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
    if let Some(name) = text.strip_prefix("missing field ") {
        return format!("{name} is missing");
    }
    // Our own readers say what must be; others may say what was there.
    if text.starts_with("must ") {
        return text.to_owned();
    }
    "is not understood".to_owned()
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

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde::de::Error as _;
    use serde_json::{Value, json};

    use super::read;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only whether it is read is looked at")]
    struct Thing {
        count: Option<u8>,
        kind: Option<Kind>,
        #[serde(default, deserialize_with = "even")]
        even: u8,
        #[serde(default, deserialize_with = "never")]
        never: String,
    }

    #[derive(Debug, Deserialize)]
    enum Kind {
        Plain,
    }

    fn even<'de, D: serde::Deserializer<'de>>(source: D) -> Result<u8, D::Error> {
        let number = u8::deserialize(source)?;
        let is_even = number % 2 == 0;
        is_even
            .then_some(number)
            .ok_or_else(|| D::Error::custom("must be even"))
    }

    fn never<'de, D: serde::Deserializer<'de>>(source: D) -> Result<String, D::Error> {
        let text = String::deserialize(source)?;
        Err(D::Error::custom(format!("`{text}` is refused")))
    }

    fn refused(value: &Value) -> (String, String) {
        let refusal = read::<Thing>(value).unwrap_err();
        (refusal.pointer, refusal.detail)
    }

    #[test]
    fn what_was_there_is_never_said() {
        let sly = "secret, expected secret";
        for (value, pointer, detail) in [
            (
                json!({ "count": sly }),
                "/count",
                "must be a whole number within its limits",
            ),
            (json!({ "kind": sly }), "/kind", "must be `Plain`"),
            (json!({ "even": 7 }), "/even", "must be even"),
            (json!({ "never": sly }), "/never", "is not understood"),
            (json!([sly]), "", "must be an object"),
        ] {
            assert_eq!(
                refused(&value),
                (pointer.to_owned(), detail.to_owned()),
                "{value}"
            );
        }
        assert!(read::<Thing>(&json!({ "kind": "Plain", "even": 2.0 })).is_ok());
    }

    #[test]
    fn names_are_steps_of_a_pointer() {
        assert_eq!(super::step("a/b~c"), "/a~1b~0c");
    }
}
