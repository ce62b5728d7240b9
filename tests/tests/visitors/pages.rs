//! Pages, files and redirects of a website.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::json;
use tests::client::Call;
use tests::walkthrough::{make_page, publish};

use crate::world::{HOST, Odd, Scene, WILDCARD_HOST, event, event_of, linked};

#[tokio::test]
async fn a_page_is_a_whole_document_with_its_canonical_address() {
    let scene = Scene::new().await;
    let answer = scene.get("/about").await;
    assert_eq!(answer.status, StatusCode::OK);
    let html = answer.text();
    assert!(html.to_lowercase().starts_with("<!doctype html>"));
    assert!(html.contains("<title>About · docs</title>"));
    assert!(html.contains("This is About."));
    assert!(html.contains("href=\"http://docs.acme.localhost:3000/about\""));
    assert_eq!(scene.get("/").await.status, StatusCode::OK);
    let by_wildcard = scene.ask(event(WILDCARD_HOST, "/about")).await;
    assert_eq!(by_wildcard.bytes, answer.bytes);
    assert_eq!(by_wildcard.headers, answer.headers);
}

#[tokio::test]
async fn a_page_says_when_it_was_changed_unless_the_theme_is_told_not_to() {
    let scene = Scene::empty().await;
    let page = scene.publish("about", "About").await;
    let changed_at = async || {
        let page = scene.call(Call::get(&page), StatusCode::OK).await;
        let instant: Timestamp = page.at("/updatedAt").unwrap().parse().unwrap();
        format!("<time datetime=\"{instant:.0}\">2026-11-21</time>")
    };
    let shown = async || {
        scene.wait(1_000);
        scene.get("/about").await.text()
    };
    let first = changed_at().await;
    let before = scene.live_release().await;
    assert!(shown().await.contains(&first), "{first}");
    scene.wait(60_000);
    scene.rewrite(&page, "about", "More").await;
    let second = changed_at().await;
    assert_ne!(first, second);
    assert!(shown().await.contains(&second), "{second}");
    scene.turn(&page, "publish").await;
    assert!(
        shown().await.contains(&second),
        "a publication is no change"
    );
    scene.activate(&before).await;
    assert!(shown().await.contains(&first), "the page as it was");
    for theme in ["atlas", "journal"] {
        for is_shown in [true, false] {
            let settings = json!({ "updated": is_shown });
            scene.choose_with(theme, &settings).await;
            assert_eq!(shown().await.contains("<time"), is_shown, "{theme}");
        }
    }
}

#[tokio::test]
async fn whoever_has_the_page_gets_a_304_and_no_body() {
    let scene = Scene::new().await;
    let etag = scene.get("/about").await.header("etag").to_owned();
    for (sent, status) in [
        (etag.clone(), 304),
        (format!("W/{etag}"), 304),
        ("\"other\"".to_owned(), 200),
    ] {
        let mut event = event(HOST, "/about");
        event["headers"]["if-none-match"] = json!(sent);
        let answer = scene.ask(event).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.bytes.is_empty(), status == 304);
        assert_eq!(answer.header("etag"), etag);
    }
}

#[tokio::test]
async fn a_publish_elsewhere_keeps_the_entity_tag_and_one_here_changes_it() {
    let scene = Scene::empty().await;
    let etag = async || {
        scene.world.platform.pools().cool_down();
        scene.get("/about").await.header("etag").to_owned()
    };
    let page = scene.publish("about", "About").await;
    let before = etag().await;
    assert!(!before.is_empty());
    scene.publish("new", "New").await;
    assert_eq!(etag().await, before);
    scene.rewrite(&page, "about", "About us").await;
    assert_ne!(etag().await, before);
}

#[tokio::test]
async fn a_head_has_the_headers_of_a_get() {
    let scene = Scene::new().await;
    for path in ["/about", "/no-such-page", "/robots.txt"] {
        let get = scene.get(path).await;
        let head = scene.ask(event_of("HEAD", HOST, path)).await;
        assert_eq!(head.status, get.status);
        assert_eq!(head.headers, get.headers);
        assert!(head.bytes.is_empty() && !get.bytes.is_empty());
    }
}

#[tokio::test]
async fn the_files_that_a_page_names_are_there_and_those_of_another_release_lead_to_them() {
    let scene = Scene::new().await;
    let html = scene.get("/about").await.text();
    for name in ["style.css", "settings.css", "icon.svg"] {
        let path = linked(&html, name);
        let file = scene.get(&path).await;
        assert_eq!(file.status, StatusCode::OK, "{path}");
        assert!(!file.bytes.is_empty(), "{path}");
        let other = scene.get(&format!("/_theme/0123456789abcdef/{name}")).await;
        assert_eq!(other.status, StatusCode::TEMPORARY_REDIRECT);
        assert_eq!(other.header("location"), path);
    }
    let none = scene.get("/_theme/0123456789abcdef/none.css").await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn redirects_lead_where_they_say() {
    let scene = Scene::empty().await;
    scene
        .publish_odd(&[
            ("old", Odd::Redirect("/new?x=1", 301)),
            ("moved", Odd::Redirect("https://example.com/new", 308)),
            ("evil", Odd::Redirect("//example.com", 301)),
        ])
        .await;
    for (path, status, location) in [
        ("/old", 301, "/new?x=1"),
        ("/moved", 308, "https://example.com/new"),
        ("/evil", 500, ""),
    ] {
        let answer = scene.get(path).await;
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.header("location"), location, "{path}");
    }
}

