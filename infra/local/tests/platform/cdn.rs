//! The content delivery network: what it keeps, for whom and how long, and what reaches the origin.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use local::platform::Start;
use runtime::FunctionError;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::support::{Heard, Scene, function, noting, page, request};

async fn site(start: Start) -> Scene {
    Scene::new("", &[("site", start)]).await
}

/// Says where a response came from.
fn source(response: &Response<Bytes>) -> &str {
    let said = response.headers()["x-cache"].to_str().unwrap();
    said.strip_suffix(" from cloudfront").unwrap()
}

fn with(mut request: Request<Bytes>, headers: &[(&'static str, &str)]) -> Request<Bytes> {
    for (name, value) in headers {
        request.headers_mut().append(*name, value.parse().unwrap());
    }
    request
}

/// Threat A11: what is kept is kept by host.
#[tokio::test]
async fn a_response_is_kept_by_host_and_path_alone() {
    let heard = Heard::default();
    let scene = site(noting(&heard, |event| {
        page(event["headers"]["x-site-host"].as_str().unwrap())
    }))
    .await;
    assert_eq!(source(&scene.visit("/x").await), "Miss");
    for path in ["/x", "/x?a=1", "/x?a=2"] {
        let visit = request("GET", "a.localhost:3000", path);
        let visit = with(visit, &[("cookie", "a=1"), ("accept-language", "de")]);
        assert_eq!(source(&scene.http(visit).await), "Hit", "{path}");
    }
    assert_eq!(heard.take().len(), 1);
    for (host, path) in [
        ("b.localhost:3000", "/x"),
        ("a.localhost:3000", "/X"),
        ("a.localhost:3000", "/x/"),
        ("www.customer.example", "/x"),
    ] {
        let response = scene.http(request("GET", host, path)).await;
        assert_eq!(source(&response), "Miss", "{host}{path}");
        assert_eq!(response.body(), host, "{host}{path}");
    }
}

#[tokio::test]
async fn the_origin_sees_the_viewers_host_and_nothing_else_of_the_viewer() {
    let heard = Heard::default();
    let scene = site(noting(&heard, |_| page(""))).await;
    let visit = with(
        request("GET", "a.localhost:3000", "/x%20y?secret=1"),
        &[
            ("x-site-host", "b.localhost:3000"),
            ("x-site-host", "c.localhost:3000"),
            ("cookie", "session=1"),
            ("authorization", "Bearer 1"),
            ("x-forwarded-for", "203.0.113.7"),
            ("x-amz-source-account", "1"),
        ],
    );
    scene.http(visit).await;
    let event = heard.take().pop().unwrap();
    assert_eq!(event["headers"]["x-site-host"], "a.localhost:3000");
    assert_eq!(event["rawPath"], "/x%20y");
    assert_eq!(event["rawQueryString"], "");
    let all = event.to_string();
    for text in [
        "session",
        "Bearer",
        "203.0.113.7",
        "secret",
        "b.localhost",
        "c.localhost",
    ] {
        assert!(!all.contains(text), "{text}");
    }
    for name in ["cookies", "queryStringParameters", "body"] {
        assert_eq!(event.get(name), None, "{name}");
    }
}

#[tokio::test]
async fn a_response_is_kept_as_long_as_its_headers_say() {
    for (control, seconds) in [
        ("public, max-age=0, s-maxage=60", 60),
        ("public, max-age=60", 60),
        ("Public, S-MaxAge=60", 60),
        ("max-age=600, s-maxage=60", 60),
        ("public, max-age=0", 0),
        ("private, max-age=60", 0),
        ("no-store", 0),
        ("no-cache, s-maxage=60", 0),
        ("No-Store, s-maxage=60", 0),
        ("", 0),
    ] {
        let heard = Heard::default();
        let scene = site(noting(&heard, move |_| {
            json!({ "statusCode": 200, "headers": { "cache-control": control }, "body": "x" })
        }))
        .await;
        scene.visit("/").await;
        scene.advance((seconds - 1).max(0)).await;
        let response = scene.visit("/").await;
        if seconds > 0 {
            assert_eq!(source(&response), "Hit", "{control}");
            assert_eq!(response.headers()["age"], "59", "{control}");
            assert_eq!(response.headers()["cache-control"], control);
            scene.advance(1).await;
        }
        assert_eq!(source(&scene.visit("/").await), "Miss", "{control}");
    }
}

#[tokio::test]
async fn only_some_answers_are_kept() {
    let kept = "public, s-maxage=60";
    for (status, extra, is_kept) in [
        (200, "x-nothing", true),
        (301, "x-nothing", true),
        (308, "x-nothing", true),
        (404, "x-nothing", true),
        (410, "x-nothing", true),
        (200, "set-cookie", false),
        (400, "x-nothing", false),
        (500, "x-nothing", false),
        (503, "x-nothing", false),
    ] {
        let heard = Heard::default();
        let scene = site(noting(&heard, move |_| {
            let headers = json!({ "cache-control": kept, extra: "a=1" });
            json!({ "statusCode": status, "headers": headers, "body": "x" })
        }))
        .await;
        scene.visit("/").await;
        let response = scene.visit("/").await;
        assert_eq!(response.status(), status);
        assert_eq!(
            heard.count(),
            if is_kept { 1 } else { 2 },
            "{status} {extra}"
        );
    }
}

#[tokio::test]
async fn a_failure_is_kept_as_long_as_the_template_says() {
    for (status, seconds) in [(500, 0), (502, 5), (503, 0)] {
        let heard = Heard::default();
        let scene = site(noting(
            &heard,
            move |_| json!({ "statusCode": status, "headers": { "cache-control": "no-store" } }),
        ))
        .await;
        scene.visit("/").await;
        scene.visit("/").await;
        let calls = heard.take().len();
        assert_eq!(calls, if seconds > 0 { 1 } else { 2 }, "{status}");
        scene.advance(seconds).await;
        scene.visit("/").await;
        assert_eq!(heard.count(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_viewer_who_has_a_page_is_told_so() {
    let heard = Heard::default();
    let scene = site(noting(&heard, |_| page("hello"))).await;
    for (tags, status) in [
        ("\"1\"", 304),
        ("W/\"1\"", 304),
        ("\"0\", \"1\"", 304),
        ("*", 304),
        ("\"2\"", 200),
        ("1", 200),
    ] {
        let visit = request("GET", "a.localhost:3000", "/");
        let response = scene.http(with(visit, &[("if-none-match", tags)])).await;
        assert_eq!(response.status(), status, "{tags}");
        assert_eq!(response.headers()["etag"], "\"1\"", "{tags}");
        assert!(response.headers().contains_key("cache-control"), "{tags}");
        assert_eq!(response.body().is_empty(), status == 304, "{tags}");
    }
    let events = heard.take();
    assert_eq!(events.len(), 1, "what one viewer has is kept for all");
    assert_eq!(events[0]["headers"].get("if-none-match"), None);
}

#[tokio::test]
async fn what_is_stale_is_confirmed_by_the_origin() {
    let heard = Heard::default();
    let scene = site(noting(
        &heard,
        |event| match event["headers"]["if-none-match"].as_str() {
            Some("\"1\"") => json!({
                "statusCode": 304,
                "headers": { "etag": "\"1\"", "cache-control": "public, s-maxage=60" },
            }),
            _ => page("hello"),
        },
    ))
    .await;
    scene.visit("/").await;
    scene.advance(60).await;
    let response = scene.visit("/").await;
    assert_eq!(source(&response), "RefreshHit");
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.body(), "hello");
    assert_eq!(heard.take().len(), 2);
    scene.advance(59).await;
    assert_eq!(source(&scene.visit("/").await), "Hit", "it lives again");
    assert_eq!(heard.count(), 0);
}

#[tokio::test]
async fn what_changed_meanwhile_replaces_what_was_kept() {
    let heard = Heard::default();
    let scene = {
        let heard = heard.clone();
        site(function(move |_, payload| {
            heard.note(&payload);
            let version = heard.count();
            async move {
                Ok(json!({
                    "statusCode": 200,
                    "headers": {
                        "etag": format!("\"{version}\""),
                        "cache-control": "public, s-maxage=60",
                    },
                    "body": version.to_string(),
                }))
            }
        }))
        .await
    };
    for (seconds, body, from) in [
        (0, "1", "Miss"),
        (59, "1", "Hit"),
        (1, "2", "Miss"),
        (59, "2", "Hit"),
    ] {
        scene.advance(seconds).await;
        let response = scene.visit("/").await;
        assert_eq!(
            (source(&response), &response.body()[..]),
            (from, body.as_bytes())
        );
    }
}

#[tokio::test]
async fn a_head_has_no_body_and_says_how_long_it_would_be() {
    let heard = Heard::default();
    let scene = site(noting(&heard, |_| page("hello"))).await;
    let asked = || request("HEAD", "a.localhost:3000", "/");
    let cold = scene.http(asked()).await;
    assert_eq!((source(&cold), cold.body().len()), ("Miss", 0));
    assert_eq!(heard.take()[0]["requestContext"]["http"]["method"], "HEAD");
    // What a HEAD brings is no page.
    assert_eq!(scene.visit("/").await.body(), "hello");
    let warm = scene.http(asked()).await;
    assert_eq!((source(&warm), warm.body().len()), ("Hit", 0));
    assert_eq!(warm.headers()["content-length"], "5");
    assert_eq!(warm.headers()["etag"], "\"1\"");
}

#[tokio::test]
async fn only_the_templates_methods_get_through_and_not_all_are_answered_from_the_cache() {
    let heard = Heard::default();
    let scene = site(noting(&heard, |_| page("hello"))).await;
    for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE"] {
        let response = scene.http(request(method, "a.localhost:3000", "/")).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{method}");
    }
    assert_eq!(heard.count(), 0);
    scene.visit("/").await;
    let options = with(
        request("OPTIONS", "a.localhost:3000", "/"),
        &[("if-none-match", "\"1\"")],
    );
    let response = scene.http(options).await;
    assert_eq!(
        (source(&response), response.status()),
        ("Miss", StatusCode::OK)
    );
    let methods = heard.take();
    let methods: Vec<&Value> = methods
        .iter()
        .map(|event| &event["requestContext"]["http"]["method"])
        .collect();
    assert_eq!(methods, ["GET", "OPTIONS"]);
}

#[tokio::test]
async fn an_origin_that_fails_is_a_bad_gateway_and_nothing_is_kept_of_it() {
    for answers in [
        function(|_, _| async { Err(FunctionError::new("Failed", "of a tenant")) }),
        function(|_, _| async { panic!("on purpose") }),
        function(|_, _| async { Ok(json!({ "statusCode": "fine" })) }),
        function(|_, _| async { Ok(page(&"x".repeat(6_291_456))) }),
    ] {
        let scene = site(answers).await;
        for _ in 0..2 {
            let response = scene.visit("/").await;
            assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
            assert_eq!(source(&response), "Miss");
            let text = String::from_utf8(response.body().to_vec()).unwrap();
            assert!(!text.contains("tenant"), "{text}");
        }
    }
}

#[tokio::test]
async fn viewers_who_want_the_same_wait_for_one_answer() {
    let heard = Heard::default();
    let gate = Arc::new(Semaphore::new(0));
    let slow = {
        let (heard, gate) = (heard.clone(), Arc::clone(&gate));
        function(move |_, payload| {
            heard.note(&payload);
            let gate = Arc::clone(&gate);
            async move {
                gate.acquire().await.expect("the gate is there").forget();
                Ok(page("hello"))
            }
        })
    };
    let scene = site(slow).await;
    let opens = async { gate.add_permits(1) };
    let (first, second, third, ()) =
        tokio::join!(scene.visit("/"), scene.visit("/"), scene.visit("/"), opens);
    let sources = [&first, &second, &third].map(source);
    assert_eq!(sources, ["Miss", "Hit", "Hit"]);
    assert_eq!(heard.count(), 1);
}
