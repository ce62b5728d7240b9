//! What visitors cost, by what they ask for. Warm is: the website is known, and its pointer was read
//! a second ago.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::client::Call;

use crate::file::hold;
use crate::ledger::Ledger;
use crate::scene::Scene;

const HOST: &str = "main.acme.localhost";
const UNKNOWN: &str = "nobody.nowhere.localhost";

/// A visit: what it is, the recorded event that is like it (empty where there is none), the host, the
/// path, and the status that it is answered with.
type Visit = (&'static str, &'static str, &'static str, &'static str, u16);

const VISITS: &[Visit] = &[
    ("a page", "page", HOST, "/about", 200),
    ("the home page", "home", HOST, "/", 200),
    (
        "a page by the other host",
        "page_by_wildcard_host",
        "main--acme.localhost",
        "/about",
        200,
    ),
    ("a page's head", "page_head", HOST, "/about", 200),
    (
        "a page that is known",
        "page_not_modified",
        HOST,
        "/about",
        304,
    ),
    (
        "a page's other spelling",
        "page_with_final_slash",
        HOST,
        "/about/",
        308,
    ),
    ("a large page", "", HOST, "/large", 200),
    (
        "a path without a page",
        "page_not_found",
        HOST,
        "/no/such/page",
        404,
    ),
    ("the sitemap", "sitemap", HOST, "/sitemap.xml", 200),
    ("what robots may read", "", HOST, "/robots.txt", 200),
    ("the icon", "", HOST, "/favicon.ico", 404),
    (
        "a theme's file of another version",
        "theme_file",
        HOST,
        "/_theme/0123456789abcdef/style.css",
        307,
    ),
    (
        "a preview that is over",
        "preview_over",
        HOST,
        "/_preview/AAAA/about",
        404,
    ),
    ("another method", "method_not_allowed", HOST, "/about", 405),
    ("no host", "no_host", "", "/", 404),
    ("an unknown host", "unknown_host", UNKNOWN, "/", 404),
];

/// Makes the event of a visit from the recorded one.
fn event(sample: &str, host: &str, path: &str) -> Value {
    let sample = if sample.is_empty() { "page" } else { sample };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events/delivery");
    let text = std::fs::read_to_string(folder.join(format!("{sample}.json"))).unwrap();
    let mut event: Value = serde_json::from_str(&text).unwrap();
    event["rawPath"] = json!(path);
    event["requestContext"]["http"]["path"] = json!(path);
    if !host.is_empty() {
        event["headers"]["x-site-host"] = json!(host);
    }
    event
}

/// Measures a visit: cold, and then a second later.
async fn visit(ledger: &mut Ledger, scene: &Scene, what: &str, event: &Value, status: u16) {
    for state in ["cold", "warm"] {
        wait(scene, 1_000);
        one(ledger, scene, what, state, event, status).await;
    }
}

async fn one(
    ledger: &mut Ledger,
    scene: &Scene,
    what: &str,
    state: &'static str,
    event: &Value,
    status: u16,
) -> Value {
    let invoked = ledger.invoke(&scene.world, what, state, event.clone());
    let answer = invoked.await;
    assert_eq!(answer["statusCode"], status, "{what}: {answer}");
    answer
}

fn wait(scene: &Scene, milliseconds: i64) {
    let step = SignedDuration::from_millis(milliseconds);
    scene.world.clock.advance(step);
}

/// Measures every visit to a small website.
async fn small(ledger: &mut Ledger, scene: &Scene) {
    let known = scene
        .world
        .platform
        .invoke("delivery", event("", HOST, "/about"));
    let etag = known.await.unwrap()["headers"]["etag"].clone();
    for (what, sample, host, path, status) in VISITS {
        let mut event = event(sample, host, path);
        if let Some(known) = event["headers"].get_mut("if-none-match") {
            *known = etag.clone();
        }
        visit(ledger, scene, what, &event, *status).await;
    }
}

