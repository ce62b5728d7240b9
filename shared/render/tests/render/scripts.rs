//! Attempts to run a script, through each way in; none may leave anything that could.

use render::{Document, Format, LinkContext, to_html};
use serde_json::{Value, json};

use crate::{
    documents::shown,
    markup::{assert_well_formed, offences},
};

/// One attempt a line; `\n` and `\t` stand for themselves.
const ATTEMPTS: &str = include_str!("scripts.txt");

fn attempts() -> Vec<String> {
    let lines = ATTEMPTS.lines().filter(|line| !line.is_empty());
    lines
        .map(|line| {
            line.replace("\\n", "\n")
                .replace("\\t", "\t")
                .replace("\\0", "\0")
        })
        .collect()
}

fn assert_harmless(document: &Document, attempt: &str) {
    let html = shown(document);
    assert_eq!(
        offences(&html),
        Vec::<String>::new(),
        "{attempt:?} became {html}"
    );
    assert_well_formed(&html);
    let again = Document::from_bytes(&document.to_bytes()).unwrap();
    assert_eq!(shown(&again), html);
}

#[test]
fn there_are_enough_attempts() {
    assert!(attempts().len() >= 90, "{}", attempts().len());
}

#[test]
fn nothing_runs_that_came_as_html_or_markdown() {
    for attempt in attempts() {
        for format in [Format::Html, Format::Markdown] {
            for source in [
                attempt.clone(),
                format!("before {attempt} after"),
                format!("<table><tr><td>{attempt}</td></tr></table>"),
                format!("| a |\n| - |\n| {attempt} |"),
                format!("> - {attempt}"),
                format!("<div>\n{attempt}\n</div>"),
            ] {
                let document = Document::parse(format, &Value::from(source)).unwrap();
                assert_harmless(&document, &attempt);
            }
        }
    }
}

#[test]
fn nothing_runs_that_came_as_a_document() {
    for attempt in attempts() {
        let attempt = attempt.as_str();
        let text = json!([{"type": "text", "text": attempt, "marks": [{"type": "code"}]}]);
        let blocks = json!([
            {"type": "heading", "level": 2, "content": text},
            {"type": "code", "text": attempt},
            {"type": "image", "src": "/a.png", "alt": attempt, "title": attempt, "caption": text},
            {"type": "callout", "kind": "tip", "title": attempt, "blocks": []},
            {"type": "table", "header": {"cells": [{"content": text}]}, "rows": []},
            {"type": "paragraph", "content": [
                {"type": "text", "text": attempt, "marks": [{"type": "link", "href": "/", "title": attempt}]}]},
        ]);
        let document = parse(&blocks).unwrap();
        assert_harmless(&document, attempt);

        let link =
            json!([{"type": "text", "text": "a", "marks": [{"type": "link", "href": attempt}]}]);
        for block in [
            json!({"type": "paragraph", "content": link}),
            json!({"type": "image", "src": attempt}),
            json!({"type": "code", "language": attempt, "text": ""}),
            json!({"type": "heading", "level": 1, "id": attempt}),
            json!({"type": attempt}),
            json!({"type": "paragraph", (attempt): attempt}),
        ] {
            if let Ok(document) = parse(&json!([block])) {
                assert_harmless(&document, attempt);
            }
        }
    }
}

#[test]
fn what_was_stored_before_a_rule_existed_is_still_harmless() {
    for attempt in attempts() {
        let link = json!({"type": "link", "href": attempt, "title": attempt});
        let stored = json!({"version": 1, "blocks": [
            {"type": "paragraph", "content": [{"type": "text", "text": "a", "marks": [link]}]},
            {"type": "image", "src": attempt, "alt": attempt},
            {"type": "heading", "level": 9, "id": attempt, "content": []},
            {"type": "code", "language": attempt, "text": attempt},
        ]});
        let document = Document::from_bytes(stored.to_string().as_bytes()).unwrap();
        let context = LinkContext {
            base_path: "",
            locale: "en",
        };
        let html = to_html(&document, &context);
        let scripts: Vec<String> = offences(&html)
            .into_iter()
            // Another host's address is no script; input with one is refused elsewhere.
            .filter(|offence| !offence.contains("=//") && !offence.contains("=\\") && !offence.contains("=/\\"))
            .collect();
        assert_eq!(scripts, Vec::<String>::new(), "{attempt:?} became {html}");
    }
}

fn parse(blocks: &Value) -> Result<Document, Vec<render::FieldError>> {
    let value = json!({"version": 1, "blocks": blocks});
    Document::parse(Format::Document, &value)
}
