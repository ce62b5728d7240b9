//! The document model: blocks of text as JSON, the one source of a page's body. It must never hold
//! HTML; Markdown and HTML are read into it, HTML is made from it.

pub(crate) mod address;
mod anchor;
pub mod block;
mod check;
mod decode;
mod effort;
mod flow;
mod html;
mod html_source;
pub mod inline;
mod markdown;
mod markup;
mod members;
mod outline;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use block::Block;
pub use html::{LinkContext, to_html};
pub use inline::{Inline, Mark};
pub use outline::Heading;

pub(crate) use check::is_language;
pub(crate) use html::write_html;

use crate::{
    canonical,
    field_error::FieldError,
    limits::{DOCUMENT_BYTES_MAX, SOURCE_BYTES_MAX},
};

/// The version of the model that is written.
const VERSION: u16 = 1;

/// A page's body: blocks of text.
///
/// Deserialising reads what was stored; [`Document::parse`] is for input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Document {
    version: u16,
    blocks: Vec<Block>,
}

/// What a body is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Format {
    /// `CommonMark` with GitHub's tables, task lists, strikethrough, autolinks and alerts.
    Markdown,
    /// HTML, of which the document keeps what it has words for.
    Html,
    /// The document's own JSON.
    Document,
}

/// Why stored bytes are not a document.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The bytes are not the JSON of a document.
    #[error("the bytes are not a document")]
    Malformed(#[from] serde_json::Error),
    /// The document is of a later version.
    #[error("the document has version {0}, which is not known here")]
    Version(u16),
    /// There are more bytes than any document has.
    #[error("the document has {0} bytes")]
    TooLarge(usize),
}

impl Document {
    /// Reads input: text for Markdown and HTML, an object for a document. Pointers in errors lead
    /// into `value`.
    pub fn parse(format: Format, value: &Value) -> Result<Self, Vec<FieldError>> {
        match format {
            Format::Markdown => Self::accept(markdown::blocks(text(value)?)?),
            Format::Html => Self::accept(html_source::blocks(text(value)?)?),
            Format::Document => Self::accept(decode::blocks(value)?),
        }
    }

    /// Makes a document of blocks, under the same rules as input.
    pub fn new(blocks: Vec<Block>) -> Result<Self, Vec<FieldError>> {
        Self::accept(blocks)
    }

    /// Returns a document without a word.
    pub const fn empty() -> Self {
        Self {
            version: VERSION,
            blocks: Vec::new(),
        }
    }

    fn accept(mut blocks: Vec<Block>) -> Result<Self, Vec<FieldError>> {
        check::depth(&blocks)?;
        check::normalise(&mut blocks);
        anchor::assign(&mut blocks);
        check::blocks(&blocks)?;
        let document = Self {
            version: VERSION,
            blocks,
        };
        check::size(&document)?;
        Ok(document)
    }

    /// Returns the blocks.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Returns the canonical bytes: equal documents have equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical::bytes(self)
    }

    /// Reads canonical bytes back.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DocumentError> {
        if bytes.len() > DOCUMENT_BYTES_MAX {
            return Err(DocumentError::TooLarge(bytes.len()));
        }
        let document: Self = canonical::read(bytes)?;
        document.known()
    }

    /// Refuses versions that are not known here.
    pub(crate) fn known(self) -> Result<Self, DocumentError> {
        if self.version == VERSION {
            Ok(self)
        } else {
            Err(DocumentError::Version(self.version))
        }
    }

    /// Returns the headings in their order.
    pub fn headings(&self) -> Vec<Heading> {
        outline::headings(&self.blocks)
    }

    /// Whether the document begins with a heading of the first level, and so with its own title.
    pub fn has_title(&self) -> bool {
        matches!(self.blocks.first(), Some(Block::Heading { level: 1, .. }))
    }

    /// Returns the words alone, a line for each block.
    pub fn plain_text(&self) -> String {
        outline::plain_text(&self.blocks)
    }

    /// Returns the beginning of the running text, at most `max` characters, cut between words.
    pub fn excerpt(&self, max: usize) -> String {
        outline::excerpt(&self.blocks, max)
    }

    /// Returns a document that shows every kind of block and mark.
    pub fn sample() -> Self {
        Self::parse(
            Format::Markdown,
            &Value::from(include_str!("document/sample.md")),
        )
        .unwrap_or_else(|_| Self::empty())
    }
}

fn text(value: &Value) -> Result<&str, Vec<FieldError>> {
    let Some(text) = value.as_str() else {
        return Err(vec![FieldError::new("", "must be a string")]);
    };
    if text.len() > SOURCE_BYTES_MAX {
        let detail = format!("must have at most {SOURCE_BYTES_MAX} bytes");
        return Err(vec![FieldError::new("", detail)]);
    }
    Ok(text)
}
