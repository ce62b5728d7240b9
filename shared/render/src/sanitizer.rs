//! The two allow-lists that HTML passes: a wide one before it is read, and after it is written one
//! that has exactly what documents are written in. Neither must ever allow `svg`, `math`, styles
//! or scripts.

mod written;

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use ammonia::Builder;

use crate::document::{address::SCHEMES, block::CalloutKind};

/// An allow-list, ready to use.
pub(crate) struct Sanitizer(Builder<'static>);

impl std::fmt::Debug for Sanitizer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Sanitizer")
    }
}

/// Elements that documents are written in.
const WRITTEN: [&str; 26] = [
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "div",
    "em",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "span",
    "strong",
    "table",
    "tbody",
    "td",
];

/// The rest of them.
const WRITTEN_TOO: [&str; 4] = ["th", "thead", "tr", "ul"];

/// Elements that are read beyond those that are written.
const READ: [&str; 38] = [
    "abbr", "article", "aside", "b", "bdi", "bdo", "caption", "center", "cite", "col", "dd",
    "details", "dfn", "dl", "dt", "footer", "header", "hgroup", "i", "input", "ins", "kbd", "main",
    "mark", "nav", "q", "s", "samp", "section", "small", "strike", "sub", "summary", "sup",
    "tfoot", "tt", "u", "var",
];

/// Elements that go with everything in them, so that no code is left behind as text.
const REMOVED: [&str; 14] = [
    "audio", "canvas", "embed", "frameset", "iframe", "math", "noscript", "object", "script",
    "select", "style", "svg", "template", "textarea",
];

impl Sanitizer {
    /// Returns the list for HTML that is about to be read.
    pub(crate) fn import() -> Self {
        let mut builder = base();
        builder
            .add_tags(READ)
            .add_generic_attributes(["class", "id", "align", "title"])
            .tag_attributes(HashMap::from([
                ("a", HashSet::from(["href"])),
                ("img", HashSet::from(["src", "alt"])),
                ("ol", HashSet::from(["start"])),
                ("input", HashSet::from(["checked"])),
            ]));
        Self(builder)
    }

    /// Returns the list for HTML that was made from a document.
    pub(crate) fn output() -> Self {
        let mut builder = base();
        let id = || HashSet::from(["id"]);
        let one = |name, value| HashMap::from([(name, HashSet::from([value]))]);
        builder
            .tag_attributes(HashMap::from([
                ("a", HashSet::from(["href", "title"])),
                ("img", HashSet::from(["src", "alt", "title"])),
                ("ol", HashSet::from(["start"])),
                ("code", HashSet::from(["class"])),
                ("h1", id()),
                ("h2", id()),
                ("h3", id()),
                ("h4", id()),
                ("h5", id()),
                ("h6", id()),
            ]))
            .tag_attribute_values(HashMap::from([
                ("a", one("rel", "noopener")),
                ("img", one("loading", "lazy")),
                ("pre", one("tabindex", "0")),
                ("th", one("scope", "col")),
                (
                    "div",
                    HashMap::from([
                        ("tabindex", HashSet::from(["0"])),
                        ("role", HashSet::from(["note"])),
                    ]),
                ),
            ]))
            .allowed_classes(classes())
            .attribute_filter(|element, attribute, value| {
                let free = element != "code" || attribute != "class";
                (free || value.starts_with("language-")).then_some(Cow::Borrowed(value))
            });
        Self(builder)
    }

    /// Returns what of `html` is on the list.
    pub(crate) fn clean(&self, html: &str) -> String {
        self.0.clean(html).to_string()
    }

    /// Returns what of a document's HTML is on the list: all of it, as a rule, and then it is not
    /// taken apart.
    pub(crate) fn clean_written(&self, html: String) -> String {
        if written::is_written(&html) {
            html
        } else {
            self.clean(&html)
        }
    }
}

/// What both lists have in common.
fn base() -> Builder<'static> {
    let mut builder = Builder::empty();
    builder
        .clean_content_tags(HashSet::from(REMOVED))
        .add_tags(WRITTEN)
        .add_tags(WRITTEN_TOO)
        .generic_attributes(HashSet::new())
        .url_schemes(HashSet::from(SCHEMES))
        .link_rel(None);
    builder
}

fn classes() -> HashMap<&'static str, HashSet<&'static str>> {
    let aligned = || HashSet::from(["align-left", "align-center", "align-right"]);
    let boxes = ["table", "callout"].into_iter();
    let boxes = boxes.chain(CalloutKind::ALL.map(CalloutKind::class));
    HashMap::from([
        ("ul", HashSet::from(["tasks"])),
        ("li", HashSet::from(["task"])),
        ("span", HashSet::from(["task-mark"])),
        ("p", HashSet::from(["callout-title"])),
        ("div", boxes.collect()),
        ("td", aligned()),
        ("th", aligned()),
    ])
}

#[cfg(test)]
mod tests;
