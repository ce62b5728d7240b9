//! A document as HTML: escaped by construction, in the form the HTML standard serialises (§13.3),
//! then passed through the sanitiser. It must never copy text into markup unescaped.

use super::{
    Document, address,
    block::{Alignment, Block, CalloutKind, ListItem, ListStyle, TableRow},
    inline::{Inline, Mark},
};
use crate::{escape, sanitizer::Sanitizer, words::Words};

/// Where a document is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LinkContext<'a> {
    /// What stands before addresses that begin with `/`: empty, or the path of a preview.
    pub base_path: &'a str,
    /// The language of the words that are not the document's, such as the titles of callouts.
    pub locale: &'a str,
}

/// Turns a document into HTML.
pub fn to_html(document: &Document, context: &LinkContext<'_>) -> String {
    Sanitizer::output().clean_written(write_html(document, context))
}

/// Bytes that most bodies fit into.
const BODY_BYTES_USUAL: usize = 8_192;

/// Turns a document into HTML that has not passed the sanitiser.
pub(crate) fn write_html(document: &Document, context: &LinkContext<'_>) -> String {
    let mut writer = Writer {
        out: String::with_capacity(BODY_BYTES_USUAL),
        base_path: context.base_path,
        words: Words::of(context.locale),
    };
    writer.blocks(document.blocks());
    writer.out
}

struct Writer<'a> {
    out: String,
    base_path: &'a str,
    words: &'static Words,
}

