//! Imported HTML into blocks: sanitised first, then read for what the document has words for.

mod table;

use std::collections::BTreeSet;

use super::{
    anchor,
    block::{Block, CalloutKind, ListItem, ListStyle},
    check::is_language,
    effort,
    flow::{self, Flow},
    inline::{Inline, Mark},
    markup::{self, Element, Node},
};
use crate::{field_error::FieldError, sanitizer::Sanitizer, words::Words};

/// Reads HTML.
pub(crate) fn blocks(source: &str) -> Result<Vec<Block>, Vec<FieldError>> {
    effort::check_html(source)?;
    let tree = markup::parse(&Sanitizer::import().clean(source));
    Ok(Reader::default().blocks(&tree.children))
}

#[derive(Default)]
struct Reader {
    ids: BTreeSet<String>,
}

impl Reader {
    fn blocks(&mut self, nodes: &[Node]) -> Vec<Block> {
        let mut flow = Flow::default();
        self.nodes(nodes, &mut flow, &mut Vec::new());
        flow.finish()
    }

    fn nodes(&mut self, nodes: &[Node], flow: &mut Flow, marks: &mut Vec<Mark>) {
        for node in nodes {
            match node {
                Node::Text(text) => flow.collapsed(text, marks),
                Node::Element(element) => self.element(element, flow, marks),
            }
        }
    }

    fn element(&mut self, element: &Element, flow: &mut Flow, marks: &mut Vec<Mark>) {
        match element.name.as_str() {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                let heading = self.heading(element);
                flow.block(heading);
            }
            "ul" | "ol" => {
                let list = self.list(element);
                flow.block(list);
            }
            "blockquote" => flow.block(Block::Quote {
                blocks: self.blocks(&element.children),
            }),
            "pre" => flow.block(code(element)),
            "table" => table::read(element, flow),
            "figure" => self.figure(element, flow),
            "hr" => flow.block(Block::Divider {}),
            "div" | "aside" if kind(element).is_some() => {
                let callout = self.callout(element);
                flow.block(callout);
            }
            "dt" => {
                flow.flush();
                flow::marked(marks, Some(Mark::Bold {}), |marks| {
                    self.nodes(&element.children, flow, marks);
                });
                flow.flush();
            }
            name if is_container(name) => {
                flow.flush();
                self.nodes(&element.children, flow, marks);
                flow.flush();
            }
            _ if inline(element, flow, marks, true) => {}
            _ => {
                let mark = mark(element);
                flow::marked(marks, mark, |marks| {
                    self.nodes(&element.children, flow, marks);
                });
            }
        }
    }

    fn heading(&mut self, element: &Element) -> Block {
        let id = element.attribute("id").unwrap_or_default();
        let own = anchor::is_valid(id) && self.ids.insert(id.to_owned());
        Block::Heading {
            level: match element.name.as_str() {
                "h1" => 1,
                "h2" => 2,
                "h3" => 3,
                "h4" => 4,
                "h5" => 5,
                _ => 6,
            },
            id: if own { id.to_owned() } else { String::new() },
            content: line(&element.children),
        }
    }

    fn list(&mut self, element: &Element) -> Block {
        let items: Vec<ListItem> = element
            .elements()
            .map(|item| ListItem {
                checked: checked(item),
                blocks: self.blocks(&item.children),
            })
            .collect();
        let style = if items.iter().any(|item| item.checked.is_some()) {
            ListStyle::Task
        } else if element.name == "ol" {
            ListStyle::Ordered
        } else {
            ListStyle::Bullet
        };
        let start = element
            .attribute("start")
            .and_then(|text| text.parse().ok());
        Block::List {
            style,
            start: start.filter(|_| style == ListStyle::Ordered).unwrap_or(1),
            items,
        }
    }

    fn figure(&mut self, element: &Element, flow: &mut Flow) {
        let mut parts = self.blocks_without_caption(element);
        let caption = element
            .elements()
            .find(|inner| inner.name == "figcaption")
            .map(|inner| line(&inner.children))
            .unwrap_or_default();
        match parts.as_mut_slice() {
            [Block::Image { caption: place, .. }] => *place = caption,
            _ if !caption.is_empty() => parts.push(Block::Paragraph { content: caption }),
            _ => {}
        }
        for block in parts {
            flow.block(block);
        }
    }

    fn blocks_without_caption(&mut self, figure: &Element) -> Vec<Block> {
        let mut flow = Flow::default();
        for node in &figure.children {
            if node
                .element()
                .is_none_or(|inner| inner.name != "figcaption")
            {
                self.nodes(std::slice::from_ref(node), &mut flow, &mut Vec::new());
            }
        }
        flow.finish()
    }

    fn callout(&mut self, element: &Element) -> Block {
        let kind = kind(element).unwrap_or(CalloutKind::Note);
        let mut title = None;
        let mut flow = Flow::default();
        for node in &element.children {
            match node.element() {
                Some(inner) if inner.classes().any(|class| class == "callout-title") => {
                    title = Some(inner.text().trim().to_owned());
                }
                _ => self.nodes(std::slice::from_ref(node), &mut flow, &mut Vec::new()),
            }
        }
        let usual = Words::of("en").callout(kind);
        Block::Callout {
            kind,
            title: title.filter(|title| !title.is_empty() && title != usual),
            blocks: flow.finish(),
        }
    }
}

