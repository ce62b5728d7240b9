//! What people write on pages, and how it comes out.

use std::sync::LazyLock;

use render::{
    Document, Format, LinkContext, PageContent, PageView, Renderer, SiteView, Theme,
    settings_stylesheet, to_html,
};
use serde_json::Value;

use crate::markup::{assert_well_formed, offences};

static RENDERER: LazyLock<Renderer> = LazyLock::new(Renderer::new);

/// Reads Markdown.
pub(crate) fn markdown(bytes: &[u8]) {
    text(Format::Markdown, bytes);
}

/// Reads HTML.
pub(crate) fn html(bytes: &[u8]) {
    text(Format::Html, bytes);
}

fn text(format: Format, bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(document) = Document::parse(format, &Value::from(text)) else {
        return;
    };
    let html = shown(&document);
    is_harmless(&html);
    is_kept(&document);
    // What we write is read as what it was: sanitising it again changes nothing.
    let again = Document::parse(Format::Html, &Value::from(html.as_str())).unwrap();
    if format == Format::Html {
        assert_eq!(shown(&again), html);
        assert_eq!(again, document);
    } else {
        is_harmless(&shown(&again));
    }
}

/// Reads blocks.
pub(crate) fn document(bytes: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let Ok(document) = Document::parse(Format::Document, &value) else {
        return;
    };
    is_harmless(&shown(&document));
    is_kept(&document);
    let told = serde_json::to_value(&document).unwrap();
    let again = Document::parse(Format::Document, &told).unwrap();
    assert_eq!(again, document);
}

/// Reads a stored page and shows it.
pub(crate) fn page(bytes: &[u8]) {
    if let Ok(document) = Document::from_bytes(bytes) {
        is_harmless(&shown(&document));
        is_kept(&document);
    }
    let Ok(page) = PageContent::from_bytes(bytes) else {
        return;
    };
    let kept = page.to_bytes();
    assert_eq!(PageContent::from_bytes(&kept).unwrap().to_bytes(), kept);
    is_harmless(&shown(page.document()));
    let path = page.slug().path();
    for theme in Theme::all() {
        let settings = theme.default_settings();
        let view = PageView::new(&page, &path);
        // A page that is too much for its theme is refused.
        if let Ok(whole) = RENDERER.page(theme, &settings, &SiteView::sample(), &view) {
            let scripts = crate::markup::tags(&whole);
            let is_inline = |tag: &html5ever::tokenizer::Tag| {
                tag.attrs
                    .iter()
                    .any(|attribute| attribute.name.local.starts_with("on"))
            };
            assert!(!scripts.iter().any(is_inline), "{whole}");
        }
    }
}

/// Reads settings of every theme.
pub(crate) fn theme_settings(bytes: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    for theme in Theme::all() {
        let Ok(settings) = theme.settings(&value) else {
            continue;
        };
        let again = theme.settings(&settings.to_value()).unwrap();
        assert_eq!(again.to_value(), settings.to_value());
        let (_, style) = settings_stylesheet(theme, &settings);
        let style = String::from_utf8(style).unwrap();
        assert!(!style.contains(['<', '@', '\\']), "{style}");
        assert!(!style.contains("url("), "{style}");
        let opened = style.matches('{').count();
        assert_eq!(opened, style.matches('}').count(), "{style}");
    }
}

fn shown(document: &Document) -> String {
    to_html(document, &LinkContext::default())
}

fn is_harmless(html: &str) {
    assert_eq!(offences(html), Vec::<String>::new());
    assert_well_formed(html);
}

/// A document has one form in bytes.
fn is_kept(document: &Document) {
    let bytes = document.to_bytes();
    let again = Document::from_bytes(&bytes).unwrap();
    assert_eq!(&again, document);
    assert_eq!(again.to_bytes(), bytes);
}
