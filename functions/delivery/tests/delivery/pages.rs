//! Pages, files and redirects of a website.

use delivery::Request;
use release::EntryKind;

use crate::world::{Content, HOST, WILDCARD_HOST, World, header, linked, text};

#[tokio::test]
async fn a_page_is_a_whole_document_with_its_canonical_address() {
    let world = World::new();
    let reply = world.get("/about").await;
    assert_eq!(reply.status(), 200);
    let html = text(&reply);
    assert!(html.starts_with("<!doctype html>") || html.starts_with("<!DOCTYPE html>"));
    assert!(html.contains("<title>About · Docs</title>"));
    assert!(html.contains("This is About."));
    assert!(html.contains("href=\"http://docs.acme.localhost:3000/about\""));
    assert_eq!(world.get("/").await.status(), 200);
}

#[tokio::test]
async fn both_hosts_show_the_same_bytes() {
    let world = World::new();
    let first = world.get_at(HOST, "/about").await;
    let second = world.get_at(WILDCARD_HOST, "/about").await;
    assert_eq!(first.body(), second.body());
    assert_eq!(header(&first, "etag"), header(&second, "etag"));
}

#[tokio::test]
async fn whoever_has_the_page_gets_a_304_and_no_body() {
    let world = World::new();
    let etag = header(&world.get("/about").await, "etag")
        .unwrap()
        .to_owned();
    for (sent, status) in [
        (etag.clone(), 304),
        (format!("W/{etag}"), 304),
        ("\"other\"".to_owned(), 200),
    ] {
        let request = Request {
            if_none_match: Some(sent),
            ..World::request("/about")
        };
        let reply = world.delivery.answer(&request).await;
        assert_eq!(reply.status(), status);
        assert_eq!(reply.body().is_empty(), status == 304);
        assert_eq!(header(&reply, "etag"), Some(etag.as_str()));
    }
}

#[tokio::test]
async fn a_publish_elsewhere_keeps_the_entity_tag_and_one_here_changes_it() {
    let mut world = World::new();
    let etag = |reply| header(&reply, "etag").unwrap().to_owned();
    let before = etag(world.get("/about").await);
    world.publish(&[
        ("about", Content::Page("About")),
        ("new", Content::Page("New")),
    ]);
    world.restart();
    assert_eq!(etag(world.get("/about").await), before);
    world.publish(&[("about", Content::Page("About us"))]);
    world.restart();
    assert_ne!(etag(world.get("/about").await), before);
}

#[tokio::test]
async fn a_head_has_the_headers_of_a_get() {
    let world = World::new();
    for path in ["/about", "/no-such-page", "/robots.txt"] {
        let get = world.get(path).await;
        let request = Request {
            method: "HEAD".to_owned(),
            ..World::request(path)
        };
        let head = world.delivery.answer(&request).await;
        assert_eq!(head.status(), get.status());
        assert!(head.headers().eq(get.headers()));
        assert!(head.body().is_empty() && !get.body().is_empty());
    }
}

#[tokio::test]
async fn the_files_that_a_page_names_are_there() {
    let world = World::new();
    let page = world.get("/about").await;
    for end in ["style.css", "settings.css", "icon.svg"] {
        let path = linked(text(&page), end);
        let file = world.get(&path).await;
        assert_eq!(file.status(), 200, "{path}");
        assert!(!file.body().is_empty(), "{path}");
    }
}

#[tokio::test]
async fn files_of_another_release_lead_to_those_of_this_one() {
    let world = World::new();
    let page = world.get("/about").await;
    for name in ["style.css", "settings.css", "icon.svg"] {
        let reply = world.get(&format!("/_theme/0123456789abcdef/{name}")).await;
        assert_eq!(reply.status(), 307);
        let current = linked(text(&page), name);
        assert_eq!(header(&reply, "location"), Some(current.as_str()));
    }
    let reply = world.get("/_theme/0123456789abcdef/none.css").await;
    assert_eq!(reply.status(), 404);
}

