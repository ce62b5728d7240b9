//! Documents: what is understood, what is refused and where, what comes out.

use render::{
    Document, FieldError, Format, LinkContext,
    limits::{DEPTH_MAX, FIELD_ERRORS_MAX, SOURCE_BYTES_MAX, TABLE_COLUMNS_MAX},
    to_html,
};
use serde_json::{Value, json};

use crate::markup::assert_well_formed;

pub(crate) fn markdown(source: &str) -> Document {
    Document::parse(Format::Markdown, &Value::from(source)).unwrap()
}

pub(crate) fn html(source: &str) -> Document {
    Document::parse(Format::Html, &Value::from(source)).unwrap()
}

pub(crate) fn shown(document: &Document) -> String {
    to_html(document, &LinkContext::default())
}

pub(crate) fn document(blocks: &Value) -> Result<Document, Vec<FieldError>> {
    let value = json!({"version": 1, "blocks": blocks});
    Document::parse(Format::Document, &value)
}

pub(crate) fn pointers(blocks: &Value) -> Vec<String> {
    let errors = document(blocks).unwrap_err();
    errors.into_iter().map(|error| error.pointer).collect()
}

fn text(text: &str) -> Value {
    json!([{"type": "text", "text": text}])
}

#[test]
fn the_sample_shows_every_block() {
    insta::assert_snapshot!("document_sample_html", shown(&Document::sample()));
    let json = serde_json::to_string_pretty(&Document::sample()).unwrap();
    insta::assert_snapshot!("document_sample_json", json);
    assert_well_formed(&shown(&Document::sample()));
}

#[test]
fn bytes_come_back_as_the_same_document() {
    let sample = Document::sample();
    assert_eq!(Document::from_bytes(&sample.to_bytes()).unwrap(), sample);
    let value = serde_json::to_value(&sample).unwrap();
    assert_eq!(Document::parse(Format::Document, &value).unwrap(), sample);
}

#[test]
fn html_of_a_document_is_read_back_as_the_document() {
    let sample = Document::sample();
    assert_eq!(html(&shown(&sample)), sample);
}

#[test]
fn equal_text_has_equal_bytes_however_it_was_cut() {
    let run = |text: &str, marks: Value| json!({"type": "text", "text": text, "marks": marks});
    let bold = || json!({"type": "bold"});
    let italic = || json!({"type": "italic"});
    let one = document(&json!([{"type": "paragraph", "content": [
        run("ab", json!([italic(), bold()])), run("", json!([])), run("c", json!([bold(), italic(), bold()])),
    ]}]));
    let other = document(&json!([{"type": "paragraph", "content": [
        run("abc", json!([bold(), italic()])),
    ]}]));
    assert_eq!(one.unwrap().to_bytes(), other.unwrap().to_bytes());
}

#[test]
fn markdown_and_html_say_the_same() {
    let left = markdown(
        "# Title\n\nSome **bold *both*** and `code` at <https://example.com/a?b=c&d>.\n\n\
         1. one\n2. two\n   - deep\n\n> quoted\n\n```rust\nfn main() {}\n```\n\n\
         | a | b |\n| :- | -: |\n| 1 | 2 |\n\n- [x] done\n- [ ] not\n\n---\n\n![alt](/a.png \"t\")",
    );
    let right = html(
        "<main><h1>Title</h1><p>Some <b>bold <i>both</i></b> and <code>code</code> at \
         <a href='https://example.com/a?b=c&amp;d'>https://example.com/a?b=c&amp;d</a>.</p>\
         <ol><li>one</li><li>two<ul><li>deep</li></ul></li></ol><blockquote>quoted</blockquote>\
         <pre><code class='language-rust'>fn main() {}\n</code></pre>\
         <table><tr><th align=left>a<th align=right>b<tr><td>1<td>2</table>\
         <ul><li><input type=checkbox checked>done<li><input type=checkbox>not</ul><hr>\
         <img src=/a.png alt=alt title=t></main>",
    );
    assert_eq!(shown(&left), shown(&right));
    assert_eq!(left, right);
}

#[test]
fn imported_html_keeps_its_words() {
    let document = html(
        "<section>one</section><section>two <div>three</div> four</section>\
         <dl><dt>term</dt><dd>meaning</dd></dl><details><summary>sum</summary>more</details>\
         <figure><img src=\"https://example.com/a.png\"><figcaption>cap <b>tion</b></figcaption></figure>\
         <table><caption>cap</caption><tr><td>a<br>b<p>c</p></td></tr></table>",
    );
    insta::assert_snapshot!("document_imported_html", shown(&document));
}

