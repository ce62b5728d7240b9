//! Strict decoding of a document's JSON, with an error at the innermost place that is wrong.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    VERSION,
    block::{Block, ListItem, TableCell, TableRow},
    inline::{Inline, Mark},
};
use crate::{
    field_error::{FieldError, FieldErrors, place, step},
    limits::{JSON_DEPTH_MAX, SOURCE_BYTES_MAX},
};

/// Reads the blocks of a document's JSON.
pub(crate) fn blocks(value: &Value) -> Result<Vec<Block>, Vec<FieldError>> {
    let mut errors = FieldErrors::default();
    if !fits(value, JSON_DEPTH_MAX, &mut { SOURCE_BYTES_MAX }) {
        errors.add("", "must not be nested so deep or have so many parts");
        return errors.into_result(Vec::new());
    }
    let Some(object) = value.as_object() else {
        errors.add("", "must be an object");
        return errors.into_result(Vec::new());
    };
    for key in object.keys() {
        if key != "version" && key != "blocks" {
            errors.add(step("", key), "is unknown");
        }
    }
    if object.get("version").and_then(Value::as_u64) != Some(u64::from(VERSION)) {
        errors.add("/version", format!("must be {VERSION}"));
    }
    let Some(list) = object.get("blocks").and_then(Value::as_array) else {
        errors.add("/blocks", "must be a list");
        return errors.into_result(Vec::new());
    };
    let mut blocks = Vec::with_capacity(list.len());
    for (index, value) in list.iter().enumerate() {
        let pointer = place("", "blocks", index);
        blocks.extend(node::<Block>(value, &pointer, &mut errors));
        if errors.is_full() {
            break;
        }
    }
    errors.into_result(blocks)
}

/// Whether a value is within the depth and, roughly, the size that parsing is made for.
fn fits(value: &Value, depth: usize, parts: &mut usize) -> bool {
    if depth == 0 || *parts == 0 {
        return false;
    }
    *parts -= 1;
    match value {
        Value::Array(list) => list.iter().all(|inner| fits(inner, depth - 1, parts)),
        Value::Object(map) => map.values().all(|inner| fits(inner, depth - 1, parts)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

/// Decodes one node; if it is wrong, the error goes to the parts that are wrong, or to its own members,
/// or to itself, when they are all right by themselves.
fn node<T: DeserializeOwned>(value: &Value, pointer: &str, errors: &mut FieldErrors) -> Option<T> {
    if !value.is_object() {
        errors.add(pointer, "must be an object");
        return None;
    }
    match json::read(value) {
        Ok(node) => Some(node),
        Err(refusal) => {
            let before = errors.len();
            parts(value, pointer, errors);
            if errors.len() == before {
                errors.push(FieldError::from(refusal).under(pointer));
            }
            None
        }
    }
}

fn parts(value: &Value, pointer: &str, errors: &mut FieldErrors) {
    each::<Block>(value, pointer, "blocks", errors);
    each::<ListItem>(value, pointer, "items", errors);
    each::<TableRow>(value, pointer, "rows", errors);
    each::<TableCell>(value, pointer, "cells", errors);
    each::<Inline>(value, pointer, "content", errors);
    each::<Inline>(value, pointer, "caption", errors);
    each::<Mark>(value, pointer, "marks", errors);
    if let Some(header) = value.get("header")
        && !header.is_null()
    {
        node::<TableRow>(header, &step(pointer, "header"), errors);
    }
}

fn each<T: DeserializeOwned>(value: &Value, pointer: &str, key: &str, errors: &mut FieldErrors) {
    let list = value.get(key).and_then(Value::as_array);
    for (index, inner) in list.into_iter().flatten().enumerate() {
        if errors.is_full() {
            return;
        }
        node::<T>(inner, &place(pointer, key, index), errors);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::blocks;

    fn refused(block: &Value) -> Vec<(String, String)> {
        let document = json!({ "version": 1, "blocks": [block] });
        let errors = blocks(&document).unwrap_err().into_iter();
        errors.map(|error| (error.pointer, error.detail)).collect()
    }

    #[test]
    fn what_is_wrong_is_pointed_at_and_not_repeated() {
        let whole = "must be a whole number within its limits";
        let text = |content: Value| json!({ "type": "paragraph", "content": [content] });
        let marked = |mark: Value| text(json!({ "type": "text", "text": "a", "marks": [mark] }));
        for (block, pointer, detail) in [
            (
                json!({ "type": "list", "style": "ordered", "start": "secret", "items": [] }),
                "/start",
                whole,
            ),
            (
                json!({ "type": "heading", "level": "secret", "content": [] }),
                "/level",
                whole,
            ),
            (
                json!({ "type": "heading", "content": [] }),
                "",
                "`level` is missing",
            ),
            (
                json!({ "type": "divider", "secret": 1 }),
                "/secret",
                "is unknown",
            ),
            (
                json!({ "type": "divider", "text": "secret" }),
                "",
                "must have no `text`: its type has none",
            ),
            (
                text(json!({ "type": "secret" })),
                "/content/0/type",
                "must be `text` or `hardBreak`",
            ),
            (text(json!("secret")), "/content/0", "must be an object"),
            (
                marked(json!({ "type": "link", "href": 7 })),
                "/content/0/marks/0/href",
                "must be a string",
            ),
            (
                json!({ "type": "table", "columns": ["left", "secret"], "rows": [] }),
                "/columns/1",
                "must be one of `none`, `left`, `center`, `right`",
            ),
            (
                json!({ "type": "list", "style": "task", "items": [{ "checked": "secret", "blocks": [] }] }),
                "/items/0/checked",
                "must be a boolean",
            ),
        ] {
            let expected = (format!("/blocks/0{pointer}"), detail.to_owned());
            assert_eq!(refused(&block), [expected], "{block}");
        }
    }
}
