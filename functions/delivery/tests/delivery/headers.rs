//! The table of headers: every kind of answer, and what stands on it.

use std::fmt::Write;

use delivery::{Reply, Request};
use serde_json::json;
use tenancy::records::{TenantStatus, WebsiteStatus};

use crate::store::Mood;
use crate::world::{Content, World, header, linked, text};

/// Hides what changes with every change of a theme.
fn mask(value: &str) -> String {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_hexdigit).count();
    let mut masked = value.to_owned();
    for start in ["\"", "/_theme/"] {
        let Some(at) = masked.find(start).map(|at| at + start.len()) else {
            continue;
        };
        let count = digits(&masked[at..]);
        if matches!(count, 16 | 64) {
            masked.replace_range(at..at + count, "<hash>");
        }
    }
    masked
}

/// Every kind of answer there is.
async fn every_answer() -> Vec<(&'static str, Reply)> {
    let mut world = World::new();
    world.publish(&[
        ("about", Content::Page("About")),
        ("old", Content::Redirect("/about", 301)),
        ("broken", Content::Redirect("", 301)),
    ]);
    let page = world.get("/about").await;
    let etag = header(&page, "etag").unwrap().to_owned();
    let known = Request {
        if_none_match: Some(etag),
        ..World::request("/about")
    };
    let post = Request {
        method: "POST".to_owned(),
        ..World::request("/about")
    };
    let settings = linked(text(&page), "settings.css");
    let style = linked(text(&page), "style.css");
    let tree = world.store_tree("atlas", &json!({}), &[("", Content::Page("Draft"))]);
    let preview = format!("/_preview/{}/", world.preview_token(world.website, tree));
    let mut answers = vec![
        ("page", page),
        ("page, known", world.delivery.answer(&known).await),
        ("page, another spelling", world.get("/about/").await),
        ("no page", world.get("/none").await),
        ("no path of ours", world.get("/None").await),
        ("redirect", world.get("/old").await),
        ("theme file", world.get(&style).await),
        ("settings stylesheet", world.get(&settings).await),
        (
            "file of another release",
            world.get("/_theme/0123456789abcdef/style.css").await,
        ),
        ("no file", world.get("/favicon.ico").await),
        ("robots", world.get("/robots.txt").await),
        ("sitemap", world.get("/sitemap.xml").await),
        ("preview", world.get(&preview).await),
        ("preview, over", world.get("/_preview/AAAA/").await),
        ("unknown host", world.get_at("nobody.localhost", "/").await),
        ("another method", world.delivery.answer(&post).await),
        ("broken", world.get("/broken").await),
    ];
    world.set_status(WebsiteStatus::Maintenance);
    world.restart();
    answers.push(("website away", world.get("/about").await));
    world.set_tenant_status(TenantStatus::Suspended);
    world.restart();
    answers.push(("tenant away", world.get("/about").await));
    world.store.set_mood(Mood::Fails);
    world.restart();
    answers.push(("storage failed", world.get("/about").await));
    answers
}

#[tokio::test]
async fn the_table_of_headers() {
    let mut table = String::new();
    for (name, reply) in every_answer().await {
        writeln!(table, "# {name}: {}", reply.status()).unwrap();
        for (header, value) in reply.headers() {
            writeln!(table, "{header}: {}", mask(value)).unwrap();
        }
        table.push('\n');
    }
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn no_answer_sets_a_cookie_or_may_be_framed_or_guessed_at() {
    for (name, reply) in every_answer().await {
        assert_eq!(header(&reply, "set-cookie"), None, "{name}");
        assert_eq!(header(&reply, "vary"), None, "{name}");
        let policy = header(&reply, "content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'"), "{name}");
        assert!(policy.contains("frame-ancestors 'none'"), "{name}");
        assert!(!policy.contains("unsafe"), "{name}");
        assert_eq!(header(&reply, "x-content-type-options"), Some("nosniff"));
        for (_, value) in reply.headers() {
            assert!(
                value.bytes().all(|byte| (b' '..=b'~').contains(&byte)),
                "{name}"
            );
        }
        let caching = header(&reply, "cache-control").unwrap();
        let is_kept = caching.contains("s-maxage=3600") || caching.contains("immutable");
        let is_tagged = header(&reply, "cache-tag").is_some();
        assert!(
            is_tagged || !is_kept,
            "{name}: only what can be purged is kept"
        );
    }
}
