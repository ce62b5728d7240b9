//! Recognises, in one pass, HTML that is exactly what documents are written in: every element where
//! it belongs, every attribute and value on the list, nothing unescaped. The sanitiser would leave
//! such HTML as it is, at many times the cost. It must never accept what the sanitiser would change;
//! what it does not recognise goes to the sanitiser.

use crate::document::{
    address::{self, Use},
    block::CalloutKind,
    is_language,
};

/// Says whether `html` is what documents are written in.
pub(super) fn is_written(html: &str) -> bool {
    let mut reader = Reader {
        rest: html,
        open: Vec::new(),
    };
    reader.read().is_some() && reader.open.is_empty()
}

/// What an element may contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    Blocks,
    /// Blocks, or a table.
    Boxed,
    /// Blocks, or text and phrases.
    Item,
    /// Text and phrases.
    Phrases,
    Items,
    Sections,
    Rows,
    Cells,
    Code,
    Figure,
    Nothing,
}

/// Where an element may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Block,
    Phrase,
    Item,
    Table,
    Section,
    Row,
    Cell,
    Picture,
}

impl Content {
    fn accepts(self, name: &str, place: Place) -> bool {
        match self {
            Self::Blocks => place == Place::Block,
            Self::Boxed => matches!(place, Place::Block | Place::Table),
            Self::Item => matches!(place, Place::Block | Place::Phrase),
            Self::Phrases => place == Place::Phrase,
            Self::Items => place == Place::Item,
            Self::Sections => place == Place::Section,
            Self::Rows => place == Place::Row,
            Self::Cells => place == Place::Cell,
            Self::Code => name == "code",
            Self::Figure => place == Place::Picture,
            Self::Nothing => false,
        }
    }

    fn accepts_text(self, text: &str) -> bool {
        match self {
            Self::Item | Self::Phrases => is_text(text),
            // A line feed after `<pre>` would be dropped by parsers.
            Self::Code | Self::Nothing => false,
            Self::Blocks
            | Self::Boxed
            | Self::Items
            | Self::Sections
            | Self::Rows
            | Self::Cells
            | Self::Figure => text.bytes().all(|byte| byte == b'\n'),
        }
    }
}

fn element(name: &str) -> Option<(Place, Content)> {
    Some(match name {
        "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => (Place::Block, Content::Phrases),
        "ul" | "ol" => (Place::Block, Content::Items),
        "li" => (Place::Item, Content::Item),
        "blockquote" => (Place::Block, Content::Blocks),
        "pre" => (Place::Block, Content::Code),
        "div" => (Place::Block, Content::Boxed),
        "table" => (Place::Table, Content::Sections),
        "thead" | "tbody" => (Place::Section, Content::Rows),
        "tr" => (Place::Row, Content::Cells),
        "th" | "td" => (Place::Cell, Content::Phrases),
        "figure" => (Place::Block, Content::Figure),
        "img" => (Place::Picture, Content::Nothing),
        "figcaption" => (Place::Picture, Content::Phrases),
        "hr" => (Place::Block, Content::Nothing),
        "br" => (Place::Phrase, Content::Nothing),
        "a" | "strong" | "em" | "del" | "code" | "span" => (Place::Phrase, Content::Phrases),
        _ => return None,
    })
}

struct Reader<'h> {
    rest: &'h str,
    open: Vec<(&'h str, Content)>,
}

impl<'h> Reader<'h> {
    fn read(&mut self) -> Option<()> {
        while !self.rest.is_empty() {
            let end = self.rest.find('<').unwrap_or(self.rest.len());
            let text = self.take(end)?;
            let content = self
                .open
                .last()
                .map_or(Content::Blocks, |(_, inner)| *inner);
            if !text.is_empty() && !content.accepts_text(text) {
                return None;
            }
            if let Some(rest) = self.rest.strip_prefix("</") {
                self.rest = rest;
                self.end()?;
            } else if let Some(rest) = self.rest.strip_prefix('<') {
                self.rest = rest;
                self.start(content)?;
            }
        }
        Some(())
    }