/// Reads a line: blocks within become text, pictures their words.
fn line(nodes: &[Node]) -> Vec<Inline> {
    fn read(nodes: &[Node], flow: &mut Flow, marks: &mut Vec<Mark>) {
        for node in nodes {
            match node {
                Node::Text(text) => flow.collapsed(text, marks),
                Node::Element(element) if inline(element, flow, marks, false) => {}
                Node::Element(element) => {
                    if is_container(&element.name) {
                        flow.collapsed(" ", marks);
                    }
                    let mark = mark(element);
                    flow::marked(marks, mark, |marks| read(&element.children, flow, marks));
                }
            }
        }
    }
    let mut flow = Flow::default();
    read(nodes, &mut flow, &mut Vec::new());
    flow.take_line()
}

/// Reads an element that stands for itself; says whether it was one.
fn inline(element: &Element, flow: &mut Flow, marks: &[Mark], pictures: bool) -> bool {
    match element.name.as_str() {
        "br" => flow.hard_break(),
        "img" => {
            let src = element.attribute("src").unwrap_or_default();
            let alt = element.attribute("alt").unwrap_or_default();
            if pictures {
                flow.image(src, alt, element.attribute("title"), marks);
            } else {
                flow.collapsed(alt, marks);
            }
        }
        "input" | "wbr" | "col" | "area" => {}
        "span" if element.classes().any(|class| class == "task-mark") => {}
        _ => return false,
    }
    true
}

fn mark(element: &Element) -> Option<Mark> {
    match element.name.as_str() {
        "a" => flow::link(element.attribute("href")?, element.attribute("title")),
        "b" | "strong" => Some(Mark::Bold {}),
        "i" | "em" | "cite" | "dfn" | "var" => Some(Mark::Italic {}),
        "s" | "del" | "strike" => Some(Mark::Strike {}),
        "code" | "kbd" | "samp" | "tt" => Some(Mark::Code {}),
        _ => None,
    }
}

fn code(element: &Element) -> Block {
    let language = std::iter::once(element)
        .chain(element.elements())
        .flat_map(Element::classes)
        .find_map(|class| class.strip_prefix("language-"))
        .filter(|name| is_language(name));
    Block::Code {
        language: language.map(ToOwned::to_owned),
        text: element.text().trim_end_matches('\n').to_owned(),
    }
}

fn checked(item: &Element) -> Option<bool> {
    item.elements().find_map(|inner| match inner.name.as_str() {
        "input" => Some(inner.attribute("checked").is_some()),
        "span" if inner.classes().any(|class| class == "task-mark") => {
            Some(inner.text().contains('☑'))
        }
        "p" | "label" => checked(inner),
        _ => None,
    })
}

fn kind(element: &Element) -> Option<CalloutKind> {
    let class = element
        .classes()
        .find(|class| class.starts_with("callout-"))?;
    CalloutKind::ALL
        .into_iter()
        .find(|kind| kind.class() == class)
}

fn is_container(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "section"
            | "article"
            | "header"
            | "footer"
            | "main"
            | "nav"
            | "aside"
            | "center"
            | "details"
            | "summary"
            | "dl"
            | "dd"
            | "li"
            | "figcaption"
            | "caption"
            | "hgroup"
            | "tr"
            | "td"
            | "th"
            | "thead"
            | "tbody"
            | "tfoot"
    )
}
