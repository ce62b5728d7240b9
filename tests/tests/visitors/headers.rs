//! The table of headers: every kind of answer as it leaves the edge, and what stands on it.

use std::fmt::Write;
use std::sync::Arc;

use http::Method;
use local::fault::Fault;
use tenancy::records::TenantStatus;
use tests::client::{Answer, Call};

use crate::refusals::StorageFails;
use crate::world::{HOST, Odd, Scene, linked};

/// Hides ids, and hashes of what changes with every change of a theme.
fn mask(value: &str) -> String {
    let is_part = |letter: char| letter.is_ascii_hexdigit() || letter == '-';
    let mut masked = String::new();
    let mut rest = value;
    while !rest.is_empty() {
        let end = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        masked.push_str(match (word.len(), word.contains('-')) {
            (36, true) => "<id>",
            (16 | 64, false) => "<hash>",
            _ => word,
        });
        let next = after.chars().next();
        masked.extend(next);
        rest = &after[next.map_or(0, char::len_utf8)..];
    }
    masked
}

/// Every kind of answer there is.
async fn every_answer() -> Vec<(&'static str, Answer)> {
    let scene = Scene::new().await;
    scene
        .publish_odd(&[
            ("old", Odd::Redirect("/about", 301)),
            ("broken", Odd::Redirect("", 301)),
        ])
        .await;
    // No purge is left that would come in between.
    scene.world.advance(60).await.unwrap();
    let client = scene.world.client();
    let send = async |call: Call| client.visit_with(HOST, call).await.unwrap();
    let page = scene.visit("/about").await;
    let known = Call::get("/about").with("if-none-match", page.header("etag"));
    let html = page.text();
    let preview = scene.preview().await;
    let mut answers = vec![
        ("page", page),
        ("page, kept", scene.visit("/about").await),
        ("page, known", send(known).await),
        ("page, another spelling", scene.visit("/about/").await),
        ("no page", scene.visit("/none").await),
        ("no path of ours", scene.visit("/None").await),
        ("redirect", scene.visit("/old").await),
        ("theme file", scene.visit(&linked(&html, "style.css")).await),
        (
            "settings stylesheet",
            scene.visit(&linked(&html, "settings.css")).await,
        ),
        (
            "file of another release",
            scene.visit("/_theme/0123456789abcdef/style.css").await,
        ),
        ("no file", scene.visit("/favicon.ico").await),
        ("robots", scene.visit("/robots.txt").await),
        ("sitemap", scene.visit("/sitemap.xml").await),
        ("preview", scene.visit(&format!("{preview}/about")).await),
        ("preview, over", scene.visit("/_preview/AAAA/").await),
        (
            "unknown host",
            client.visit("nobody.localhost", "/").await.unwrap(),
        ),
        (
            "another method",
            send(Call::new(Method::OPTIONS, "/")).await,
        ),
        ("broken", scene.visit("/broken").await),
    ];
    scene.set_status("Maintenance").await;
    scene.world.advance(60).await.unwrap();
    answers.push(("website away", scene.visit("/about").await));
    scene.operate(TenantStatus::Suspended).await;
    scene.world.advance(60).await.unwrap();
    answers.push(("tenant away", scene.visit("/about").await));
    let fails = Arc::new(StorageFails(Fault::ServerError));
    scene.world.faults.set(fails);
    scene.world.platform.pools().cool_down();
    answers.push(("storage failed", scene.visit("/about").await));
    answers
}

#[tokio::test]
async fn the_table_of_headers() {
    let mut table = String::new();
    for (name, answer) in every_answer().await {
        writeln!(table, "# {name}: {}", answer.status).unwrap();
        let mut lines: Vec<String> = answer
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {}\n", mask(value.to_str().unwrap())))
            .collect();
        lines.sort_unstable();
        table.extend(lines);
        table.push('\n');
    }
    insta::assert_snapshot!(table);
}

/// Threat A12: no answer to visitors sets a cookie.
#[tokio::test]
async fn no_answer_sets_a_cookie_or_may_be_framed_or_guessed_at() {
    for (name, answer) in every_answer().await {
        assert!(!answer.headers.contains_key("set-cookie"), "{name}");
        assert!(!answer.headers.contains_key("vary"), "{name}");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{name}");
        assert!(policy.contains("frame-ancestors 'none'"), "{name}");
        assert!(!policy.contains("unsafe"), "{name}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        let caching = answer.header("cache-control");
        assert!(!caching.is_empty(), "{name}");
        let is_kept = caching.contains("s-maxage=3600") || caching.contains("immutable");
        let is_tagged = answer.headers.contains_key("cache-tag");
        assert!(
            is_tagged || !is_kept,
            "{name}: only what can be purged is kept"
        );
    }
}