#[tokio::test]
async fn another_spelling_leads_to_the_one_path() {
    let scene = Scene::new().await;
    for path in ["/about/", "/%61bout", "/%61bout/"] {
        let answer = scene.get(path).await;
        assert_eq!(answer.status, StatusCode::PERMANENT_REDIRECT);
        assert_eq!(answer.header("location"), "/about");
    }
}

#[tokio::test]
async fn where_there_is_nothing_the_theme_says_so() {
    let scene = Scene::new().await;
    let missing = scene.get("/no-such-page").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert!(missing.text().contains(">docs<"), "{}", missing.text());
    for path in ["/About", "//about", "/a/../about", "/a%2Fb", "/.git/config"] {
        let answer = scene.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.bytes, missing.bytes, "{path}");
    }
}

#[tokio::test]
async fn robots_are_told_of_every_page_and_of_no_redirect() {
    // More than a sitemap reads at a time.
    const PAGES: usize = 1_100;
    let scene = Scene::empty().await;
    scene.publish("", "Home").await;
    let slugs: Vec<String> = (0..PAGES).map(|number| format!("p{number:04}")).collect();
    let mut routes: Vec<_> = slugs
        .iter()
        .map(|slug| (slug.as_str(), Odd::Bytes(b"no robot reads it")))
        .collect();
    routes.push(("old", Odd::Redirect("/", 301)));
    scene.publish_odd(&routes).await;
    let robots = scene.ask(event(WILDCARD_HOST, "/robots.txt")).await;
    let line = "Sitemap: http://docs.acme.localhost:3000/sitemap.xml\n";
    assert!(robots.text().ends_with(line), "{}", robots.text());
    let xml = scene.get("/sitemap.xml").await.text();
    assert_eq!(xml.matches("<loc>").count(), PAGES + 1);
    for path in ["", "p0000", "p1099"] {
        let line = format!("<loc>http://docs.acme.localhost:3000/{path}</loc>");
        assert!(xml.contains(&line), "{line}");
    }
    assert!(!xml.contains("/old<"));
}

#[tokio::test]
async fn what_was_stored_by_another_version_is_not_shown_and_breaks_nothing_else() {
    let scene = Scene::new().await;
    scene.publish_odd(&[("broken", Odd::Bytes(b"{}"))]).await;
    let broken = scene.get("/broken").await;
    assert_eq!(broken.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(scene.get("/about").await.status, StatusCode::OK);
}

/// Threat A11: one path of two hosts is two pages, at the network too.
#[tokio::test]
async fn two_websites_have_nothing_of_each_other() {
    let acme = Scene::new().await;
    let other = Scene::of("other", &acme.world).await;
    other.publish("about", "About").await;
    let ours = acme.get("/about").await;
    let theirs = other.get("/about").await;
    assert_eq!(
        (ours.status, theirs.status),
        (StatusCode::OK, StatusCode::OK)
    );
    assert!(!theirs.text().contains("acme") && !ours.text().contains("other"));
    for name in ["etag", "cache-tag"] {
        assert_ne!(ours.header(name), theirs.header(name), "{name}");
    }
    for (scene, page) in [(&acme, &ours), (&other, &theirs)] {
        for source in ["Miss from cloudfront", "Hit from cloudfront"] {
            let visit = scene.visit("/about").await;
            assert_eq!(visit.header("x-cache"), source);
            assert_eq!(visit.bytes, page.bytes);
        }
    }
    let home = other.get("/").await;
    let only_ours = "only the other website has a home page";
    assert_eq!(home.status, StatusCode::NOT_FOUND, "{only_ours}");
}

#[tokio::test]
async fn what_an_author_writes_cannot_run() {
    let scene = Scene::empty().await;
    let hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>[x](javascript:alert(1))";
    let client = scene.world.client();
    let page = make_page(&client, &scene.token, &scene.website, "evil", hostile)
        .await
        .unwrap();
    publish(&client, &scene.token, &page).await.unwrap();
    let answer = scene.get("/evil").await;
    assert_eq!(answer.status, StatusCode::OK);
    let html = answer.text();
    for part in ["<script", "<img src=x", "=\"javascript:"] {
        assert!(!html.contains(part), "`{part}` in {html}");
    }
}
