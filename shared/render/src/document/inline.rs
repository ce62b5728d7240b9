//! Text with marks, and the normal form that makes equal text equal bytes.

use serde::{Deserialize, Serialize};

use super::members::{InlineMembers, MarkMembers};

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    try_from = "InlineMembers",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Inline {
    /// Text under the same marks.
    Text {
        /// The text.
        text: String,
        /// The marks, in their order and each once.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        marks: Vec<Mark>,
    },
    /// A new line within a paragraph.
    HardBreak {},
}

/// What a piece of text is, beyond text. The order is the order of nesting, outermost first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(
    tag = "type",
    try_from = "MarkMembers",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Mark {
    /// A link.
    Link {
        /// Where to.
        href: String,
        /// An advisory title.
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<String>,
    },
    /// Strong importance.
    Bold {},
    /// Emphasis.
    Italic {},
    /// No longer so.
    Strike {},
    /// Code.
    Code {},
}

impl Inline {
    /// Makes a piece of text.
    pub fn text(text: impl Into<String>, marks: Vec<Mark>) -> Self {
        Self::Text {
            text: text.into(),
            marks,
        }
    }
}

/// Brings a line into its normal form: marks sorted and each once, neighbours under the same marks
/// joined, nothing empty.
pub(crate) fn normalise(content: &mut Vec<Inline>) {
    let mut normal: Vec<Inline> = Vec::with_capacity(content.len());
    for inline in content.drain(..) {
        match inline {
            Inline::HardBreak {} => normal.push(Inline::HardBreak {}),
            Inline::Text { text, mut marks } => {
                let text = clean(text);
                if text.is_empty() {
                    continue;
                }
                marks.sort();
                marks.dedup();
                match normal.last_mut() {
                    Some(Inline::Text {
                        text: last,
                        marks: same,
                    }) if *same == marks => last.push_str(&text),
                    _ => normal.push(Inline::Text { text, marks }),
                }
            }
        }
    }
    *content = normal;
}

/// Removes what HTML cannot carry: carriage returns become line feeds, as parsers make them, and
/// control characters go.
pub(crate) fn clean(text: String) -> String {
    if text.chars().any(is_refused) {
        text.replace("\r\n", "\n")
            .replace('\r', "\n")
            .replace(is_refused, "")
    } else {
        text
    }
}

fn is_refused(character: char) -> bool {
    character.is_control() && character != '\n' && character != '\t'
}

/// Appends the bare text of a line.
pub(crate) fn push_plain(content: &[Inline], out: &mut String) {
    for inline in content {
        match inline {
            Inline::Text { text, .. } => out.push_str(text),
            Inline::HardBreak {} => out.push(' '),
        }
    }
}

/// Returns the bare text of a line.
pub(crate) fn plain(content: &[Inline]) -> String {
    let mut out = String::new();
    push_plain(content, &mut out);
    out
}
