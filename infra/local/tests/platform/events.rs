//! The event of payload format 2.0 that the gateway makes of a request.

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use super::gateway::api;
use super::support::{Heard, Scene, noting};

/// Returns the event that a function is given for a request.
async fn event_of(request: Request<Bytes>) -> Value {
    let heard = Heard::default();
    let routes = [("ANY", "/things"), ("ANY", "/things/{proxy+}")];
    let scene = Scene::new(&api(&routes), &[("api", noting(&heard, |_| json!({})))]).await;
    scene.http(request).await;
    heard.take().pop().expect("the function was invoked")
}

#[tokio::test]
async fn an_event_holds_the_whole_request() {
    let request = Request::builder()
        .method("PUT")
        .uri("/things/1%20a/%C3%A4?b=2&a=1&b=%26+3&empty=")
        .header("Host", "localhost:3000")
        .header("User-Agent", "curl/8.14.1")
        .header("X-Many", "one")
        .header("X-Many", "two, three")
        .header("Cookie", "a=1; b=2")
        .header("Cookie", "c=3;")
        .header("Content-Type", "application/json; charset=utf-8")
        .body(Bytes::from("{\"name\":\"Ä\"}"))
        .unwrap();
    let mut event = event_of(request).await;
    let id = event["requestContext"]["requestId"].take();
    assert_eq!(id.as_str().unwrap().len(), 32);
    let expected = json!({
        "version": "2.0",
        "routeKey": "ANY /things/{proxy+}",
        "rawPath": "/things/1%20a/%C3%A4",
        "rawQueryString": "b=2&a=1&b=%26+3&empty=",
        "cookies": ["a=1", "b=2", "c=3"],
        "headers": {
            "content-type": "application/json; charset=utf-8",
            "host": "localhost:3000",
            "user-agent": "curl/8.14.1",
            "x-many": "one,two, three",
        },
        "queryStringParameters": { "a": "1", "b": "2,& 3", "empty": "" },
        "pathParameters": { "proxy": "1%20a/%C3%A4" },
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "hotswaplocal",
            "domainName": "localhost:3000",
            "domainPrefix": "localhost:3000",
            "http": {
                "method": "PUT",
                "path": "/things/1%20a/%C3%A4",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "curl/8.14.1",
            },
            "requestId": null,
            "routeKey": "ANY /things/{proxy+}",
            "stage": "$default",
            "time": "21/Nov/2026:08:00:00 +0000",
            "timeEpoch": 1_795_248_000_000_i64,
        },
        "body": "{\"name\":\"Ä\"}",
        "isBase64Encoded": false,
    });
    assert_eq!(event, expected);
}

#[tokio::test]
async fn what_a_request_does_not_have_its_event_does_not_have() {
    let request = Request::get("/things").header("host", "localhost");
    let event = event_of(request.body(Bytes::new()).unwrap()).await;
    for name in ["body", "cookies", "queryStringParameters", "pathParameters"] {
        assert_eq!(event.get(name), None, "{name}");
    }
    assert_eq!(event["rawQueryString"], "");
    assert_eq!(event["isBase64Encoded"], false);
    assert_eq!(event["requestContext"].get("authorizer"), None);
    assert_eq!(event["requestContext"]["http"]["userAgent"], "");
}

#[tokio::test]
async fn a_body_is_text_only_if_it_is_called_so_and_is() {
    for (media_type, body, is_text) in [
        (Some("application/json"), &b"{}"[..], true),
        (Some("Application/JSON"), b"{}", true),
        (Some("text/plain; charset=utf-8"), "ä".as_bytes(), true),
        (Some("application/xml"), b"<a/>", true),
        (Some("text/plain"), b"\xff\xfe", false),
        (Some("application/json"), b"\xff\xfe", false),
        (Some("application/octet-stream"), b"abc", false),
        (Some("application/x-www-form-urlencoded"), b"a=1", false),
        (Some("multipart/form-data; boundary=x"), b"--x--", false),
        (None, b"abc", false),
    ] {
        let mut request = Request::post("/things").header("host", "localhost");
        if let Some(media_type) = media_type {
            request = request.header("content-type", media_type);
        }
        let event = event_of(request.body(Bytes::copy_from_slice(body)).unwrap()).await;
        assert_eq!(event["isBase64Encoded"], !is_text, "{media_type:?}");
        let sent = event["body"].as_str().unwrap();
        if is_text {
            assert_eq!(sent.as_bytes(), body, "{media_type:?}");
        } else {
            use base64::Engine as _;
            let decoded = base64::engine::general_purpose::STANDARD.decode(sent);
            assert_eq!(decoded.unwrap(), body, "{media_type:?}");
        }
    }
}

#[tokio::test]
async fn two_requests_have_two_ids() {
    let heard = Heard::default();
    let functions = [("api", noting(&heard, |_| json!({})))];
    let scene = Scene::new(&api(&[("ANY", "/things")]), &functions).await;
    scene.get("/things").await;
    scene.get("/things").await;
    let ids = heard.take();
    let ids: Vec<&Value> = ids
        .iter()
        .map(|event| &event["requestContext"]["requestId"])
        .collect();
    assert_ne!(ids[0], ids[1]);
}
