//! What becomes of a function's answer.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::gateway::api;
use super::support::{Heard, Scene, noting};

/// Returns the response that the gateway makes of an answer.
async fn response_of(answer: Value) -> Response<Bytes> {
    let heard = Heard::default();
    let functions = [("api", noting(&heard, move |_| answer.clone()))];
    let scene = Scene::new(&api(&[("ANY", "/things")]), &functions).await;
    scene.get("/things").await
}

#[tokio::test]
async fn an_answer_is_passed_on() {
    let response = response_of(json!({
        "statusCode": 201,
        "headers": { "Content-Type": "text/plain", "x-one": "1" },
        "cookies": ["a=1; Secure", "b=2"],
        "body": "hellö",
    }))
    .await;
    assert_eq!(response.status(), StatusCode::CREATED);
    assert_eq!(response.headers()["content-type"], "text/plain");
    assert_eq!(response.headers()["x-one"], "1");
    let cookies: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1; Secure", "b=2"]);
    assert_eq!(response.body(), "hellö");
}

#[tokio::test]
async fn binary_answers_come_in_base64() {
    let response = response_of(json!({
        "statusCode": 200, "body": "//79", "isBase64Encoded": true,
    }))
    .await;
    assert_eq!(response.body(), &b"\xff\xfe\xfd"[..]);
    let response = response_of(json!({
        "statusCode": 200, "body": "//79", "isBase64Encoded": false,
    }))
    .await;
    assert_eq!(response.body(), "//79");
}

#[tokio::test]
async fn an_answer_may_have_no_body() {
    for answer in [
        json!({ "statusCode": 204 }),
        json!({ "statusCode": 204, "body": null }),
        json!({ "statusCode": 204, "body": "", "headers": null, "cookies": null }),
    ] {
        let response = response_of(answer.clone()).await;
        assert_eq!(response.status(), StatusCode::NO_CONTENT, "{answer}");
        assert!(response.body().is_empty(), "{answer}");
    }
}

#[tokio::test]
async fn an_answer_without_a_status_is_the_body() {
    for (answer, body) in [
        (json!({ "message": "hello" }), r#"{"message":"hello"}"#),
        (json!("hello"), "hello"),
        (json!([1]), "[1]"),
    ] {
        let response = response_of(answer.clone()).await;
        assert_eq!(response.status(), StatusCode::OK, "{answer}");
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.body(), body, "{answer}");
    }
}

#[tokio::test]
async fn the_format_knows_no_headers_of_many_values() {
    let response = response_of(json!({
        "statusCode": 200,
        "headers": { "x-one": "1" },
        "multiValueHeaders": { "x-one": ["2", "3"], "x-two": ["4"] },
    }))
    .await;
    assert_eq!(response.headers()["x-one"], "1");
    assert!(!response.headers().contains_key("x-two"));
}

#[tokio::test]
async fn an_answer_of_another_form_is_an_internal_error() {
    for answer in [
        json!({ "statusCode": "200" }),
        json!({ "statusCode": 99 }),
        json!({ "statusCode": 70_000 }),
        json!({ "statusCode": null }),
        json!({ "statusCode": 200, "body": { "message": "hello" } }),
        json!({ "statusCode": 200, "body": 7 }),
        json!({ "statusCode": 200, "body": "?", "isBase64Encoded": true }),
        json!({ "statusCode": 200, "headers": { "x-one": ["1"] } }),
        json!({ "statusCode": 200, "headers": { "not a name": "1" } }),
        json!({ "statusCode": 200, "headers": { "x-one": "two\nlines" } }),
        json!({ "statusCode": 200, "cookies": [1] }),
    ] {
        let response = response_of(answer.clone()).await;
        assert_eq!(
            response.status(),
            StatusCode::INTERNAL_SERVER_ERROR,
            "{answer}"
        );
        assert_eq!(response.body(), r#"{"message":"Internal Server Error"}"#);
    }
}
