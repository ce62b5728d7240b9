//! Markdown into blocks. Raw HTML goes the way of imported HTML: sanitised, then read.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most kinds of nodes belong to extensions that are not used"
)]

use comrak::{
    Arena, Options,
    nodes::{AlertType, AstNode, ListType, NodeLink, NodeValue, TableAlignment},
    parse_document,
};

use super::{
    block::{Alignment, Block, CalloutKind, ListItem, ListStyle, TableCell, TableRow},
    check::is_language,
    effort,
    flow::{self, Flow},
    html_source,
    inline::{Inline, Mark},
};
use crate::{
    field_error::FieldError,
    limits::{DEPTH_MAX, MARKUP_DEPTH_MAX},
};

type Node<'a> = &'a AstNode<'a>;
type Blocks = Result<Vec<Block>, Vec<FieldError>>;

/// Reads Markdown.
pub(crate) fn blocks(source: &str) -> Blocks {
    effort::check_markdown(source)?;
    let mut options = Options::default();
    options.extension.alerts = true;
    options.extension.autolink = true;
    options.extension.strikethrough = true;
    options.extension.table = true;
    options.extension.tasklist = true;
    let arena = Arena::new();
    children(parse_document(&arena, source, &options), DEPTH_MAX)
}

fn children(parent: Node<'_>, depth: usize) -> Blocks {
    if depth == 0 {
        let detail = format!("must not be nested deeper than {DEPTH_MAX} levels");
        return Err(vec![FieldError::new("", detail)]);
    }
    let mut flow = Flow::default();
    for node in parent.children() {
        block(node, depth, &mut flow)?;
    }
    Ok(flow.finish())
}

fn block(node: Node<'_>, depth: usize, flow: &mut Flow) -> Result<(), Vec<FieldError>> {
    let value = &node.data().value;
    match value {
        NodeValue::Paragraph => {
            line(node, flow, true);
            flow.flush();
        }
        NodeValue::Heading(heading) => flow.block(Block::Heading {
            level: heading.level,
            id: String::new(),
            content: inlines(node),
        }),
        NodeValue::BlockQuote | NodeValue::MultilineBlockQuote(_) => flow.block(Block::Quote {
            blocks: children(node, depth - 1)?,
        }),
        NodeValue::List(list) => {
            let items = items(node, depth)?;
            let style = match list.list_type {
                _ if items.iter().any(|item| item.checked.is_some()) => ListStyle::Task,
                ListType::Bullet => ListStyle::Bullet,
                ListType::Ordered => ListStyle::Ordered,
            };
            flow.block(Block::List {
                style,
                start: match style {
                    ListStyle::Ordered => u32::try_from(list.start).unwrap_or(1),
                    ListStyle::Bullet | ListStyle::Task => 1,
                },
                items,
            });
        }
        NodeValue::CodeBlock(code) => flow.block(Block::Code {
            language: language(&code.info),
            text: code.literal.trim_end_matches('\n').to_owned(),
        }),
        NodeValue::HtmlBlock(html) => {
            for block in html_source::blocks(&html.literal)? {
                flow.block(block);
            }
        }
        NodeValue::Table(table) => flow.block(self::table(node, &table.alignments)),
        NodeValue::ThematicBreak => flow.block(Block::Divider {}),
        NodeValue::Alert(alert) => flow.block(Block::Callout {
            kind: kind(alert.alert_type),
            title: alert.title.clone(),
            blocks: children(node, depth - 1)?,
        }),
        // Whatever else an extension may make is read for what it contains.
        _ => {
            for block in children(node, depth - 1)? {
                flow.block(block);
            }
        }
    }
    Ok(())
}

fn items(list: Node<'_>, depth: usize) -> Result<Vec<ListItem>, Vec<FieldError>> {
    let item = |node: Node<'_>| {
        let checked = match &node.data().value {
            NodeValue::TaskItem(task) => Some(task.symbol.is_some()),
            _ => None,
        };
        Ok(ListItem {
            checked,
            blocks: children(node, depth - 1)?,
        })
    };
    list.children().map(item).collect()
}

