//! HTML as a browser's tokenizer sees it, and what of it could run.

use std::cell::RefCell;

use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

#[derive(Default)]
struct Tags(RefCell<Vec<Tag>>);

impl TokenSink for Tags {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        if let Token::TagToken(tag) = token {
            self.0.borrow_mut().push(tag);
        }
        TokenSinkResult::Continue
    }
}

/// Returns every tag.
pub(crate) fn tags(html: &str) -> Vec<Tag> {
    let tokenizer = Tokenizer::new(Tags::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(html.into());
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.0.into_inner()
}

/// Returns the value of an attribute.
pub(crate) fn attribute(tag: &Tag, name: &str) -> Option<String> {
    tag.attrs
        .iter()
        .find(|attribute| &*attribute.name.local == name)
        .map(|attribute| attribute.value.to_string())
}

const ELEMENTS: [&str; 30] = [
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "div",
    "em",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "span",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
];

const ATTRIBUTES: [&str; 12] = [
    "alt", "class", "href", "id", "loading", "rel", "role", "scope", "src", "start", "tabindex",
    "title",
];

/// Returns what in a document's HTML is not on the list of what documents are written in.
pub(crate) fn offences(html: &str) -> Vec<String> {
    let mut offences = Vec::new();
    for tag in tags(html) {
        if !ELEMENTS.contains(&&*tag.name) {
            offences.push(format!("<{}>", tag.name));
        }
        for attribute in &tag.attrs {
            let name = &*attribute.name.local;
            let value = attribute.value.trim().to_ascii_lowercase();
            if !ATTRIBUTES.contains(&name) {
                offences.push(format!("{name}={value}"));
            }
            if matches!(name, "href" | "src") && !is_harmless(&value) {
                offences.push(format!("{name}={value}"));
            }
        }
    }
    offences
}

/// Browsers skip control characters when they look for a scheme.
fn is_harmless(address: &str) -> bool {
    let seen: String = address.chars().filter(|c| !c.is_control()).collect();
    let end = seen.find([':', '/', '?', '#', '\\']);
    match end.map(|end| seen.split_at(end)) {
        Some((scheme, rest)) if rest.starts_with(':') && is_scheme(scheme.trim()) => {
            ["http", "https", "mailto", "tel"].contains(&scheme.trim())
        }
        _ => !seen.starts_with("//") && !seen.starts_with('\\'),
    }
}

/// What can be a scheme (URL standard §4.4).
fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

const VOID: [&str; 5] = ["br", "hr", "img", "link", "meta"];

/// Says whether every element is closed where it should be, and ids are unique.
pub(crate) fn assert_well_formed(html: &str) {
    let mut open = Vec::new();
    let mut ids = Vec::new();
    for tag in tags(html) {
        if let Some(id) = attribute(&tag, "id") {
            assert!(!ids.contains(&id), "id {id} twice");
            ids.push(id);
        }
        assert!(!tag.had_duplicate_attributes, "attributes twice");
        if VOID.contains(&&*tag.name) {
            continue;
        }
        match tag.kind {
            TagKind::StartTag => open.push(tag.name),
            TagKind::EndTag => assert_eq!(open.pop(), Some(tag.name)),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}
