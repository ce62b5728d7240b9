//! Collects what importers find: lines become paragraphs, pictures and blocks stand between them.

use super::{
    address::{self, Use},
    block::Block,
    inline::{Inline, Mark, clean},
};
use crate::limits::LABEL_CHARS_MAX;

/// Blocks in the making, and the line that is not yet one.
#[derive(Debug, Default)]
pub(crate) struct Flow {
    blocks: Vec<Block>,
    line: Vec<Inline>,
}

impl Flow {
    /// Adds text as it is.
    pub(crate) fn text(&mut self, text: &str, marks: &[Mark]) {
        // What goes must be gone before white space is looked at, or it hides some.
        let text = clean(text.to_owned());
        if !text.is_empty() {
            self.line.push(Inline::text(text, marks.to_vec()));
        }
    }

    /// Adds text as HTML shows it: white space collapses.
    pub(crate) fn collapsed(&mut self, text: &str, marks: &[Mark]) {
        let mut out = String::with_capacity(text.len());
        let mut after_space = match self.line.last() {
            Some(Inline::Text { text, .. }) => text.ends_with(' '),
            Some(Inline::HardBreak {}) | None => true,
        };
        for character in clean(text.to_owned()).chars() {
            if character.is_ascii_whitespace() {
                if !after_space {
                    out.push(' ');
                }
                after_space = true;
            } else {
                out.push(character);
                after_space = false;
            }
        }
        self.text(&out, marks);
    }

    /// Adds a new line.
    pub(crate) fn hard_break(&mut self) {
        trim_end(&mut self.line);
        if !self.line.is_empty() {
            self.line.push(Inline::HardBreak {});
        }
    }

    /// Adds a block after what came before.
    pub(crate) fn block(&mut self, block: Block) {
        self.flush();
        self.blocks.push(block);
    }

    /// Adds a picture; one that must not be shown leaves its words.
    pub(crate) fn image(&mut self, src: &str, alt: &str, title: Option<&str>, marks: &[Mark]) {
        match address::import(src, Use::Image) {
            Some(src) => self.block(Block::Image {
                src,
                alt: label(alt),
                title: title.filter(|title| !title.is_empty()).map(label),
                caption: Vec::new(),
            }),
            None => self.text(alt, marks),
        }
    }

    /// Ends the line.
    pub(crate) fn flush(&mut self) {
        let content = self.take_line();
        if !content.is_empty() {
            self.blocks.push(Block::Paragraph { content });
        }
    }

    /// Takes the line that is not yet a paragraph.
    pub(crate) fn take_line(&mut self) -> Vec<Inline> {
        let mut content = std::mem::take(&mut self.line);
        while matches!(content.last(), Some(Inline::HardBreak {})) {
            content.pop();
            trim_end(&mut content);
        }
        trim_end(&mut content);
        content
    }

    /// Ends the last line and returns everything.
    pub(crate) fn finish(mut self) -> Vec<Block> {
        self.flush();
        self.blocks
    }
}

fn trim_end(line: &mut Vec<Inline>) {
    while let Some(Inline::Text { text, .. }) = line.last_mut() {
        text.truncate(text.trim_end_matches([' ', '\n', '\t']).len());
        if !text.is_empty() {
            return;
        }
        line.pop();
    }
}

/// Makes a link, if its address may be followed.
pub(crate) fn link(href: &str, title: Option<&str>) -> Option<Mark> {
    Some(Mark::Link {
        href: address::import(href, Use::Link)?,
        title: title.filter(|title| !title.is_empty()).map(label),
    })
}

/// Runs `inner` under one more mark, unless a mark of that kind is there already.
pub(crate) fn marked(
    marks: &mut Vec<Mark>,
    mark: Option<Mark>,
    inner: impl FnOnce(&mut Vec<Mark>),
) {
    let same = |mark: &Mark| {
        let kind = std::mem::discriminant(mark);
        marks
            .iter()
            .any(|other| std::mem::discriminant(other) == kind)
    };
    match mark.filter(|mark| !same(mark)) {
        Some(mark) => {
            marks.push(mark);
            inner(marks);
            marks.pop();
        }
        None => inner(marks),
    }
}

fn label(text: &str) -> String {
    text.chars().take(LABEL_CHARS_MAX).collect()
}
