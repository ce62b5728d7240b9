//! What can be told about a document without its markup: headings, words, a beginning.

use serde::Serialize;

use super::{
    anchor,
    block::Block,
    inline::{plain, push_plain},
};

/// A heading, for a table of contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// The name in `#name`.
    pub id: String,
    /// The words.
    pub text: String,
}

/// Returns the headings that stand on their own, in their order.
pub(crate) fn headings(blocks: &[Block]) -> Vec<Heading> {
    let heading = |block: &Block| match block {
        Block::Heading { level, id, content } => Some(Heading {
            level: *level,
            id: id.clone(),
            text: plain(content),
        }),
        Block::Paragraph { .. }
        | Block::List { .. }
        | Block::Quote { .. }
        | Block::Code { .. }
        | Block::Table { .. }
        | Block::Image { .. }
        | Block::Divider {}
        | Block::Callout { .. } => None,
    };
    blocks.iter().filter_map(heading).collect()
}

/// Returns the words, a line for each block.
pub(crate) fn plain_text(blocks: &[Block]) -> String {
    let mut out = String::new();
    push_words(blocks, &mut out);
    out.truncate(out.trim_end().len());
    out
}

fn push_words(blocks: &[Block], out: &mut String) {
    for block in blocks {
        match block {
            Block::Paragraph { content } | Block::Heading { content, .. } => {
                push_plain(content, out);
                out.push('\n');
            }
            Block::Code { text, .. } => {
                out.push_str(text.trim_end());
                out.push('\n');
            }
            Block::Table { header, rows, .. } => {
                for row in header.iter().chain(rows) {
                    for cell in &row.cells {
                        push_plain(&cell.content, out);
                        out.push(' ');
                    }
                    out.push('\n');
                }
            }
            Block::Image { alt, caption, .. } => {
                out.push_str(alt);
                out.push('\n');
                push_plain(caption, out);
                out.push('\n');
            }
            Block::Callout { title, .. } => {
                out.push_str(title.as_deref().unwrap_or_default());
                out.push('\n');
            }
            Block::List { .. } | Block::Quote { .. } | Block::Divider {} => {}
        }
        anchor::children(block).for_each(|inner| push_words(inner, out));
    }
}

/// Returns the beginning of the running text.
pub(crate) fn excerpt(blocks: &[Block], max: usize) -> String {
    let mut text = String::new();
    push_running(blocks, max, &mut text);
    shorten(&text, max)
}

fn push_running(blocks: &[Block], max: usize, out: &mut String) {
    for block in blocks {
        // A character has at most four bytes.
        if out.len() > max.saturating_mul(4) {
            return;
        }
        if let Block::Paragraph { content } = block {
            push_plain(content, out);
            out.push(' ');
        }
        anchor::children(block).for_each(|inner| push_running(inner, max, out));
    }
}

/// Collapses white space and cuts between words, with an ellipsis where something was cut.
fn shorten(text: &str, max: usize) -> String {
    let mut out = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let more = word.chars().count() + usize::from(length > 0);
        if length + more > max.saturating_sub(1) {
            if length == 0 {
                out.extend(word.chars().take(max.saturating_sub(1)));
            }
            out.push('…');
            return out;
        }
        if length > 0 {
            out.push(' ');
        }
        out.push_str(word);
        length += more;
    }
    out
}
