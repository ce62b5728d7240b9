//! Recognises, in one pass, HTML that is exactly what documents are written in: every element where
//! it belongs, every attribute and value on the list, nothing unescaped. The sanitiser would leave
//! such HTML as it is, at many times the cost. It must never accept what the sanitiser would change;
//! what it does not recognise goes to the sanitiser.

use crate::{
    document::{
        address::{self, Use},
        block::CalloutKind,
        is_language,
    },
    escape,
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

    /// Returns how many bytes of `html` are text that may stand here, before the next element.
    fn text_length(self, html: &str) -> Option<usize> {
        match self {
            Self::Item | Self::Phrases => text_length(html),
            // A line feed after `<pre>` would be dropped by parsers.
            Self::Code | Self::Nothing => Some(0),
            Self::Blocks
            | Self::Boxed
            | Self::Items
            | Self::Sections
            | Self::Rows
            | Self::Cells
            | Self::Figure => Some(html.bytes().take_while(|byte| *byte == b'\n').count()),
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
        loop {
            let content = self.open.last();
            let content = content.map_or(Content::Blocks, |(_, inner)| *inner);
            let text = content.text_length(self.rest)?;
            self.take(text)?;
            if let Some(rest) = self.rest.strip_prefix("</") {
                self.rest = rest;
                self.end()?;
            } else if let Some(rest) = self.rest.strip_prefix('<') {
                self.rest = rest;
                self.start(content)?;
            } else {
                return self.rest.is_empty().then_some(());
            }
        }
    }

    fn take(&mut self, end: usize) -> Option<&'h str> {
        let (taken, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        Some(taken)
    }

    fn end(&mut self) -> Option<()> {
        let name = self.rest.bytes().position(|byte| byte == b'>')?;
        let name = self.take(name)?;
        self.rest = self.rest.strip_prefix('>')?;
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
            if !is_known || text_length(value) != Some(value.len()) {
                return None;
            }
            seen.push(name);
        }
    }
}

/// Returns how many bytes there are before the next `<`, if everything in them is escaped as it
/// should be.
fn text_length(html: &str) -> Option<usize> {
    let mut rest = html;
    while let Some(at) = escape::find(rest.as_bytes(), may_be_special, is_special) {
        rest = rest.split_at(at).1;
        if rest.starts_with('<') {
            return Some(html.len() - rest.len());
        }
        let mut known = ["&amp;", "&lt;", "&gt;", "&quot;", "&nbsp;"].into_iter();
        if let Some(after) = known.find_map(|name| rest.strip_prefix(name)) {
            rest = after;
        } else {
            let mut characters = rest.chars();
            match characters.next() {
                // What begins with the same byte as a space that does not break.
                Some(other) if other > '\u{a0}' => rest = characters.as_str(),
                _ => return None,
            }
        }
    }
    Some(html.len())
}

const fn is_special(byte: u8) -> bool {
    matches!(byte, b'<' | b'&' | b'>' | 0xc2 | 0x7f | 0..=8 | 11..=31)
}

/// Tells whether one of eight bytes may be special: line feeds and tabs may be, as all that stands
/// before the space.
const fn may_be_special(word: u64) -> bool {
    escape::has_less(word, b' ')
        | escape::has_either(word, b'<', b'>')
        | escape::has(word, b'&')
        | escape::has(word, 0xc2)
        | escape::has(word, 0x7f)
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
