//! Invalidations: what was kept is forgotten by tag and by path, as CloudFront is asked to.

use aws_sdk_cloudfront::types::{InvalidationBatch, Paths};
use serde_json::{Value, json};

use super::support::{Heard, Scene, function, noting, request};

/// The pages that are kept, as host and path, with their tags.
const PAGES: [(&str, &str, &str); 5] = [
    ("a.localhost", "/", "t:one, s:a,p:home"),
    ("a.localhost", "/news", "t:one,s:a,p:news"),
    ("a.localhost", "/news/today", "t:one,s:a,p:today"),
    ("b.localhost", "/", "t:one,s:b,p:other"),
    ("c.localhost", "/news", "T:Two,s:c"),
];

fn tags_of(event: &Value) -> &'static str {
    let host = event["headers"]["x-site-host"].as_str().unwrap();
    let path = event["rawPath"].as_str().unwrap();
    let page = PAGES
        .iter()
        .find(|page| (page.0, page.1) == (host, path))
        .unwrap();
    page.2
}

async fn purge(scene: &Scene, name: &str, items: &[&str]) {
    let paths = Paths::builder()
        .quantity(i32::try_from(items.len()).unwrap())
        .set_items(Some(items.iter().map(|item| (*item).to_owned()).collect()))
        .build()
        .unwrap();
    let batch = InvalidationBatch::builder()
        .caller_reference(name)
        .paths(paths)
        .build()
        .unwrap();
    aws_sdk_cloudfront::Client::new(&scene.sdk())
        .create_invalidation()
        .distribution_id("EHOTSWAPLOCAL1")
        .invalidation_batch(batch)
        .send()
        .await
        .unwrap();
}

/// Visits all pages and returns those for which the origin was asked.
async fn fetched(scene: &Scene, heard: &Heard) -> Vec<String> {
    heard.take();
    for (host, path, _) in PAGES {
        scene.http(request("GET", host, path)).await;
    }
    let events = heard.take();
    let place = |event: &Value, pointer: &str| {
        let text = event.pointer(pointer).unwrap();
        text.as_str().unwrap().to_owned()
    };
    let mut pages: Vec<String> = events
        .iter()
        .map(|event| place(event, "/headers/x-site-host") + &place(event, "/rawPath"))
        .collect();
    pages.sort_unstable();
    pages
}

#[tokio::test]
async fn pages_are_forgotten_by_tag_and_by_path_and_no_others() {
    let heard = Heard::default();
    let site = noting(&heard, |event| {
        let headers = json!({ "cache-control": "s-maxage=600", "cache-tag": tags_of(event) });
        json!({ "statusCode": 200, "headers": headers, "body": "x" })
    });
    let scene = Scene::new("", &[("site", site)]).await;
    assert_eq!(fetched(&scene, &heard).await.len(), PAGES.len());
    assert_eq!(fetched(&scene, &heard).await, Vec::<String>::new());
    for (items, gone) in [
        (&["#p:news"][..], &["a.localhost/news"][..]),
        (&["#P:NEWS"], &["a.localhost/news"]),
        (&["#t:two"], &["c.localhost/news"]),
        (&["#p:n", "#p"], &[]),
        (&["#p:home", "#s:c"], &["a.localhost/", "c.localhost/news"]),
        (&["/news"], &["a.localhost/news", "c.localhost/news"]),
        (
            &["/news*"],
            &[
                "a.localhost/news",
                "a.localhost/news/today",
                "c.localhost/news",
            ],
        ),
        (&["/news/*"], &["a.localhost/news/today"]),
        (&["/"], &["a.localhost/", "b.localhost/"]),
        (&["/New"], &[]),
        (
            &["#t:one"],
            &[
                "a.localhost/",
                "a.localhost/news",
                "a.localhost/news/today",
                "b.localhost/",
            ],
        ),
        (
            &["/*"],
            &[
                "a.localhost/",
                "a.localhost/news",
                "a.localhost/news/today",
                "b.localhost/",
                "c.localhost/news",
            ],
        ),
    ] {
        purge(&scene, &items.join(" "), items).await;
        assert_eq!(fetched(&scene, &heard).await, gone, "{items:?}");
    }
}

#[tokio::test]
async fn what_was_forgotten_is_not_confirmed_but_fetched() {
    let heard = Heard::default();
    let site = {
        let heard = heard.clone();
        function(move |_, payload| {
            heard.note(&payload);
            let headers = json!({ "cache-control": "s-maxage=600", "etag": "\"1\"" });
            async move { Ok(json!({ "statusCode": 200, "headers": headers, "body": "x" })) }
        })
    };
    let scene = Scene::new("", &[("site", site)]).await;
    scene.visit("/").await;
    purge(&scene, "once", &["/*"]).await;
    scene.visit("/").await;
    let events = heard.take();
    assert_eq!(events.len(), 2);
    assert_eq!(events[1]["headers"].get("if-none-match"), None);
}