    fn take(&mut self, end: usize) -> Option<&'h str> {
        let (taken, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        Some(taken)
    }

    fn end(&mut self) -> Option<()> {
        let (name, rest) = self.rest.split_once('>')?;
        self.rest = rest;
        let (open, _) = self.open.pop()?;
        (open == name).then_some(())
    }

    fn start(&mut self, parent: Content) -> Option<()> {
        let is_end = |byte| matches!(byte, b' ' | b'>');
        let end = self.rest.bytes().position(is_end)?;
        let name = self.take(end)?;
        let (place, content) = element(name)?;
        if !parent.accepts(name, place) {
            return None;
        }
        // A phrase within itself would be taken apart by parsers.
        if place == Place::Phrase && self.open.iter().any(|(open, _)| *open == name) {
            return None;
        }
        self.attributes(name)?;
        if content != Content::Nothing {
            self.open.push((name, content));
        }
        Some(())
    }

    fn attributes(&mut self, element: &str) -> Option<()> {
        let mut seen: Vec<&str> = Vec::new();
        loop {
            if let Some(rest) = self.rest.strip_prefix('>') {
                self.rest = rest;
                return Some(());
            }
            let rest = self.rest.strip_prefix(' ')?;
            let (name, rest) = rest.split_once('=')?;
            let (value, rest) = rest.strip_prefix('"')?.split_once('"')?;
            self.rest = rest;
            let is_known = !seen.contains(&name) && is_attribute(element, name, value);
            if !is_known || value.contains('<') || !is_text(value) {
                return None;
            }
            seen.push(name);
        }
    }
}

/// Whether everything in `text` is escaped as it should be.
fn is_text(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(is_special) {
        rest = rest.split_at(at).1;
        let mut known = ["&amp;", "&lt;", "&gt;", "&quot;", "&nbsp;"].into_iter();
        if let Some(after) = known.find_map(|name| rest.strip_prefix(name)) {
            rest = after;
        } else {
            let mut characters = rest.chars();
            match characters.next() {
                // What begins with the same byte as a space that does not break.
                Some(other) if other > '\u{a0}' => rest = characters.as_str(),
                _ => return false,
            }
        }
    }
    true
}

const fn is_special(byte: u8) -> bool {
    matches!(byte, b'&' | b'>' | 0xc2 | 0x7f | 0..=8 | 11..=31)
}

fn is_attribute(element: &str, name: &str, value: &str) -> bool {
    match (element, name) {
        ("a", "href") => is_address(value, Use::Link),
        ("img", "src") => is_address(value, Use::Image),
        ("a" | "img", "title")
        | ("img", "alt")
        | ("h1" | "h2" | "h3" | "h4" | "h5" | "h6", "id") => true,
        ("a", "rel") => value == "noopener",
        ("img", "loading") => value == "lazy",
        ("ol", "start") => value.bytes().all(|byte| byte.is_ascii_digit()),
        ("pre" | "div", "tabindex") => value == "0",
        ("div", "role") => value == "note",
        ("th", "scope") => value == "col",
        (_, "class") => is_class(element, value),
        _ => false,
    }
}

fn is_class(element: &str, value: &str) -> bool {
    match element {
        "ul" => value == "tasks",
        "li" => value == "task",
        "span" => value == "task-mark",
        "p" => value == "callout-title",
        "th" | "td" => matches!(value, "align-left" | "align-center" | "align-right"),
        "code" => value.strip_prefix("language-").is_some_and(is_language),
        "div" => {
            value == "table"
                || value
                    .strip_prefix("callout ")
                    .is_some_and(|class| CalloutKind::ALL.iter().any(|kind| kind.class() == class))
        }
        _ => false,
    }
}

/// An address contains nothing that is escaped but `&`.
fn is_address(value: &str, purpose: Use) -> bool {
    let mut parts = value.split('&').skip(1);
    if !value.contains('&') {
        address::check(value, purpose).is_ok()
    } else if parts.all(|part| part.starts_with("amp;")) {
        address::check(&value.replace("&amp;", "&"), purpose).is_ok()
    } else {
        false
    }
}
