//! Every template of every theme, with every sample, as whole pages.

use render::{PageContent, PageView, Renderer, Settings, SiteView, Theme};
use serde_json::json;

use crate::markup::{assert_well_formed, attribute, offences, tags};

fn settings(theme: &Theme) -> [Settings; 2] {
    let rich = json!({
        "accent": "#fc0",
        "appearance": "dark",
        "tagline": "Websites & <releases>",
        "footer": "© 2026 \"HotSwap\"",
        "updated": true,
    });
    [theme.default_settings(), theme.settings(&rich).unwrap()]
}

/// Calls `check` with a name and the HTML of every page that the samples make.
fn every_page(mut check: impl FnMut(&str, &str)) {
    let renderer = Renderer::new();
    let pages = [PageContent::sample(), PageContent::bare_sample()];
    let sites = [SiteView::sample(), SiteView::preview_sample()];
    for theme in Theme::all() {
        for (look, settings) in settings(theme).iter().enumerate() {
            for (place, site) in sites.iter().enumerate() {
                let name = |page: &str| format!("{}_{look}_{place}_{page}", theme.id());
                for (number, page) in pages.iter().enumerate() {
                    let view = PageView::sample(page);
                    let html = renderer.page(theme, settings, site, &view).unwrap();
                    check(&name(&format!("page_{number}")), &html);
                }
                let html = renderer.not_found(theme, settings, site).unwrap();
                check(&name("not_found"), &html);
                let html = renderer.maintenance(theme, settings, site).unwrap();
                check(&name("maintenance"), &html);
            }
        }
    }
}

#[test]
fn every_template_renders_every_sample() {
    let mut count = 0;
    every_page(|_, html| {
        count += 1;
        assert!(html.starts_with("<!doctype html>\n<html lang="));
        assert_well_formed(html.trim_start_matches("<!doctype html>"));
    });
    assert_eq!(count, 2 * 2 * 2 * 4);
}

#[test]
fn pages_look_as_they_did() {
    every_page(|name, html| {
        // One look at each theme is enough to see a change; the rest is the same templates.
        if name.contains("_0_0_") || name.contains("_1_1_page_1") {
            insta::assert_snapshot!(name, without_hashes(html));
        }
    });
}

/// Hashes in paths change with every change of a stylesheet.
fn without_hashes(html: &str) -> String {
    let mut parts = html.split("/_theme/");
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        let (hash, rest) = part.split_once('/').unwrap();
        assert_eq!(hash.len(), 16);
        out.push_str("/_theme/[hash]/");
        out.push_str(rest);
    }
    out
}

#[test]
fn pages_keep_a_strict_content_security_policy() {
    every_page(|name, html| {
        for tag in tags(html) {
            assert!(
                !["script", "style", "iframe", "base"].contains(&&*tag.name),
                "{name}"
            );
            assert_eq!(attribute(&tag, "style"), None, "{name}");
            let handler = tag.attrs.iter().find(|it| it.name.local.starts_with("on"));
            assert!(handler.is_none(), "{name}");
            if &*tag.name == "link" && attribute(&tag, "rel").as_deref() == Some("stylesheet") {
                assert!(
                    attribute(&tag, "href").unwrap().contains("/_theme/"),
                    "{name}"
                );
            }
        }
    });
}

#[test]
fn pages_have_landmarks_and_one_title() {
    every_page(|name, html| {
        let tags = tags(html);
        let count = |wanted: &str| {
            let starts = tags.iter().filter(|tag| &*tag.name == wanted);
            starts.count() / 2
        };
        for once in [
            "html", "head", "title", "body", "header", "main", "footer", "h1",
        ] {
            assert_eq!(count(once), 1, "{once} in {name}");
        }
        let skip = tags.iter().find(|tag| &*tag.name == "a").unwrap();
        assert_eq!(attribute(skip, "href").as_deref(), Some("#_main"), "{name}");
        let labelled = |tag: &&html5ever::tokenizer::Tag| {
            attribute(tag, "aria-label")
                .or_else(|| attribute(tag, "aria-labelledby"))
                .is_some()
        };
        let navs = tags.iter().filter(|tag| &*tag.name == "nav");
        assert_eq!(
            navs.clone().filter(labelled).count() * 2,
            navs.count(),
            "{name}"
        );
    });
}

#[test]
fn values_cannot_leave_their_place() {
    let evil = "\"><script>alert(1)</script><a onclick='x'";
    let theme = Theme::builtin("atlas").unwrap();
    let text = json!({"tagline": evil, "footer": evil});
    let mut site = SiteView::sample();
    site.name = evil.to_owned();
    site.locale = evil.to_owned();
    site.origin = evil.to_owned();
    site.base_path = evil.to_owned();
    site.navigation[1].title = evil.to_owned();
    site.navigation[1].children[0].href = format!("/{evil}");
    let mut page = serde_json::to_value(PageContent::sample()).unwrap();
    page["title"] = json!(evil);
    page["seo"]["title"] = json!(evil);
    page["seo"]["openGraph"]["image"] = json!(evil);
    let page = PageContent::from_bytes(page.to_string().as_bytes()).unwrap();
    for theme in [theme, Theme::builtin("journal").unwrap()] {
        let settings = theme.settings(&text).unwrap();
        let view = PageView::new(&page, evil);
        let html = Renderer::new()
            .page(theme, &settings, &site, &view)
            .unwrap();
        for tag in tags(&html) {
            assert_ne!(&*tag.name, "script");
            assert_eq!(attribute(&tag, "onclick"), None);
        }
        let body = html.split("<article").nth(1).unwrap();
        let body = body.split("</article>").next().unwrap();
        assert_eq!(offences(&format!("<p{body}")), Vec::<String>::new());
    }
}

#[test]
fn the_current_page_is_marked_and_has_neighbours() {
    let page = PageContent::sample();
    for theme in Theme::all() {
        for path in ["/guide/start", "/guide/start/"] {
            let view = PageView::new(&page, path);
            let html = Renderer::new()
                .page(theme, &theme.default_settings(), &SiteView::sample(), &view)
                .unwrap();
            let tags = tags(&html);
            let find = |name: &str, value: &str| -> Vec<Option<String>> {
                let matches = |tag: &&html5ever::tokenizer::Tag| {
                    attribute(tag, name).as_deref() == Some(value)
                };
                tags.iter()
                    .filter(matches)
                    .map(|tag| attribute(tag, "href"))
                    .collect()
            };
            assert_eq!(
                find("aria-current", "page"),
                [Some("/guide/start".to_owned())]
            );
            assert_eq!(find("rel", "prev"), [Some("/".to_owned())]);
            assert_eq!(find("rel", "next"), [Some("/guide/concepts".to_owned())]);
        }
    }
}
