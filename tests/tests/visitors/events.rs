//! The recorded events, and the payload that a function URL is given.

use std::path::{Path, PathBuf};

use local::platform::InvokeError;
use serde_json::{Value, json};
use tests::deployed::recorded::VISITS;
use tests::world::World;

use crate::world::Scene;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../events/delivery")
}

fn sample(name: &str) -> Value {
    let text = std::fs::read_to_string(folder().join(format!("{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Makes the website that the recorded events are about.
async fn demo() -> Scene {
    let scene = Scene::of("demo", &World::new(51).await.unwrap()).await;
    scene.publish("", "Home").await;
    scene.publish("concepts", "Concepts").await;
    scene
}

#[tokio::test]
async fn every_recorded_event_is_answered() {
    let scene = demo().await;
    let etag = scene.get("/concepts").await.header("etag").to_owned();
    for (name, status) in VISITS {
        let mut event = sample(name);
        if let Some(known) = event["headers"].get_mut("if-none-match") {
            *known = json!(format!("W/{etag}"));
        }
        let answer = scene.ask(event.clone()).await;
        assert_eq!(answer.status, status, "{name}");
        let has_body =
            !matches!(name, "page_head" | "page_not_modified") && !answer.status.is_redirection();
        assert_eq!(!answer.bytes.is_empty(), has_body, "{name}");
    }
}

#[test]
fn no_recorded_event_is_forgotten() {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    let expected: Vec<String> = VISITS
        .iter()
        .map(|(name, _)| format!("{name}.json"))
        .collect();
    assert_eq!(names, expected);
}

#[tokio::test]
async fn a_function_url_is_given_text_as_it_is() {
    let scene = demo().await;
    let invoked = scene.world.platform.invoke("delivery", sample("page"));
    let payload = invoked.await.unwrap();
    assert_eq!(payload["statusCode"], 200);
    assert_eq!(payload["isBase64Encoded"], false);
    let media_type = &payload["headers"]["content-type"];
    assert_eq!(media_type, "text/html; charset=utf-8");
    let body = payload["body"].as_str().unwrap();
    assert!(body.contains("This is Concepts."));
}

#[tokio::test]
async fn what_is_no_event_is_refused_by_name() {
    let world = World::new(52).await.unwrap();
    for payload in [json!(null), json!({}), json!({ "rawPath": 7 })] {
        let refusal = world.platform.invoke("delivery", payload).await;
        let Err(InvokeError::Function(error)) = refusal else {
            panic!("expected an error of the function, got {refusal:?}");
        };
        assert_eq!(error.error_type, "MalformedEvent");
    }
}
