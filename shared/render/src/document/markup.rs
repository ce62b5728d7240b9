//! Sanitised HTML as a small tree. It must never see HTML that was not sanitised: it trusts that
//! every element is closed where it should be.

use std::cell::RefCell;

use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

use crate::limits::MARKUP_DEPTH_MAX;

/// A part of the tree.
#[derive(Debug)]
pub(crate) enum Node {
    /// Text.
    Text(String),
    /// An element.
    Element(Element),
}

/// An element of the tree.
#[derive(Debug, Default)]
pub(crate) struct Element {
    /// The name, in lower case.
    pub(crate) name: String,
    /// What is within.
    pub(crate) children: Vec<Node>,
    attributes: Vec<(String, String)>,
}

impl Element {
    /// Returns an attribute's value.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns the classes.
    pub(crate) fn classes(&self) -> impl Iterator<Item = &str> {
        self.attribute("class")
            .unwrap_or_default()
            .split_ascii_whitespace()
    }

    /// Returns the elements directly within.
    pub(crate) fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(Node::element)
    }

    /// Returns the text within, as it is.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        self.push_text(&mut out);
        out
    }

    fn push_text(&self, out: &mut String) {
        for child in &self.children {
            match child {
                Node::Text(text) => out.push_str(text),
                Node::Element(element) if element.name == "br" => out.push('\n'),
                Node::Element(element) => element.push_text(out),
            }
        }
    }
}

impl Node {
    /// Returns the element, if the node is one.
    pub(crate) const fn element(&self) -> Option<&Element> {
        match self {
            Self::Element(element) => Some(element),
            Self::Text(_) => None,
        }
    }
}

/// Reads sanitised HTML.
pub(crate) fn parse(html: &str) -> Element {
    let tokenizer = Tokenizer::new(Tree::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(html.into());
    // Nothing here pauses the tokenizer, so one call reads all.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.0.into_inner().finish()
}

#[derive(Default)]
struct Tree(RefCell<Growth>);

#[derive(Default)]
struct Growth {
    root: Element,
    open: Vec<Element>,
    /// Elements that are open beyond the depth that is kept.
    beyond: usize,
}

impl TokenSink for Tree {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut growth = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => growth.start(&tag),
            Token::TagToken(tag) => growth.end(&tag.name),
            Token::CharacterTokens(text) => growth.text(&text),
            Token::DoctypeToken(_)
            | Token::CommentToken(_)
            | Token::NullCharacterToken
            | Token::EOFToken
            | Token::ParseError(_) => {}
        }
        TokenSinkResult::Continue
    }
}

impl Growth {
    fn start(&mut self, tag: &Tag) {
        let attribute = |attribute: &html5ever::Attribute| {
            (
                attribute.name.local.to_string(),
                attribute.value.to_string(),
            )
        };
        let element = Element {
            name: tag.name.to_string(),
            children: Vec::new(),
            attributes: tag.attrs.iter().map(attribute).collect(),
        };
        if is_void(&element.name) {
            self.append(Node::Element(element));
        } else if self.open.len() < MARKUP_DEPTH_MAX {
            self.open.push(element);
        } else {
            self.beyond += 1;
        }
    }

    fn end(&mut self, name: &str) {
        if is_void(name) {
            return;
        }
        if self.beyond > 0 {
            self.beyond -= 1;
        } else if let Some(element) = self.open.pop() {
            self.append(Node::Element(element));
        }
    }

    fn text(&mut self, text: &str) {
        let siblings = self.siblings();
        if let Some(Node::Text(last)) = siblings.last_mut() {
            last.push_str(text);
        } else {
            siblings.push(Node::Text(text.to_owned()));
        }
    }

    fn append(&mut self, node: Node) {
        self.siblings().push(node);
    }

    fn siblings(&mut self) -> &mut Vec<Node> {
        let parent = self.open.last_mut().unwrap_or(&mut self.root);
        &mut parent.children
    }

    fn finish(mut self) -> Element {
        while let Some(element) = self.open.pop() {
            self.append(Node::Element(element));
        }
        self.root
    }
}

/// Elements without content (HTML standard §13.1.2), as far as the sanitiser lets them through.
pub(crate) fn is_void(name: &str) -> bool {
    matches!(name, "area" | "br" | "col" | "hr" | "img" | "input" | "wbr")
}