#[tokio::test]
async fn redirects_lead_where_they_say() {
    let mut world = World::new();
    world.publish(&[
        ("old", Content::Redirect("/new?x=1", 301)),
        ("moved", Content::Redirect("https://example.com/new", 308)),
        ("evil", Content::Redirect("//example.com", 301)),
    ]);
    let old = world.get("/old").await;
    assert_eq!(
        (old.status().as_u16(), header(&old, "location")),
        (301, Some("/new?x=1"))
    );
    let moved = world.get("/moved").await;
    let to = Some("https://example.com/new");
    assert_eq!(
        (moved.status().as_u16(), header(&moved, "location")),
        (308, to)
    );
    let evil = world.get("/evil").await;
    assert_eq!(
        (evil.status().as_u16(), header(&evil, "location")),
        (500, None)
    );
}

#[tokio::test]
async fn another_spelling_leads_to_the_one_path() {
    let world = World::new();
    for path in ["/about/", "/%61bout", "/%61bout/"] {
        let reply = world.get(path).await;
        assert_eq!(reply.status(), 308);
        assert_eq!(header(&reply, "location"), Some("/about"));
    }
}

#[tokio::test]
async fn where_there_is_nothing_the_theme_says_so() {
    let world = World::new();
    let missing = world.get("/no-such-page").await;
    assert_eq!(missing.status(), 404);
    assert!(text(&missing).contains("Docs"));
    for path in ["/About", "//about", "/a/../about", "/a%2Fb", "/.git/config"] {
        let reply = world.get(path).await;
        assert_eq!(reply.status(), 404, "{path}");
        assert_eq!(reply.body(), missing.body(), "{path}");
    }
}

#[tokio::test]
async fn robots_are_told_of_every_page_and_of_no_redirect() {
    let mut world = World::new();
    let slugs: Vec<String> = (0..2_500).map(|number| format!("p{number:04}")).collect();
    let mut routes: Vec<_> = slugs
        .iter()
        .map(|slug| (slug.as_str(), Content::Page("Page")))
        .collect();
    routes.push(("", Content::Page("Home")));
    routes.push(("old", Content::Redirect("/", 301)));
    world.publish(&routes);
    let robots = world.get_at(WILDCARD_HOST, "/robots.txt").await;
    let line = "Sitemap: http://docs.acme.localhost:3000/sitemap.xml\n";
    assert!(text(&robots).ends_with(line));
    let sitemap = world.get("/sitemap.xml").await;
    let xml = text(&sitemap);
    assert_eq!(xml.matches("<loc>").count(), 2_501);
    assert!(xml.contains("<loc>http://docs.acme.localhost:3000/</loc>"));
    assert!(xml.contains("<loc>http://docs.acme.localhost:3000/p2499</loc>"));
    assert!(!xml.contains("/old<"));
}

#[tokio::test]
async fn what_was_stored_by_another_version_is_not_shown_and_breaks_nothing_else() {
    let mut world = World::new();
    world.publish(&[
        ("about", Content::Page("About")),
        ("broken", Content::Bytes(EntryKind::Page, b"{}")),
    ]);
    assert_eq!(world.get("/broken").await.status(), 500);
    assert_eq!(world.get("/about").await.status(), 200);
}

#[tokio::test]
async fn two_websites_have_nothing_of_each_other() {
    let mut world = World::new();
    let ours = world.get("/about").await;
    world.tenant = "01890a5d-ac96-774b-bcce-b302099a8060".parse().unwrap();
    world.website = "01890a5d-ac96-774b-bcce-b302099a8061".parse().unwrap();
    world.set_tenant_status(tenancy::records::TenantStatus::Active);
    world.add_host("docs.other.localhost");
    world.publish(&[("about", Content::Page("About"))]);
    let theirs = world.get_at("docs.other.localhost", "/about").await;
    assert_eq!(theirs.status(), 200);
    assert!(!text(&theirs).contains("acme") && !text(&ours).contains("other"));
    for name in ["etag", "cache-tag"] {
        assert_ne!(header(&ours, name), header(&theirs, name), "{name}");
    }
    let home = world.get_at("docs.other.localhost", "/").await;
    assert_eq!(home.status(), 404, "only the other website has a home page");
}
