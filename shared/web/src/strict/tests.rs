//! Texts that are read, and texts that are not.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Refused, read};

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Inner {
    a: u32,
    b: Option<String>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
enum Colour {
    Red,
    Blue,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
enum Shade {
    Plain,
    Of(Inner),
    Pair(u32, u32),
    Mixed { a: u32, b: Option<Inner> },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Outer {
    inner: Option<Inner>,
    #[serde(default)]
    list: Vec<Inner>,
    #[serde(default)]
    notes: BTreeMap<String, String>,
    #[serde(default)]
    members: Map<String, Value>,
    #[serde(default)]
    any: Value,
    colour: Option<Colour>,
    #[serde(default)]
    shades: Vec<Shade>,
}

/// Returns where a text is wrong and in which way; nothing where it cannot be read at all.
fn refused(text: &str) -> Option<(String, String)> {
    match read::<Outer>(text.as_bytes()).unwrap_err() {
        Refused::Unreadable { line, .. } => {
            assert!(line > 0, "{text}");
            None
        }
        Refused::Invalid(error) => Some((error.pointer, error.detail)),
    }
}

#[test]
fn what_is_right_is_read() {
    let text = r#"{"inner": {"a": 93.0, "b": null}, "list": [{"a": -0}, {"a": 1e2}],
        "notes": {"x": "y"}, "any": {"deep": [1, 2.5]}, "colour": "Blue"}"#;
    let outer: Outer = read(text.as_bytes()).unwrap();
    let inner = |a| Inner { a, b: None };
    assert_eq!(outer.inner, Some(inner(93)));
    assert_eq!(outer.list, [inner(0), inner(100)]);
    assert_eq!(outer.notes["x"], "y");
    assert_eq!(outer.any, json!({ "deep": [1, 2.5] }));
    assert_eq!(outer.colour, Some(Colour::Blue));
    assert!(read::<Outer>(b" {} \n").is_ok());
}

#[test]
fn what_is_wrong_is_pointed_at_and_not_repeated() {
    let whole = "must be a whole number within its limits";
    for (text, pointer, detail) in [
        ("[]", "", "must be an object"),
        (r#""secret""#, "", "must be an object"),
        (r#"{"inner": [1, "secret"]}"#, "/inner", "must be an object"),
        (
            r#"{"list": [{"a": 1}, [1, null]]}"#,
            "/list/1",
            "must be an object",
        ),
        (r#"{"inner": {"a": "secret"}}"#, "/inner/a", whole),
        (r#"{"inner": {"a": -1}}"#, "/inner/a", whole),
        (r#"{"inner": {"a": 4294967296.0}}"#, "/inner/a", whole),
        (r#"{"inner": {"a": 0.5}}"#, "/inner/a", whole),
        (r#"{"inner": {"b": "x"}}"#, "/inner", "`a` is missing"),
        (
            r#"{"inner": {"a": 1, "secret": 2}}"#,
            "/inner/secret",
            "is unknown",
        ),
        (r#"{"a/b~c": 1}"#, "/a~1b~0c", "is unknown"),
        (r#"{"notes": {"x": 1}}"#, "/notes/x", "must be a string"),
        (r#"{"notes": 1}"#, "/notes", "must be an object"),
        (r#"{"notes": null}"#, "/notes", "must be an object"),
        (r#"{"members": null}"#, "/members", "must be an object"),
        (r#"{"list": {}}"#, "/list", "must be a list"),
        (
            r#"{"colour": "secret"}"#,
            "/colour",
            "must be `Red` or `Blue`",
        ),
        (
            r#"{"any": {"x": [0, {"y": 1, "z": 2, "y": 3}]}}"#,
            "/any/x/1/y",
            "is given twice",
        ),
        (
            r#"{"notes": {"x/": "1", "x/": "1"}}"#,
            "/notes/x~1",
            "is given twice",
        ),
        (
            r#"{"inner": null, "inner": null}"#,
            "/inner",
            "is given twice",
        ),
        (r#"{"any": 1, "\u0061ny": 2}"#, "/any", "is given twice"),
    ] {
        let found = refused(text);
        assert_eq!(
            found,
            Some((pointer.to_owned(), detail.to_owned())),
            "{text}"
        );
    }
}

#[test]
fn what_a_variant_has_in_it_is_read_as_strictly() {
    let text = r#"{"shades": ["Plain", {"Of": {"a": 1.0}}, {"Pair": [1, 2.0]},
        {"Mixed": {"a": 3, "b": {"a": 4}}}]}"#;
    let outer: Outer = read(text.as_bytes()).unwrap();
    let inner = |a| Inner { a, b: None };
    let mixed = Shade::Mixed {
        a: 3,
        b: Some(inner(4)),
    };
    assert_eq!(
        outer.shades,
        [Shade::Plain, Shade::Of(inner(1)), Shade::Pair(1, 2), mixed]
    );
    for (shade, place, detail) in [
        (r#"{"Mixed": [3, null]}"#, "/Mixed", "must be an object"),
        (r#"{"Mixed": null}"#, "/Mixed", "must be an object"),
        (
            r#"{"Mixed": {"a": 3, "b": [4, null]}}"#,
            "/Mixed/b",
            "must be an object",
        ),
        (
            r#"{"Mixed": {"a": 3, "secret": 1}}"#,
            "/Mixed/secret",
            "is unknown",
        ),
        (r#"{"Of": [1, null]}"#, "/Of", "must be an object"),
        (
            r#"{"Plain": null}"#,
            "/Plain",
            "must not be there: the name alone is the value",
        ),
        (
            r#"{"Plain": {}, "Of": {"a": 1}}"#,
            "",
            "must be an object with one member",
        ),
        (r#"["Plain"]"#, "", "must be a string"),
        ("7", "", "must be a string"),
    ] {
        let found = refused(&format!(r#"{{"shades": [{shade}]}}"#));
        let expected = (format!("/shades/0{place}"), detail.to_owned());
        assert_eq!(found, Some(expected), "{shade}");
    }
}

#[test]
fn what_is_no_json_is_not_read_whatever_else_is_wrong() {
    let deep = format!("{{\"nonsense\":{}1{}}}", "[".repeat(200), "]".repeat(200));
    for text in [
        "",
        "{",
        "{}{}",
        "{} x",
        "{\"nonsense\": 1, }",
        "{\"any\": 1e400}",
        "{\"any\": \"\\ud800\"}",
        "{\"nonsense\": \"\\udc00\"}",
        "{\"any\": 01}",
        "\u{feff}{}",
        &deep,
    ] {
        assert_eq!(refused(text), None, "{text}");
    }
}
