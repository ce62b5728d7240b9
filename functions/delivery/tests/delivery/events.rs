//! The recorded events, and the payload that a function URL is given.

use std::path::{Path, PathBuf};

use delivery::{Request, function};
use kernel::HostName;
use lambda_runtime::Context;
use serde_json::{Value, json};

use crate::world::World;

/// The recorded events: name, method, host, path.
const SAMPLES: &[(&str, &str, &str, &str)] = &[
    ("home", "GET", "docs.demo.localhost", "/"),
    (
        "method_not_allowed",
        "POST",
        "docs.demo.localhost",
        "/concepts",
    ),
    ("no_host", "GET", "", "/"),
    ("page", "GET", "docs.demo.localhost", "/concepts"),
    (
        "page_by_wildcard_host",
        "GET",
        "docs--demo.localhost",
        "/concepts",
    ),
    ("page_head", "HEAD", "docs.demo.localhost", "/concepts"),
    (
        "page_not_found",
        "GET",
        "docs.demo.localhost",
        "/no/such/page",
    ),
    (
        "page_not_modified",
        "GET",
        "docs.demo.localhost",
        "/concepts",
    ),
    (
        "page_with_final_slash",
        "GET",
        "docs.demo.localhost",
        "/concepts/",
    ),
    (
        "preview_over",
        "GET",
        "docs.demo.localhost",
        "/_preview/AAAA/concepts",
    ),
    ("sitemap", "GET", "docs.demo.localhost", "/sitemap.xml"),
    (
        "theme_file",
        "GET",
        "docs.demo.localhost",
        "/_theme/0123456789abcdef/style.css",
    ),
    ("unknown_host", "GET", "nobody.nowhere.localhost", "/"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/delivery")
}

fn sample(name: &str) -> Value {
    let text = std::fs::read_to_string(folder().join(format!("{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn every_recorded_event_is_a_request() {
    for (name, method, host, path) in SAMPLES {
        let request = Request::from_event(sample(name)).unwrap();
        assert_eq!(request.method, *method, "{name}");
        let found = request.host.as_ref().map_or("", HostName::as_str);
        assert_eq!(found, *host, "{name}");
        assert_eq!(request.path, *path, "{name}");
        assert_eq!(
            request.if_none_match.is_some(),
            *name == "page_not_modified"
        );
        assert_eq!(request.request_id.len(), 36, "{name}");
    }
}

#[test]
fn no_recorded_event_is_forgotten() {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    let expected: Vec<String> = SAMPLES
        .iter()
        .map(|(name, ..)| format!("{name}.json"))
        .collect();
    assert_eq!(names, expected);
}

#[tokio::test]
async fn a_function_url_is_given_text_as_it_is() {
    let mut world = World::new();
    world.add_host("docs.demo.localhost");
    world.publish(&[("concepts", crate::world::Content::Page("Concepts"))]);
    let function = function(world.delivery);
    let answer = function.invoke(sample("page"), Context::default()).await;
    let answer = answer.unwrap();
    assert_eq!(answer["statusCode"], 200);
    assert_eq!(answer["isBase64Encoded"], false);
    assert_eq!(
        answer["headers"]["content-type"],
        "text/html; charset=utf-8"
    );
    assert!(
        answer["body"]
            .as_str()
            .unwrap()
            .contains("This is Concepts.")
    );
    let answer = function.invoke(sample("no_host"), Context::default()).await;
    assert_eq!(answer.unwrap()["statusCode"], 404);
}

#[tokio::test]
async fn what_is_no_event_is_refused_by_name() {
    let function = function(World::new().delivery);
    for payload in [json!(null), json!({}), json!({ "rawPath": 7 })] {
        let refusal = function.invoke(payload, Context::default()).await;
        assert_eq!(refusal.unwrap_err().error_type, "MalformedEvent");
    }
}
