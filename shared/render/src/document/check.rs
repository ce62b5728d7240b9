//! The rules of a document that types do not carry: sizes, addresses, ids.

use std::collections::BTreeSet;

use super::{
    Document,
    address::{self, Use},
    anchor,
    block::{Block, ListItem, ListStyle, TableRow},
    html::{LinkContext, write_html},
    inline::{self, Inline, Mark},
};
use crate::{
    field_error::{FieldError, FieldErrors, place, step},
    limits::{
        BLOCKS_MAX, BODY_HTML_BYTES_MAX, DEPTH_MAX, DOCUMENT_BYTES_MAX, INLINES_MAX,
        LABEL_CHARS_MAX, LANGUAGE_BYTES_MAX, TABLE_COLUMNS_MAX,
    },
};

/// Refuses documents nested deeper than rendering recurses.
pub(crate) fn depth(blocks: &[Block]) -> Result<(), Vec<FieldError>> {
    fn fits(blocks: &[Block], left: usize) -> bool {
        left > 0
            && blocks
                .iter()
                .all(|block| anchor::children(block).all(|inner| fits(inner, left - 1)))
    }
    if fits(blocks, DEPTH_MAX) {
        Ok(())
    } else {
        let detail = format!("must not be nested deeper than {DEPTH_MAX} levels");
        Err(vec![FieldError::new("", detail)])
    }
}

/// Brings every line into its normal form.
pub(crate) fn normalise(blocks: &mut [Block]) {
    for block in blocks {
        match block {
            Block::Paragraph { content } | Block::Heading { content, .. } => {
                inline::normalise(content);
            }
            Block::List { items, .. } => {
                for item in items {
                    normalise(&mut item.blocks);
                }
            }
            Block::Quote { blocks } => normalise(blocks),
            Block::Callout { title, blocks, .. } => {
                clean(title);
                normalise(blocks);
            }
            Block::Code { text, .. } => *text = inline::clean(std::mem::take(text)),
            Block::Table { header, rows, .. } => {
                for cell in header.iter_mut().chain(rows).flat_map(|row| &mut row.cells) {
                    inline::normalise(&mut cell.content);
                }
            }
            Block::Image {
                alt,
                title,
                caption,
                ..
            } => {
                *alt = inline::clean(std::mem::take(alt));
                clean(title);
                inline::normalise(caption);
            }
            Block::Divider {} => {}
        }
    }
}

fn clean(title: &mut Option<String>) {
    if let Some(text) = title.take() {
        *title = Some(inline::clean(text));
    }
}

/// Checks every block.
pub(crate) fn blocks(blocks: &[Block]) -> Result<(), Vec<FieldError>> {
    let mut checker = Checker::default();
    checker.blocks(blocks, "");
    if checker.blocks > BLOCKS_MAX {
        let detail = format!("must have at most {BLOCKS_MAX} blocks, items, rows and cells");
        checker.errors.add("/blocks", detail);
    }
    if checker.inlines > INLINES_MAX {
        let detail = format!("must have at most {INLINES_MAX} pieces of text");
        checker.errors.add("/blocks", detail);
    }
    checker.errors.into_result(())
}

/// Checks the size of a document and of its HTML.
pub(crate) fn size(document: &Document) -> Result<(), Vec<FieldError>> {
    let mut errors = FieldErrors::default();
    if document.to_bytes().len() > DOCUMENT_BYTES_MAX {
        let detail = format!("must have at most {DOCUMENT_BYTES_MAX} bytes as a document");
        errors.add("", detail);
    } else if write_html(document, &LinkContext::default()).len() > BODY_HTML_BYTES_MAX {
        let detail = format!("must have at most {BODY_HTML_BYTES_MAX} bytes as HTML");
        errors.add("", detail);
    }
    errors.into_result(())
}

#[derive(Default)]
struct Checker<'a> {
    errors: FieldErrors,
    ids: BTreeSet<&'a str>,
    blocks: usize,
    inlines: usize,
}

impl<'a> Checker<'a> {
    fn blocks(&mut self, blocks: &'a [Block], pointer: &str) {
        for (index, block) in blocks.iter().enumerate() {
            if self.errors.is_full() {
                return;
            }
            self.blocks += 1;
            self.block(block, &place(pointer, "blocks", index));
        }
    }

