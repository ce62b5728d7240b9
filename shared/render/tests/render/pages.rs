//! Pages: what a release stores of them, and what search engines are told.

use jiff::Timestamp;
use kernel::PageSlug;
use render::{
    Document, NavItem, OpenGraph, PageContent, PageView, Renderer, Seo, SiteView, Theme,
    TwitterCard, limits::NAVIGATION_ITEMS_MAX,
};
use serde_json::{Value, json};

use crate::markup::{attribute, tags};

fn pointers(title: &str, seo: Value) -> Vec<String> {
    let seo: Seo = serde_json::from_value(seo).unwrap();
    let slug = PageSlug::parse("a").unwrap();
    match PageContent::new(title, slug, Document::empty(), seo) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.into_iter().map(|error| error.pointer).collect(),
    }
}

#[test]
fn bytes_come_back_as_the_same_page() {
    let dated = PageContent::sample().with_updated_at(Timestamp::UNIX_EPOCH);
    for page in [PageContent::sample(), PageContent::bare_sample(), dated] {
        assert_eq!(PageContent::from_bytes(&page.to_bytes()).unwrap(), page);
    }
    let bytes = String::from_utf8(PageContent::bare_sample().to_bytes()).unwrap();
    insta::assert_snapshot!(bytes, @r#"{"schema":1,"title":"Bare & <plain>","slug":"","document":{"version":1,"blocks":[]},"seo":{}}"#);
    for wrong in [
        bytes.replace("\"schema\":1", "\"schema\":2"),
        bytes.replace("\"version\":1", "\"version\":2"),
        bytes.replace("\"seo\":{}", "\"seo\":{\"robots\":1}"),
        bytes.replace("\"slug\":\"\"", "\"slug\":\"/A\""),
        bytes.replace("\"seo\":{}", "\"seo\":{},\"updatedAt\":\"today\""),
        String::new(),
    ] {
        assert!(
            PageContent::from_bytes(wrong.as_bytes()).is_err(),
            "{wrong}"
        );
    }
}

#[test]
fn what_is_wrong_is_pointed_at() {
    assert_eq!(pointers("Title", json!({})), Vec::<String>::new());
    assert_eq!(pointers(" ", json!({})), ["/title"]);
    assert_eq!(pointers(&"é".repeat(500), json!({})), Vec::<String>::new());
    assert_eq!(pointers(&"é".repeat(501), json!({})), ["/title"]);
    assert_eq!(pointers("a\u{7}", json!({})), ["/title"]);
    let seo = json!({
        "title": "x".repeat(501),
        "description": "x\u{0}",
        "keywords": ["fine", "a,b", ""],
        "openGraph": {"image": "javascript:x", "type": "Article!"},
        "twitterCard": {"card": "summary", "image": "data:x", "site": "example"},
    });
    assert_eq!(
        pointers("Title", seo),
        [
            "/seo/title",
            "/seo/description",
            "/seo/keywords/1",
            "/seo/keywords/2",
            "/seo/openGraph/image",
            "/seo/openGraph/type",
            "/seo/twitterCard/image",
            "/seo/twitterCard/site",
        ]
    );
    assert_eq!(Seo::sample().check(), []);
}

#[test]
fn unknown_fields_are_refused() {
    for seo in [
        json!({"robots": "all"}),
        json!({"openGraph": {"video": "x"}}),
        json!({"twitterCard": {"card": "player"}}),
    ] {
        assert!(serde_json::from_value::<Seo>(seo).is_err());
    }
}

/// Returns the head's values: title, metas and canonical address.
fn head(page: &PageContent, site: &SiteView) -> Vec<(String, String)> {
    let theme = Theme::builtin("atlas").unwrap();
    let view = PageView::new(page, "/guide/start");
    let html = Renderer::new().page(theme, &theme.default_settings(), site, &view);
    let named = |tag| {
        let name = attribute(&tag, "name").or_else(|| attribute(&tag, "property"));
        name.or_else(|| attribute(&tag, "rel"))
            .zip(attribute(&tag, "content").or_else(|| attribute(&tag, "href")))
    };
    tags(&html.unwrap()).into_iter().filter_map(named).collect()
}

fn value(head: &[(String, String)], name: &str) -> Option<String> {
    let mut found = head.iter().filter(|(key, _)| key == name);
    let first = found.next().map(|(_, value)| value.clone());
    assert_eq!(found.next(), None, "{name} twice");
    first
}

#[test]
fn search_engines_are_told_what_the_page_says() {
    let head = head(&PageContent::sample(), &SiteView::sample());
    let value = |name| value(&head, name).unwrap();
    assert_eq!(
        value("description"),
        "Sign in, publish a page & roll it back \"at once\"."
    );
    assert_eq!(value("keywords"), "publishing, releases");
    assert_eq!(value("canonical"), "https://docs.example.com/guide/start");
    assert_eq!(value("og:title"), "Publish without fear");
    assert_eq!(value("og:type"), "article");
    assert_eq!(value("og:url"), "https://docs.example.com/guide/start");
    assert_eq!(value("og:image"), "https://docs.example.com/media/tree.png");
    assert_eq!(value("og:site_name"), "HotSwap");
    assert_eq!(value("twitter:card"), "summary_large_image");
    assert_eq!(
        value("twitter:image"),
        "https://images.example.com/tree.png"
    );
    assert_eq!(value("twitter:site"), "@example");
    assert_eq!(head.iter().find(|(name, _)| name == "robots"), None);
}

#[test]
fn what_the_page_does_not_say_is_made_from_it() {
    let document = crate::documents::markdown("# Title\n\nThe *first* words of the page.");
    let seo = Seo {
        open_graph: Some(OpenGraph::default()),
        twitter_card: Some(TwitterCard::default()),
        ..Seo::default()
    };
    let slug = PageSlug::parse("a").unwrap();
    let page = PageContent::new("A page", slug, document, seo).unwrap();
    let head = head(&page, &SiteView::preview_sample());
    assert_eq!(
        value(&head, "description").unwrap(),
        "The first words of the page."
    );
    assert_eq!(value(&head, "og:title").unwrap(), "A page · Käse & <Brot>");
    assert_eq!(value(&head, "og:type").unwrap(), "website");
    assert_eq!(value(&head, "og:locale").unwrap(), "de_AT");
    assert_eq!(value(&head, "twitter:card").unwrap(), "summary");
    assert_eq!(value(&head, "keywords"), None);
    assert_eq!(value(&head, "robots").unwrap(), "noindex");
}

#[test]
fn a_page_without_a_description_has_the_sites() {
    let described = |description: Option<&str>, site: &SiteView| {
        let document = crate::documents::markdown("The first words of the page.");
        let seo = Seo {
            description: description.map(str::to_owned),
            ..Seo::default()
        };
        let slug = PageSlug::parse("a").unwrap();
        let head = head(
            &PageContent::new("A page", slug, document, seo).unwrap(),
            site,
        );
        ["description", "og:description"].map(|name| value(&head, name).unwrap())
    };
    let site = SiteView {
        description: "Bread & <cheese>".to_owned(),
        ..SiteView::sample()
    };
    assert_eq!(described(None, &site), ["Bread & <cheese>"; 2]);
    assert_eq!(described(Some("Its own."), &site), ["Its own."; 2]);
    let silent = SiteView::preview_sample();
    assert_eq!(
        described(None, &silent),
        ["The first words of the page."; 2]
    );
}

#[test]
fn a_page_says_when_it_was_changed_where_the_theme_is_told_to() {
    let instant: Timestamp = "2026-11-21T08:30:00.25Z".parse().unwrap();
    for theme in Theme::all() {
        let shown = |page: &PageContent, settings: Value| {
            let settings = theme.settings(&settings).unwrap();
            let view = PageView::new(page, "/");
            let html = Renderer::new().page(theme, &settings, &SiteView::sample(), &view);
            html.unwrap()
        };
        let page = PageContent::bare_sample();
        assert!(!shown(&page, json!({ "updated": true })).contains("<time"));
        let page = page.with_updated_at(instant);
        let html = shown(&page, json!({ "updated": true }));
        let time = "<time datetime=\"2026-11-21T08:30:00Z\">2026-11-21</time>";
        assert!(html.contains(time), "{html}");
        assert!(!shown(&page, json!({ "updated": false })).contains("<time"));
    }
}

#[test]
fn navigation_has_limits_and_safe_addresses() {
    let nested = |levels: usize| {
        (0..levels).fold(NavItem::new("a", "/"), |child, _| NavItem {
            children: vec![child],
            ..NavItem::new("a", "")
        })
    };
    assert_eq!(NavItem::check(&SiteView::sample().navigation), []);
    assert_eq!(NavItem::check(&[nested(2)]), []);
    assert_eq!(
        NavItem::check(&[nested(3)])[0].pointer,
        "/0/children/0/children/0/children"
    );
    let script = NavItem::new(" ", "javascript:alert(1)");
    let errors = NavItem::check(&[NavItem::new("a", "/"), script]);
    let pointers: Vec<&str> = errors.iter().map(|error| &*error.pointer).collect();
    assert_eq!(pointers, ["/1/title", "/1/href"]);
    let many = vec![NavItem::new("a", "/"); NAVIGATION_ITEMS_MAX + 1];
    assert_eq!(NavItem::check(&many)[0].pointer, "");
}
