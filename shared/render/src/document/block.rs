//! The blocks a document is made of. They must never hold markup.

use serde::{Deserialize, Serialize};

use super::inline::Inline;
use super::members::BlockMembers;

/// One block of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    try_from = "BlockMembers",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Block {
    /// Running text.
    Paragraph {
        /// The text.
        content: Vec<Inline>,
    },
    /// A heading that links can point to.
    Heading {
        /// 1 to 6.
        level: u8,
        /// The name in `#name`; made from the text when it is left out.
        id: String,
        /// The text.
        content: Vec<Inline>,
    },
    /// A list of items.
    List {
        /// What stands before each item.
        style: ListStyle,
        /// The first number of an ordered list.
        #[serde(skip_serializing_if = "is_first")]
        start: u32,
        /// The items.
        items: Vec<ListItem>,
    },
    /// Somebody else's words.
    Quote {
        /// What is quoted.
        blocks: Vec<Self>,
    },
    /// Preformatted code.
    Code {
        /// The language, such as `rust`.
        #[serde(skip_serializing_if = "Option::is_none")]
        language: Option<String>,
        /// The code.
        text: String,
    },
    /// A table.
    Table {
        /// How each column is aligned; columns beyond are not.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        columns: Vec<Alignment>,
        /// The row of headings.
        #[serde(skip_serializing_if = "Option::is_none")]
        header: Option<TableRow>,
        /// The other rows.
        rows: Vec<TableRow>,
    },
    /// A picture.
    Image {
        /// Where it is.
        src: String,
        /// What it shows, in words; empty for decoration.
        alt: String,
        /// An advisory title.
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        /// The text below it.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        caption: Vec<Inline>,
    },
    /// A break between themes.
    Divider {},
    /// A box that stands out.
    Callout {
        /// How urgent it is.
        kind: CalloutKind,
        /// Its title; the kind's name in the site's language when it is left out.
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        /// What it says.
        blocks: Vec<Self>,
    },
}

/// What stands before the items of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ListStyle {
    /// A dot.
    Bullet,
    /// A number.
    Ordered,
    /// A box, ticked or not.
    Task,
}

/// One item of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListItem {
    /// Whether a task is done; only in lists of tasks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<bool>,
    /// What the item says.
    pub blocks: Vec<Block>,
}

/// One row of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TableRow {
    /// The cells.
    pub cells: Vec<TableCell>,
}

/// One cell of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TableCell {
    /// The text.
    #[serde(default)]
    pub content: Vec<Inline>,
}

/// How a column of a table is aligned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Alignment {
    /// As the text runs.
    None,
    /// To the left.
    Left,
    /// Centred.
    Center,
    /// To the right.
    Right,
}

/// How urgent a callout is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CalloutKind {
    /// Useful to know.
    Note,
    /// A better way.
    Tip,
    /// Needed to succeed.
    Important,
    /// Look out.
    Warning,
    /// This can do harm.
    Caution,
}

impl CalloutKind {
    /// Every kind, from the mildest.
    pub const ALL: [Self; 5] = [
        Self::Note,
        Self::Tip,
        Self::Important,
        Self::Warning,
        Self::Caution,
    ];

    /// Returns the class that styles the kind.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Note => "callout-note",
            Self::Tip => "callout-tip",
            Self::Important => "callout-important",
            Self::Warning => "callout-warning",
            Self::Caution => "callout-caution",
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes the field by reference"
)]
const fn is_first(start: &u32) -> bool {
    *start == 1
}