    fn block(&mut self, block: &'a Block, pointer: &str) {
        match block {
            Block::Paragraph { content } => self.line(content, pointer, "content"),
            Block::Heading { level, id, content } => {
                if !(1..=6).contains(level) {
                    let detail = "must be between 1 and 6";
                    self.errors.add(step(pointer, "level"), detail);
                }
                self.anchor(id, &step(pointer, "id"));
                self.line(content, pointer, "content");
            }
            Block::List { style, items, .. } => self.items(*style, items, pointer),
            Block::Quote { blocks } => self.blocks(blocks, pointer),
            Block::Code { language, .. } => {
                if language.as_deref().is_some_and(|name| !is_language(name)) {
                    let detail = "must be letters, digits and `+#._-`, at most 40";
                    self.errors.add(step(pointer, "language"), detail);
                }
            }
            Block::Table {
                columns,
                header,
                rows,
            } => {
                self.columns(columns.len(), &step(pointer, "columns"));
                if let Some(header) = header {
                    self.row(header, &step(pointer, "header"));
                }
                for (index, row) in rows.iter().enumerate() {
                    self.row(row, &place(pointer, "rows", index));
                }
            }
            Block::Image {
                src,
                alt,
                title,
                caption,
            } => {
                self.address(src, Use::Image, &step(pointer, "src"));
                self.label(alt, &step(pointer, "alt"));
                self.title(title.as_deref(), pointer);
                self.line(caption, pointer, "caption");
            }
            Block::Divider {} => {}
            Block::Callout { title, blocks, .. } => {
                self.title(title.as_deref(), pointer);
                self.blocks(blocks, pointer);
            }
        }
    }

    fn anchor(&mut self, id: &'a str, pointer: &str) {
        if !anchor::is_valid(id) {
            let detail = "must be lower-case letters and digits joined by single hyphens";
            self.errors.add(pointer, detail);
        } else if !self.ids.insert(id) {
            self.errors.add(pointer, "must not be another heading's id");
        }
    }

    fn items(&mut self, style: ListStyle, items: &'a [ListItem], pointer: &str) {
        for (index, item) in items.iter().enumerate() {
            self.blocks += 1;
            let pointer = place(pointer, "items", index);
            if item.checked.is_some() && style != ListStyle::Task {
                let detail = "must not be there: the list is not one of tasks";
                self.errors.add(step(&pointer, "checked"), detail);
            }
            self.blocks(&item.blocks, &pointer);
        }
    }

    fn row(&mut self, row: &'a TableRow, pointer: &str) {
        self.columns(row.cells.len(), &step(pointer, "cells"));
        self.blocks += 1 + row.cells.len();
        for (index, cell) in row.cells.iter().enumerate() {
            self.line(&cell.content, &place(pointer, "cells", index), "content");
        }
    }

    fn columns(&mut self, count: usize, pointer: &str) {
        if count > TABLE_COLUMNS_MAX {
            let detail = format!("must have at most {TABLE_COLUMNS_MAX} columns");
            self.errors.add(pointer, detail);
        }
    }

    fn line(&mut self, content: &[Inline], pointer: &str, key: &str) {
        self.inlines += content.len();
        for (index, inline) in content.iter().enumerate() {
            if let Inline::Text { marks, .. } = inline
                && !marks.is_empty()
            {
                self.marks(marks, &place(pointer, key, index));
            }
        }
    }

    fn marks(&mut self, marks: &[Mark], pointer: &str) {
        let mut links = 0;
        for (index, mark) in marks.iter().enumerate() {
            if let Mark::Link { href, title } = mark {
                let pointer = place(pointer, "marks", index);
                links += 1;
                self.address(href, Use::Link, &step(&pointer, "href"));
                self.title(title.as_deref(), &pointer);
            }
        }
        if links > 1 {
            let detail = "must have at most one link";
            self.errors.add(step(pointer, "marks"), detail);
        }
    }

    fn address(&mut self, address: &str, purpose: Use, pointer: &str) {
        if let Err(detail) = address::check(address, purpose) {
            self.errors.add(pointer, detail);
        }
    }

    fn title(&mut self, title: Option<&str>, pointer: &str) {
        if let Some(title) = title {
            self.label(title, &step(pointer, "title"));
        }
    }

    fn label(&mut self, text: &str, pointer: &str) {
        self.errors.chars(pointer, text, LABEL_CHARS_MAX);
    }
}

/// Whether `name` can be the language of a code block.
pub(crate) fn is_language(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= LANGUAGE_BYTES_MAX
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+#._-".contains(&byte))
}