impl Writer<'_> {
    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            self.block(block);
            self.out.push('\n');
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Paragraph { content } => self.element("p", content),
            Block::Heading { level, id, content } => self.heading(*level, id, content),
            Block::List {
                style,
                start,
                items,
            } => self.list(*style, *start, items),
            Block::Quote { blocks } => {
                self.out.push_str("<blockquote>\n");
                self.blocks(blocks);
                self.out.push_str("</blockquote>");
            }
            Block::Code { language, text } => {
                self.out.push_str("<pre tabindex=\"0\"><code");
                if let Some(language) = language {
                    self.attribute("class", &format!("language-{language}"));
                }
                self.out.push('>');
                escape::text(&mut self.out, text);
                self.out.push_str("</code></pre>");
            }
            Block::Table {
                columns,
                header,
                rows,
            } => self.table(columns, header.as_ref(), rows),
            Block::Image {
                src,
                alt,
                title,
                caption,
            } => self.image(src, alt, title.as_deref(), caption),
            Block::Divider {} => self.out.push_str("<hr>"),
            Block::Callout {
                kind,
                title,
                blocks,
            } => self.callout(*kind, title.as_deref(), blocks),
        }
    }

    fn element(&mut self, name: &str, content: &[Inline]) {
        self.open(name);
        self.line(content);
        self.close(name);
    }

    fn open(&mut self, name: &str) {
        self.out.push('<');
        self.out.push_str(name);
        self.out.push('>');
    }

    fn close(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        escape::attribute(&mut self.out, value);
        self.out.push('"');
    }

    fn heading(&mut self, level: u8, id: &str, content: &[Inline]) {
        let name = match level {
            0 | 1 => "h1",
            2 => "h2",
            3 => "h3",
            4 => "h4",
            5 => "h5",
            _ => "h6",
        };
        self.out.push('<');
        self.out.push_str(name);
        self.attribute("id", id);
        self.out.push('>');
        self.line(content);
        self.close(name);
    }

    fn list(&mut self, style: ListStyle, start: u32, items: &[ListItem]) {
        let name = if style == ListStyle::Ordered {
            "ol"
        } else {
            "ul"
        };
        self.out.push('<');
        self.out.push_str(name);
        if style == ListStyle::Ordered && start != 1 {
            self.attribute("start", &start.to_string());
        }
        if style == ListStyle::Task {
            self.attribute("class", "tasks");
        }
        self.out.push_str(">\n");
        let tight = items.iter().all(is_tight);
        for item in items {
            self.item(item, tight);
        }
        self.close(name);
    }

    fn item(&mut self, item: &ListItem, tight: bool) {
        self.out.push_str(match item.checked {
            None => "<li>",
            Some(false) => "<li class=\"task\"><span class=\"task-mark\">☐</span> ",
            Some(true) => "<li class=\"task\"><span class=\"task-mark\">☑</span> ",
        });
        match item.blocks.split_first() {
            Some((Block::Paragraph { content }, rest)) if tight => {
                self.line(content);
                if !rest.is_empty() {
                    self.out.push('\n');
                    self.blocks(rest);
                }
            }
            _ => self.blocks(&item.blocks),
        }
        self.out.push_str("</li>\n");
    }

    fn table(&mut self, columns: &[Alignment], header: Option<&TableRow>, rows: &[TableRow]) {
        self.out
            .push_str("<div class=\"table\" tabindex=\"0\"><table>\n");
        if let Some(header) = header {
            self.out.push_str("<thead>\n");
            self.row("th", columns, header);
            self.out.push_str("</thead>\n");
        }
        if !rows.is_empty() {
            self.out.push_str("<tbody>\n");
            for row in rows {
                self.row("td", columns, row);
            }
            self.out.push_str("</tbody>\n");
        }
        self.out.push_str("</table></div>");
    }

    fn row(&mut self, name: &str, columns: &[Alignment], row: &TableRow) {
        self.out.push_str("<tr>");
        for (index, cell) in row.cells.iter().enumerate() {
            self.out.push('<');
            self.out.push_str(name);
            if name == "th" {
                self.attribute("scope", "col");
            }
            match columns.get(index) {
                Some(Alignment::Left) => self.attribute("class", "align-left"),
                Some(Alignment::Center) => self.attribute("class", "align-center"),
                Some(Alignment::Right) => self.attribute("class", "align-right"),
                Some(Alignment::None) | None => {}
            }
            self.out.push('>');
            self.line(&cell.content);
            self.close(name);
        }
        self.out.push_str("</tr>\n");
    }

    fn image(&mut self, src: &str, alt: &str, title: Option<&str>, caption: &[Inline]) {
        self.out.push_str("<figure><img");
        self.address("src", src);
        self.attribute("alt", alt);
        if let Some(title) = title {
            self.attribute("title", title);
        }
        self.attribute("loading", "lazy");
        self.out.push('>');
        if !caption.is_empty() {
            self.element("figcaption", caption);
        }
        self.out.push_str("</figure>");
    }

    fn callout(&mut self, kind: CalloutKind, title: Option<&str>, blocks: &[Block]) {
        self.out.push_str("<div");
        self.attribute("class", &format!("callout {}", kind.class()));
        self.attribute("role", "note");
        self.out.push_str(">\n<p class=\"callout-title\">");
        let title = title.unwrap_or_else(|| self.words.callout(kind));
        escape::text(&mut self.out, title);
        self.out.push_str("</p>\n");
        self.blocks(blocks);
        self.out.push_str("</div>");
    }

    /// Writes an address, under the base path when it begins at the site's root.
    fn address(&mut self, name: &str, address: &str) {
        if !self.base_path.is_empty() && address.starts_with('/') && !address.starts_with("//") {
            self.attribute(name, &format!("{}{address}", self.base_path));
        } else {
            self.attribute(name, address);
        }
    }

    fn line(&mut self, content: &[Inline]) {
        let mut open: Vec<&Mark> = Vec::new();
        for inline in content {
            match inline {
                Inline::HardBreak {} => self.out.push_str("<br>"),
                Inline::Text { text, marks } => {
                    let shared = open
                        .iter()
                        .zip(marks)
                        .take_while(|(left, right)| **left == *right)
                        .count();
                    self.close_marks(&mut open, shared);
                    for mark in marks.iter().skip(shared) {
                        self.open_mark(mark);
                        open.push(mark);
                    }
                    escape::text(&mut self.out, text);
                }
            }
        }
        self.close_marks(&mut open, 0);
    }

    fn close_marks(&mut self, open: &mut Vec<&Mark>, keep: usize) {
        while open.len() > keep {
            if let Some(mark) = open.pop() {
                self.close(tag(mark));
            }
        }
    }

    fn open_mark(&mut self, mark: &Mark) {
        let Mark::Link { href, title } = mark else {
            return self.open(tag(mark));
        };
        self.out.push_str("<a");
        self.address("href", href);
        if let Some(title) = title {
            self.attribute("title", title);
        }
        if address::is_external(href) {
            self.attribute("rel", "noopener");
        }
        self.out.push('>');
    }
}

const fn tag(mark: &Mark) -> &'static str {
    match mark {
        Mark::Link { .. } => "a",
        Mark::Bold {} => "strong",
        Mark::Italic {} => "em",
        Mark::Strike {} => "del",
        Mark::Code {} => "code",
    }
}

/// Whether an item reads well without paragraphs: one paragraph, and only lists after it.
fn is_tight(item: &ListItem) -> bool {
    match item.blocks.split_first() {
        Some((Block::Paragraph { .. }, rest)) => {
            rest.iter().all(|block| matches!(block, Block::List { .. }))
        }
        first => first.is_none(),
    }
}
