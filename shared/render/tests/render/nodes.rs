//! Nodes of a document that are written as something else than objects.

use render::FieldError;
use serde_json::{Value, json};

use crate::documents::{document, pointers};

#[test]
fn an_object_is_no_list_of_its_values() {
    let table =
        |header: Value, rows: Value| json!([{"type": "table", "header": header, "rows": rows}]);
    let said = |content: Value| json!([{"type": "paragraph", "content": content}]);
    for (blocks, pointer) in [
        (json!([["divider"]]), "/blocks/0"),
        (
            json!([{"type": "quote", "blocks": [["divider"]]}]),
            "/blocks/0/blocks/0",
        ),
        (
            json!([{"type": "list", "style": "bullet", "items": [[null, []]]}]),
            "/blocks/0/items/0",
        ),
        (table(json!([[]]), json!([])), "/blocks/0/header"),
        (table(json!(null), json!([[[]]])), "/blocks/0/rows/0"),
        (
            table(json!(null), json!([{"cells": [[[]]]}])),
            "/blocks/0/rows/0/cells/0",
        ),
        (said(json!([["text", "a"]])), "/blocks/0/content/0"),
        (
            said(json!([{"type": "text", "text": "a", "marks": [["bold"]]}])),
            "/blocks/0/content/0/marks/0",
        ),
    ] {
        let errors = document(&blocks).unwrap_err();
        assert_eq!(
            errors,
            [FieldError::new(pointer, "must be an object")],
            "{blocks}"
        );
    }
}

#[test]
fn the_name_of_a_kind_is_text() {
    for (blocks, pointer) in [
        (
            json!([{"type": {"divider": null}}]),
            "/blocks/0/type/divider",
        ),
        (
            json!([{"type": "list", "style": {"bullet": null}, "items": []}]),
            "/blocks/0/style/bullet",
        ),
        (
            json!([{"type": "table", "columns": [{"left": null}], "rows": []}]),
            "/blocks/0/columns/0/left",
        ),
    ] {
        assert_eq!(pointers(&blocks), [pointer], "{blocks}");
    }
}