fn table(table: Node<'_>, alignments: &[TableAlignment]) -> Block {
    let mut header = None;
    let mut rows = Vec::new();
    for node in table.children() {
        let cells = node.children().map(|cell| TableCell {
            content: inlines(cell),
        });
        let row = TableRow {
            cells: cells.collect(),
        };
        if matches!(&node.data().value, NodeValue::TableRow(true)) && header.is_none() {
            header = Some(row);
        } else {
            rows.push(row);
        }
    }
    let align = |alignment: &TableAlignment| match alignment {
        TableAlignment::None => Alignment::None,
        TableAlignment::Left => Alignment::Left,
        TableAlignment::Center => Alignment::Center,
        TableAlignment::Right => Alignment::Right,
    };
    Block::Table {
        columns: alignments.iter().map(align).collect(),
        header,
        rows,
    }
}

/// Reads a line that can hold no pictures.
fn inlines(parent: Node<'_>) -> Vec<Inline> {
    let mut flow = Flow::default();
    line(parent, &mut flow, false);
    flow.take_line()
}

fn line(parent: Node<'_>, flow: &mut Flow, pictures: bool) {
    let mut reader = Line { flow, pictures };
    reader.children(parent, &mut Vec::new(), MARKUP_DEPTH_MAX);
}

struct Line<'f> {
    flow: &'f mut Flow,
    pictures: bool,
}

impl Line<'_> {
    fn children(&mut self, parent: Node<'_>, marks: &mut Vec<Mark>, depth: usize) {
        if depth == 0 {
            self.flow.text(&words(parent), marks);
            return;
        }
        for node in parent.children() {
            self.inline(node, marks, depth);
        }
    }

    fn inline(&mut self, node: Node<'_>, marks: &mut Vec<Mark>, depth: usize) {
        let mark = match &node.data().value {
            NodeValue::Text(text) => return self.flow.text(text, marks),
            NodeValue::Code(code) => {
                return flow::marked(marks, Some(Mark::Code {}), |marks| {
                    self.flow.text(&code.literal, marks);
                });
            }
            NodeValue::SoftBreak => return self.flow.text(" ", marks),
            NodeValue::LineBreak => return self.flow.hard_break(),
            NodeValue::HtmlInline(html) => {
                if html
                    .get(..3)
                    .is_some_and(|tag| tag.eq_ignore_ascii_case("<br"))
                {
                    self.flow.hard_break();
                }
                return;
            }
            NodeValue::Image(link) => return self.image(node, link, marks),
            NodeValue::Emph => Some(Mark::Italic {}),
            NodeValue::Strong => Some(Mark::Bold {}),
            NodeValue::Strikethrough => Some(Mark::Strike {}),
            NodeValue::Link(link) => flow::link(&link.url, Some(&link.title)),
            _ => None,
        };
        flow::marked(marks, mark, |marks| self.children(node, marks, depth - 1));
    }

    fn image(&mut self, node: Node<'_>, link: &NodeLink, marks: &[Mark]) {
        let alt = words(node);
        if self.pictures {
            self.flow.image(&link.url, &alt, Some(&link.title), marks);
        } else {
            self.flow.text(&alt, marks);
        }
    }
}

/// Returns the words below a node.
fn words(node: Node<'_>) -> String {
    let mut out = String::new();
    for inner in node.descendants() {
        match &inner.data().value {
            NodeValue::Text(text) => out.push_str(text),
            NodeValue::Code(code) => out.push_str(&code.literal),
            NodeValue::SoftBreak | NodeValue::LineBreak => out.push(' '),
            _ => {}
        }
    }
    out
}

fn language(info: &str) -> Option<String> {
    let name = info.split([' ', ',', '{']).next()?;
    is_language(name).then(|| name.to_owned())
}

const fn kind(alert: AlertType) -> CalloutKind {
    match alert {
        AlertType::Note => CalloutKind::Note,
        AlertType::Tip => CalloutKind::Tip,
        AlertType::Important => CalloutKind::Important,
        AlertType::Warning => CalloutKind::Warning,
        AlertType::Caution => CalloutKind::Caution,
    }
}
