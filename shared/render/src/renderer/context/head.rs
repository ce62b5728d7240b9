//! What stands in a page's head for browsers, search engines and link previews.

use serde::Serialize;

use crate::{
    limits::SEO_EXCERPT_CHARS,
    page::CardKind,
    site::{PageView, SiteView},
};

/// The values of a page's head; empty ones are not shown.
#[derive(Debug, Default, Serialize)]
pub(super) struct Head {
    title: String,
    description: String,
    keywords: String,
    canonical: String,
    /// Whether search engines may keep the page.
    index: bool,
    graph: Vec<Property>,
    card: Vec<Property>,
}

/// One property of a link preview.
#[derive(Debug, Serialize)]
struct Property {
    name: &'static str,
    content: String,
}

impl Head {
    /// Returns a page's head.
    pub(super) fn page(site: &SiteView, page: &PageView<'_>) -> Self {
        let seo = page.content.seo();
        let title = seo.title.clone();
        let title = title.unwrap_or_else(|| page_title(site, page));
        let description = seo.description.clone();
        let description = description.unwrap_or_else(|| page_description(site, page));
        Self {
            canonical: format!("{}{}", site.origin, page.canonical_path),
            keywords: seo.keywords.join(", "),
            index: site.base_path.is_empty(),
            graph: graph(site, page, &title, &description),
            card: card(site, page),
            title,
            description,
        }
    }

    /// Returns the head of a page that is not the site's.
    pub(super) fn notice(site: &SiteView, title: &str) -> Self {
        Self {
            title: format!("{title} · {}", site.name),
            ..Self::default()
        }
    }
}

fn page_title(site: &SiteView, page: &PageView<'_>) -> String {
    if page.content.title() == site.name {
        site.name.clone()
    } else {
        format!("{} · {}", page.content.title(), site.name)
    }
}

/// Returns what is said of a page that says nothing of itself.
fn page_description(site: &SiteView, page: &PageView<'_>) -> String {
    if site.description.is_empty() {
        page.content.document().excerpt(SEO_EXCERPT_CHARS)
    } else {
        site.description.clone()
    }
}

fn graph(site: &SiteView, page: &PageView<'_>, title: &str, description: &str) -> Vec<Property> {
    let graph = page.content.seo().open_graph.clone().unwrap_or_default();
    let mut properties = Properties::default();
    properties.add("og:title", graph.title.or_else(|| Some(title.to_owned())));
    properties.add(
        "og:description",
        graph.description.or_else(|| Some(description.to_owned())),
    );
    properties.add("og:type", graph.kind.or_else(|| Some("website".to_owned())));
    properties.add(
        "og:url",
        Some(format!("{}{}", site.origin, page.canonical_path)),
    );
    properties.add("og:image", graph.image.map(|image| absolute(site, image)));
    properties.add("og:site_name", Some(site.name.clone()));
    properties.add("og:locale", Some(site.locale.replace('-', "_")));
    properties.0
}

fn card(site: &SiteView, page: &PageView<'_>) -> Vec<Property> {
    let card = page.content.seo().twitter_card.clone().unwrap_or_default();
    let kind = card.card.unwrap_or(CardKind::Summary);
    let mut properties = Properties::default();
    properties.add("twitter:card", Some(kind.name().to_owned()));
    properties.add("twitter:title", card.title);
    properties.add("twitter:description", card.description);
    properties.add(
        "twitter:image",
        card.image.map(|image| absolute(site, image)),
    );
    properties.add("twitter:site", card.site);
    properties.0
}

#[derive(Default)]
struct Properties(Vec<Property>);

impl Properties {
    fn add(&mut self, name: &'static str, content: Option<String>) {
        if let Some(content) = content.filter(|content| !content.is_empty()) {
            self.0.push(Property { name, content });
        }
    }
}

/// Previews are made elsewhere, where an address without a host means nothing.
fn absolute(site: &SiteView, address: String) -> String {
    if address.starts_with('/') {
        format!("{}{address}", site.origin)
    } else {
        address
    }
}
