//! The quick look at written HTML agrees with the sanitiser.

use proptest::prelude::{ProptestConfig, Strategy, any, prop_assert_eq, proptest};
use serde_json::Value;

use super::{Sanitizer, written::is_written};
use crate::{
    Document, Format,
    document::{LinkContext, write_html},
};

#[test]
fn the_sample_is_recognised_and_left_as_it_is() {
    let html = write_html(&Document::sample(), &LinkContext::default());
    assert!(is_written(&html));
    assert_eq!(Sanitizer::output().clean(&html), html);
}

#[test]
fn whatever_is_not_written_is_not_recognised() {
    for html in [
        "text",
        "<p>",
        "</p>",
        "<p></p></p>",
        "<p><p></p></p>",
        "<p>a & b</p>",
        "<p>a > b</p>",
        "<p>&#60;</p>",
        "<p>\u{a0}</p>",
        "<p>\u{0}</p>",
        "<p>\r</p>",
        "<P></P>",
        "<p ></p>",
        "<p></p >",
        "<br/>",
        "<p onclick=\"x\"></p>",
        "<p class=\"x\"></p>",
        "<p class=callout-title></p>",
        "<p class='callout-title'></p>",
        "<p class=\"callout-title\" class=\"callout-title\"></p>",
        "<h2 id=\"a<b\"></h2>",
        "<p><a href=\"javascript:x\">a</a></p>",
        "<p><a href=\"java&amp;script:x\">a</a></p>",
        "<p><a href=\"&quot;\">a</a></p>",
        "<p><a href=\"/\"><a href=\"/\">a</a></a></p>",
        "<p><strong><em></strong></em></p>",
        "<p><img src=\"/a\"></p>",
        "<figure><img src=\"data:,x\"></figure>",
        "<table></table>",
        "<div><table>text</table></div>",
        "<ul><p></p></ul>",
        "<pre tabindex=\"0\">text</pre>",
        "<pre tabindex=\"0\">\n<code></code></pre>",
        "<pre tabindex=\"1\"><code></code></pre>",
        "<script>x</script>",
        "<svg></svg>",
        "<!-- x -->",
        "<!doctype html>",
        "<?x?>",
        "<![CDATA[x]]>",
    ] {
        assert!(!is_written(html), "{html}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4_000) })]

    /// What is recognised, the sanitiser would not change.
    #[test]
    fn what_is_recognised_is_what_the_sanitiser_leaves(html in pieces()) {
        if is_written(&html) {
            prop_assert_eq!(Sanitizer::output().clean(&html), html);
        }
    }
}

/// What is put where it may not belong.
const SNIPPETS: [&str; 42] = [
    "",
    "<",
    ">",
    "\"",
    "&",
    "&amp;",
    "&#60;",
    "'",
    "=",
    " ",
    "\n",
    "\t",
    "\u{0}",
    "\u{a0}",
    "\u{b5}",
    "é",
    "a",
    "/",
    "</p>",
    "<p>",
    "<br>",
    "<hr>",
    "<em>",
    "</em>",
    "<em>a</em>",
    "<li>",
    "</li>",
    "<table>",
    "<td>",
    "</td>",
    "<script>",
    "<svg>",
    "<!--",
    "-->",
    " onclick=\"x\"",
    " id=\"a\"",
    " class=\"table\"",
    " title=\"a\"",
    "javascript:",
    "<a href=\"/\">",
    "</a>",
    "<div>",
];

/// Documents, each with something of its own.
const SOURCES: [&str; 8] = [
    "a **b _c_ `d`** [e](/f?g&h \"i\") ~~j~~\\\nk",
    "## a & b\n\n---\n\n> c\n>\n> d",
    "- a\n- b\n  1. c\n  2. d",
    "3. a\n\n   b\n4. c",
    "- [x] a\n- [ ] b",
    "| a | b |\n| :-: | -: |\n| `c` | <https://example.com/> |",
    "```rust\na < b && c\n```\n\n![a](/b.png \"c\")",
    "> [!TIP] a\n> b\n> - c",
];

/// A document's HTML, cut and patched in a few places.
fn pieces() -> impl Strategy<Value = String> {
    let index = any::<proptest::sample::Index>;
    let snippet = proptest::sample::select(&SNIPPETS[..]);
    let patches = proptest::collection::vec((index(), 0..8_usize, snippet), 0..3);
    (proptest::sample::select(&SOURCES[..]), patches).prop_map(|(source, patches)| {
        let document = Document::parse(Format::Markdown, &Value::from(source)).unwrap();
        let html = write_html(&document, &LinkContext::default());
        let mut html: Vec<char> = html.chars().collect();
        for (at, cut, snippet) in patches {
            let start = at.index(html.len());
            let end = html.len().min(start + cut);
            html.splice(start..end, snippet.chars());
        }
        html.into_iter().collect()
    })
}