/// Measures what an environment remembers, and for how long.
async fn memory(ledger: &mut Ledger, scene: &Scene) {
    let about = event("", HOST, "/about");
    let nowhere = event("", UNKNOWN, "/");
    let nothing = event("", HOST, "/no/such/page");
    let pools = scene.world.platform.pools();
    pools.cool_down();
    scene
        .world
        .platform
        .invoke("delivery", about.clone())
        .await
        .unwrap();
    for (wait_ms, what, event, status) in [
        (999, "a page, within a second", &about, 200),
        (
            0,
            "another page, within a second",
            &event("", HOST, "/"),
            200,
        ),
        (0, "a path without a page, within a second", &nothing, 404),
        (24_001, "a page, 25 seconds later", &about, 200),
        (0, "an unknown host, for the first time", &nowhere, 404),
        (9_999, "an unknown host, within 10 seconds", &nowhere, 404),
        (1, "an unknown host, 10 seconds later", &nowhere, 404),
    ] {
        wait(scene, wait_ms);
        one(ledger, scene, what, "warm", event, status).await;
    }
}

/// Measures previews, theme files, and what the network keeps.
async fn linked(ledger: &mut Ledger, scene: &Scene) {
    let release = &scene.releases().await[0];
    let preview = scene.act(&scene.at(&format!("/releases/{release}/preview")));
    let url: http::Uri = scene
        .done(preview)
        .await
        .at("/url")
        .unwrap()
        .parse()
        .unwrap();
    let preview = event("", HOST, &format!("{}about", url.path()));
    visit(ledger, scene, "a preview", &preview, 200).await;
    let about = event("", HOST, "/about");
    let page = scene
        .world
        .platform
        .invoke("delivery", about)
        .await
        .unwrap();
    let page = page["body"].as_str().unwrap().to_owned();
    let file = page.split('"').find(|part| part.ends_with("style.css"));
    let file = event("", HOST, file.unwrap());
    visit(ledger, scene, "a theme's file", &file, 200).await;
    let client = scene.world.client();
    client.visit(HOST, "/about").await.unwrap();
    let mark = scene.world.platform.history().mark();
    let kept = client.visit_with(HOST, Call::get("/about")).await.unwrap();
    assert_eq!(kept.header("x-cache"), "Hit from cloudfront");
    let calls = scene.world.platform.history().since(mark);
    ledger.note("a page that the network keeps", "warm", calls);
}

/// Measures a website that is closed, and one whose tenant is suspended.
async fn closed(ledger: &mut Ledger, scene: &Scene) {
    let about = event("", HOST, "/about");
    let body = json!({ "name": "closed", "status": "Maintenance" });
    let close = scene.at_version(Call::put(&scene.acme.website, &body));
    scene.done(close.await).await;
    visit(ledger, scene, "a website that is closed", &about, 503).await;
    let path = format!("/api/v1/admin/tenants/{}/suspend", scene.acme.tenant);
    let suspend = Call::post(path, &json!({ "reason": "unpaid" }));
    scene.done(scene.by_operator(suspend)).await;
    visit(ledger, scene, "a tenant that is suspended", &about, 503).await;
}

/// Threat D15: every visit has its ceilings, and one more call or unit fails.
#[tokio::test]
async fn visits_cost_what_is_written_down() {
    let scene = Scene::new().await;
    let mut ledger = Ledger::of("delivery");
    for slug in ["", "about"] {
        scene.publish_new(slug).await;
    }
    let large = scene.make_large("large").await;
    scene.publish(&large).await;
    ledger.start(&scene.world).await;
    small(&mut ledger, &scene).await;
    memory(&mut ledger, &scene).await;
    linked(&mut ledger, &scene).await;
    scene.fill().await;
    for (what, path) in [
        ("a page, of 1,000", "/about"),
        ("the sitemap, of 1,000", "/sitemap.xml"),
    ] {
        let event = event("", HOST, path);
        visit(&mut ledger, &scene, what, &event, 200).await;
    }
    closed(&mut ledger, &scene).await;
    hold("delivery", &ledger.lines);
}

#[test]
fn every_recorded_event_is_a_visit() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events/delivery");
    let recorded: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let samples = VISITS.iter().map(|visit| visit.1);
    let samples: BTreeSet<String> = samples
        .filter(|sample| !sample.is_empty())
        .map(|sample| format!("{sample}.json"))
        .collect();
    assert_eq!(samples, recorded);
}