#[test]
fn raw_html_in_markdown_is_imported_or_dropped() {
    let document = markdown(
        "a<br>b <span onclick=x>c</span>\n\n<div><p onclick=x>in <em>a</em> block</p></div>\n\n\
         <script>alert(1)</script>\n\n<!-- comment -->\n\nend",
    );
    insta::assert_snapshot!(shown(&document), @r"
    <p>a<br>b c</p>
    <p>in <em>a</em> block</p>
    <p>end</p>
    ");
}

#[test]
fn links_are_placed_under_the_base_path() {
    let document = markdown(
        "[a](/a) [b](b) [c](#c) [d](https://example.com/) [e](//example.com/e) [f](mailto:f@example.com)\n\n![g](/g.png)",
    );
    let context = LinkContext {
        base_path: "/_preview/token",
        locale: "en",
    };
    insta::assert_snapshot!(to_html(&document, &context), @r##"
    <p><a href="/_preview/token/a">a</a> <a href="b">b</a> <a href="#c">c</a> <a href="https://example.com/" rel="noopener">d</a> <a href="https://example.com/e" rel="noopener">e</a> <a href="mailto:f@example.com">f</a></p>
    <figure><img src="/_preview/token/g.png" alt="g" loading="lazy"></figure>
    "##);
}

#[test]
fn headings_have_ids_that_are_theirs_alone() {
    let document = markdown("# A b!\n## A b\n## Übung №1\n## `x`\n## !!!\n## A b 2\n> # A b\n");
    let ids: Vec<String> = document.headings().into_iter().map(|it| it.id).collect();
    assert_eq!(ids, ["a-b", "a-b-2", "übung-1", "x", "section", "a-b-2-2"]);
    assert_well_formed(&shown(&document));
    let document = document_with_ids(&["given", ""]).unwrap();
    let ids: Vec<String> = document.headings().into_iter().map(|it| it.id).collect();
    assert_eq!(ids, ["given", "given-2"]);
}

fn document_with_ids(ids: &[&str]) -> Result<Document, Vec<FieldError>> {
    let heading =
        |id: &&str| json!({"type": "heading", "level": 2, "id": id, "content": text("Given")});
    document(&ids.iter().map(heading).collect())
}

#[test]
fn words_and_excerpts_leave_markup_out() {
    let document =
        markdown("# Title\n\nOne **two**\nthree\\\nfour.\n\n- five\n- six\n\n```\nseven\n```");
    assert_eq!(
        document.plain_text(),
        "Title\nOne two three four.\nfive\nsix\nseven"
    );
    assert_eq!(document.excerpt(160), "One two three four. five six");
    assert_eq!(document.excerpt(12), "One two…");
    assert_eq!(document.excerpt(3), "On…");
}

#[test]
fn errors_point_at_the_innermost_wrong_place() {
    let bad_mark = json!({"type": "link", "href": "/", "onclick": "x"});
    let paragraph = json!({"type": "paragraph", "content": [
        {"type": "text", "text": "a", "marks": [{"type": "bold"}, bad_mark]}]});
    let blocks = json!([
        {"type": "paragraph", "content": text("fine")},
        {"type": "list", "style": "bullet", "items": [{"blocks": [paragraph]}]},
        {"type": "iframe", "src": "/"},
        {"type": "divider", "style": "x"},
        {"type": "table", "rows": [{"cells": [{"content": text("a"), "colspan": 2}]}]},
        {"type": "table", "header": {"cells": [1]}, "rows": []},
    ]);
    assert_eq!(
        pointers(&blocks),
        [
            "/blocks/1/items/0/blocks/0/content/0/marks/1/onclick",
            "/blocks/2/type",
            "/blocks/3/style",
            "/blocks/4/rows/0/cells/0/colspan",
            "/blocks/5/header/cells/0",
        ]
    );
}

#[test]
fn rules_beyond_types_point_at_the_field() {
    let link = |href: &str| json!({"type": "link", "href": href});
    let run = |marks: Value| json!([{"type": "text", "text": "a", "marks": marks}]);
    let blocks = json!([
        {"type": "heading", "level": 7, "id": "Bad Id", "content": []},
        {"type": "paragraph", "content": run(json!([link("javascript:alert(1)")]))},
        {"type": "paragraph", "content": run(json!([link("/a"), link("/b")]))},
        {"type": "image", "src": "data:image/png;base64,AA", "alt": "x".repeat(1001)},
        {"type": "code", "language": "a\"b", "text": ""},
        {"type": "list", "style": "bullet", "items": [{"checked": true, "blocks": []}]},
    ]);
    assert_eq!(
        pointers(&blocks),
        [
            "/blocks/0/level",
            "/blocks/0/id",
            "/blocks/1/content/0/marks/0/href",
            "/blocks/2/content/0/marks",
            "/blocks/3/src",
            "/blocks/3/alt",
            "/blocks/4/language",
            "/blocks/5/items/0/checked",
        ]
    );
    let twice = document_with_ids(&["same", "same"]).unwrap_err();
    assert_eq!(twice[0].pointer, "/blocks/1/id");
}

#[test]
fn the_frame_of_a_document_is_strict() {
    let refuse = |value: &Value| {
        let errors = Document::parse(Format::Document, value).unwrap_err();
        errors
            .into_iter()
            .map(|error| error.pointer)
            .collect::<Vec<_>>()
    };
    assert_eq!(refuse(&json!("text")), [""]);
    assert_eq!(refuse(&json!({"blocks": []})), ["/version"]);
    assert_eq!(refuse(&json!({"version": 2, "blocks": []})), ["/version"]);
    assert_eq!(refuse(&json!({"version": 1})), ["/blocks"]);
    assert_eq!(
        refuse(&json!({"version": 1, "blocks": [], "a/b": 1})),
        ["/a~1b"]
    );
    assert_eq!(
        Document::parse(Format::Markdown, &json!(1)).unwrap_err()[0].detail,
        "must be a string"
    );
}

#[test]
fn addresses_are_read_as_browsers_read_them() {
    let accepts = |href: &str| {
        let link =
            json!([{"type": "text", "text": "a", "marks": [{"type": "link", "href": href}]}]);
        document(&json!([{"type": "paragraph", "content": link}])).is_ok()
    };
    for good in [
        "https://example.com",
        "HTTP://example.com/a?b#c",
        "mailto:a@example.com",
        "tel:+4312345",
        "/a",
        "a/b",
        "../a",
        "?q=a:b",
        "#a:b",
        "./a:b",
        "/ä/ö?ü",
        "a%3Ab",
    ] {
        assert!(accepts(good), "{good}");
    }
    for bad in [
        "",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        " javascript:x",
        "\u{1}javascript:x",
        "vbscript:x",
        "data:text/html,x",
        "blob:x",
        "file:///etc/passwd",
        "//example.com",
        "\\\\example.com",
        "/\\example.com",
        "https:///",
        "http://[",
        "https:",
        "a:b",
        "ftp://example.com",
        "view-source:x",
        "/a b",
        "/a\"b",
        "/a<b",
        "/\u{a0}",
    ] {
        assert!(!accepts(bad), "{bad}");
    }
}

#[test]
fn limits_are_kept() {
    let refuse = |format: Format, value: &Value| {
        let errors = Document::parse(format, value).unwrap_err();
        errors.into_iter().next().unwrap().detail
    };
    let long = Value::from("a".repeat(SOURCE_BYTES_MAX + 1));
    assert!(refuse(Format::Markdown, &long).contains("bytes"));
    assert!(refuse(Format::Html, &long).contains("bytes"));
    for deep in [">".repeat(DEPTH_MAX), "> ".repeat(200), "- ".repeat(1_000)] {
        let deep = Value::from(deep + "a");
        assert!(refuse(Format::Markdown, &deep).contains("nested deeper"));
    }
    let deep = Value::from("<blockquote>".repeat(200) + "a");
    assert!(refuse(Format::Html, &deep).contains("nested deeper"));
    // What a parser would work on for minutes does not reach it.
    for (format, endless) in [
        (Format::Markdown, ">".repeat(200_000)),
        (Format::Markdown, "<div>".repeat(40_000)),
        (Format::Html, "<div>".repeat(40_000)),
        (Format::Html, "<ul><li>".repeat(20_000)),
        (Format::Html, "<b>x</i>".repeat(20_000)),
        (Format::Html, "&".repeat(200_000)),
    ] {
        let refused = refuse(format, &Value::from(endless));
        assert!(refused.starts_with("must not have"), "{refused}");
    }
    let nest = |levels: usize| {
        (0..levels).fold(
            json!([]),
            |blocks, _| json!([{"type": "quote", "blocks": blocks}]),
        )
    };
    assert!(document(&nest(DEPTH_MAX - 1)).is_ok());
    assert_eq!(pointers(&nest(DEPTH_MAX)), [""]);
    assert_eq!(pointers(&nest(100)), [""]);
    let cells: Value = (0..=TABLE_COLUMNS_MAX).map(|_| json!({})).collect();
    assert_eq!(
        pointers(&json!([{"type": "table", "rows": [{"cells": cells}]}])),
        ["/blocks/0/rows/0/cells"]
    );
    let many: Value = (0..20_001).map(|_| json!({"type": "divider"})).collect();
    assert_eq!(pointers(&many), ["/blocks"]);
    let wrong: Value = (0..1_000).map(|_| json!({"type": "x"})).collect();
    assert_eq!(pointers(&wrong).len(), FIELD_ERRORS_MAX);
    let swelling = Value::from("\\&".repeat(SOURCE_BYTES_MAX / 2));
    assert!(document(&json!([{"type": "code", "text": "&".repeat(400_000)}])).is_err());
    assert!(Document::parse(Format::Markdown, &swelling).is_ok());
}

#[test]
fn what_cannot_be_shown_is_removed() {
    let document = document(&json!([
        {"type": "paragraph", "content": text("a\u{0}b\r\nc\rd\u{7f}\u{9b}")},
        {"type": "code", "text": "\u{1b}[1m\tx"},
    ]));
    assert_eq!(document.unwrap().plain_text(), "ab\nc\nd\n[1m\tx");
}

#[test]
fn stored_bytes_of_another_version_are_refused() {
    assert!(Document::from_bytes(br#"{"version":1,"blocks":[]}"#).is_ok());
    for bytes in [
        &br#"{"version":2,"blocks":[]}"#[..],
        br#"{"version":1,"blocks":[],"x":1}"#,
        b"",
        b"[]",
    ] {
        assert!(Document::from_bytes(bytes).is_err());
    }
    let huge = vec![b' '; 1_100_000];
    assert!(Document::from_bytes(&huge).is_err());
}
