//! The HTTP API: which route takes a request, who may pass, and what is refused.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use http::{Request, StatusCode};
use local::platform::Start;
use runtime::{FunctionError, StartError};
use serde_json::{Value, json};

use super::parts;
use super::support::{Heard, Options, Scene, counted, function, noting, request};

const AUTHORIZED: &str = "
  HttpApi:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        DefaultAuthorizer: TokenAuthorizer
        Authorizers:
          TokenAuthorizer:
            FunctionArn: !GetAtt DoorFunction.Arn
            AuthorizerPayloadFormatVersion: '2.0'
            EnableSimpleResponses: true
            Identity: { ReauthorizeEvery: 0 }
  DoorFunction:
    Type: AWS::Serverless::Function
";

/// Writes a function with these routes.
pub(crate) fn api(routes: &[(&str, &str)]) -> String {
    let routes = routes.iter().enumerate().map(|(number, (method, path))| {
        let route = format!("Method: {method}, Path: '{path}'");
        format!("Route{number}: {{ Type: HttpApi, Properties: {{ {route} }} }}")
    });
    let routes: Vec<String> = routes.collect();
    let properties = format!("Timeout: 1, Events: {{ {} }}", routes.join(", "));
    parts::function("Api", &properties)
}

fn ok(_: &Value) -> Value {
    json!({ "statusCode": 200, "body": "fine" })
}

/// Starts an API of one route behind an authorizer that gives `verdict`.
async fn guarded(verdict: Value) -> (Scene, Heard, Heard) {
    let (door, api_heard) = (Heard::default(), Heard::default());
    let functions = [
        ("door", noting(&door, move |_| verdict.clone())),
        ("api", noting(&api_heard, ok)),
    ];
    let template = format!("{AUTHORIZED}{}", api(&[("ANY", "/things")]));
    (Scene::new(&template, &functions).await, door, api_heard)
}

/// Requests, each with the route that takes it and what the route's variables are.
fn requests_and_routes() -> Vec<(&'static str, &'static str, &'static str, Value)> {
    vec![
        ("GET", "/things", "GET /things", json!(null)),
        ("POST", "/things", "ANY /things", json!(null)),
        (
            "GET",
            "/things/1",
            "GET /things/{thing}",
            json!({ "thing": "1" }),
        ),
        (
            "PUT",
            "/things/1",
            "ANY /things/{proxy+}",
            json!({ "proxy": "1" }),
        ),
        (
            "GET",
            "/things/1/2",
            "ANY /things/{proxy+}",
            json!({ "proxy": "1/2" }),
        ),
        (
            "GET",
            "/things/1/parts",
            "ANY /things/{thing}/parts",
            json!({ "thing": "1" }),
        ),
        (
            "GET",
            "/things/all/parts",
            "GET /things/all/parts",
            json!(null),
        ),
        (
            "GET",
            "/things/1/parts/2/3",
            "ANY /things/{thing}/parts/{proxy+}",
            json!({ "thing": "1", "proxy": "2/3" }),
        ),
        (
            "GET",
            "/other",
            "ANY /{proxy+}",
            json!({ "proxy": "other" }),
        ),
        (
            "GET",
            "/thingsandmore",
            "ANY /{proxy+}",
            json!({ "proxy": "thingsandmore" }),
        ),
        (
            "GET",
            "/Things",
            "ANY /{proxy+}",
            json!({ "proxy": "Things" }),
        ),
    ]
}

#[tokio::test]
async fn the_most_specific_route_takes_a_request() {
    let heard = Heard::default();
    let routes = [
        ("ANY", "/{proxy+}"),
        ("ANY", "/things"),
        ("GET", "/things"),
        ("ANY", "/things/{proxy+}"),
        ("GET", "/things/{thing}"),
        ("ANY", "/things/{thing}/parts"),
        ("ANY", "/things/{thing}/parts/{proxy+}"),
        ("GET", "/things/all/parts"),
    ];
    let scene = Scene::new(&api(&routes), &[("api", noting(&heard, ok))]).await;
    for (method, path, route, parameters) in requests_and_routes() {
        scene.http(request(method, "localhost:3000", path)).await;
        let event = heard.take().pop().unwrap_or_default();
        assert_eq!(event["routeKey"], route, "{method} {path}");
        assert_eq!(
            event["requestContext"]["routeKey"], route,
            "{method} {path}"
        );
        assert_eq!(event["pathParameters"], parameters, "{method} {path}");
    }
}

#[tokio::test]
async fn without_a_route_the_gateway_itself_answers() {
    let (door, heard) = (Heard::default(), Heard::default());
    let functions = [
        ("door", noting(&door, |_| json!({ "isAuthorized": true }))),
        ("api", noting(&heard, ok)),
    ];
    let template = format!("{AUTHORIZED}{}", api(&[("POST", "/things")]));
    let scene = Scene::new(&template, &functions).await;
    for path in ["/", "/things", "/things/", "/things/1", "//things"] {
        let answer = scene.get(path).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.headers()["content-type"], "application/json");
        assert_eq!(answer.body(), r#"{"message":"Not Found"}"#);
    }
    assert_eq!((door.count(), heard.count()), (0, 0), "nobody is asked");
}

#[tokio::test]
async fn the_api_is_at_the_platforms_own_host_alone() {
    let heard = Heard::default();
    let scene = Scene::new(&api(&[("ANY", "/things")]), &[("api", noting(&heard, ok))]).await;
    for (host, is_api) in [
        ("localhost", true),
        ("LocalHost:3000", true),
        ("127.0.0.1:3000", true),
        ("docs.demo.localhost", false),
        ("www.customer.example", false),
        ("", false),
        ("not a host", false),
    ] {
        let answer = scene.http(request("GET", host, "/things")).await;
        assert_eq!(answer.headers().get("via").is_none(), is_api, "{host}");
        assert_eq!(heard.take().len(), usize::from(is_api), "{host}");
    }
}

#[tokio::test]
async fn what_the_authorizer_says_arrives_as_it_is() {
    let context = json!({ "outcome": "authenticated", "tenant": "1", "operator": "true" });
    let verdict = json!({ "isAuthorized": true, "context": context });
    let (scene, door, heard) = guarded(verdict).await;
    let mut asked = request("POST", "localhost:3000", "/things?a=1");
    *asked.body_mut() = Bytes::from_static(b"secret");
    assert_eq!(scene.http(asked).await.status(), StatusCode::OK);
    let event = heard.take().pop().unwrap();
    let arrived = &event["requestContext"]["authorizer"];
    assert_eq!(*arrived, json!({ "lambda": context }));
    let question = door.take().pop().unwrap();
    assert_eq!(question["type"], "REQUEST");
    assert_eq!(question["version"], "2.0");
    let arn = "arn:aws:execute-api:eu-central-1:000000000000:hotswaplocal/$default/POST/things";
    assert_eq!(question["routeArn"], arn);
    assert_eq!(question["rawQueryString"], "a=1");
    assert_eq!(question.get("body"), None, "an authorizer sees no body");
    let ids = [&question, &event].map(|event| event["requestContext"]["requestId"].clone());
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test]
async fn whoever_sends_a_context_has_none() {
    let (scene, _, heard) = guarded(json!({ "isAuthorized": true })).await;
    let mut asked = request("GET", "localhost:3000", "/things");
    let forged = "{\"lambda\":{\"tenant\":\"1\"}}".parse().unwrap();
    asked.headers_mut().insert("authorizer", forged);
    scene.http(asked).await;
    let event = heard.take().pop().unwrap();
    assert_eq!(
        event["requestContext"]["authorizer"],
        json!({ "lambda": {} })
    );
}

#[tokio::test]
async fn a_request_passes_only_by_a_verdict_that_says_so() {
    for (verdict, status, message) in [
        (json!({ "isAuthorized": false }), 403, "Forbidden"),
        (
            json!({ "isAuthorized": false, "context": {} }),
            403,
            "Forbidden",
        ),
        (
            json!({ "isAuthorized": "true" }),
            500,
            "Internal Server Error",
        ),
        (
            json!({ "isAuthorized": true, "context": "all" }),
            500,
            "Internal Server Error",
        ),
        (json!({}), 500, "Internal Server Error"),
        (json!(null), 500, "Internal Server Error"),
        (json!("Unauthorized"), 500, "Internal Server Error"),
    ] {
        let (scene, _, heard) = guarded(verdict.clone()).await;
        let answer = scene.get("/things").await;
        assert_eq!(answer.status(), status, "{verdict}");
        let body: Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(body, json!({ "message": message }), "{verdict}");
        assert_eq!(heard.count(), 0, "{verdict}");
    }
}

#[tokio::test]
async fn an_authorizer_that_fails_lets_nobody_pass() {
    let doors: [Start; 3] = [
        function(|_, _| async { Err(FunctionError::new("Failed", "it")) }),
        function(|_, _| async { panic!("on purpose") }),
        Arc::new(|_| Box::pin(async { Err(StartError::MissingVariable("NAME")) })),
    ];
    for door in doors {
        let heard = Heard::default();
        let functions = [("door", door), ("api", noting(&heard, ok))];
        let template = format!("{AUTHORIZED}{}", api(&[("ANY", "/things")]));
        let scene = Scene::new(&template, &functions).await;
        let answer = scene.get("/things").await;
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(heard.count(), 0);
    }
}

fn sized(bytes: usize, media_type: &str) -> Request<Bytes> {
    let mut sent = request("POST", "localhost:3000", "/things");
    let kind = media_type.parse().unwrap();
    sent.headers_mut().insert("content-type", kind);
    *sent.body_mut() = Bytes::from(vec![b'x'; bytes]);
    sent
}

#[tokio::test]
async fn requests_have_the_sizes_that_the_gateway_and_functions_take() {
    const MEGABYTE: usize = 1_048_576;
    let heard = Heard::default();
    let scene = Scene::new(&api(&[("ANY", "/things")]), &[("api", noting(&heard, ok))]).await;
    for (bytes, media_type, passes) in [
        (5 * MEGABYTE, "text/plain", true),
        (6 * MEGABYTE, "text/plain", false),
        // Base64 makes four bytes of three.
        (4 * MEGABYTE, "application/octet-stream", true),
        (5 * MEGABYTE, "application/octet-stream", false),
        (10 * MEGABYTE + 1, "text/plain", false),
    ] {
        let answer = scene.http(sized(bytes, media_type)).await;
        assert_eq!(
            heard.take().len(),
            usize::from(passes),
            "{bytes} {media_type}"
        );
        if passes {
            assert_eq!(answer.status(), StatusCode::OK);
        } else {
            assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
            assert_eq!(answer.body(), r#"{"message":"Request Entity Too Large"}"#);
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_none() {
    let heard = Heard::default();
    let large = noting(
        &heard,
        |_| json!({ "statusCode": 200, "body": "x".repeat(6_291_456) }),
    );
    let scene = Scene::new(&api(&[("ANY", "/things")]), &[("api", large)]).await;
    let answer = scene.get("/things").await;
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.body(), r#"{"message":"Internal Server Error"}"#);
}

#[tokio::test]
async fn a_function_that_fails_is_an_internal_error() {
    for (fails, environments) in [
        (
            function(|_, _| async { Err(FunctionError::new("Failed", "of a tenant")) }),
            1,
        ),
        (function(|_, _| async { panic!("on purpose") }), 2),
    ] {
        let (fails, starts) = counted(&fails);
        let scene = Scene::new(&api(&[("ANY", "/things")]), &[("api", fails)]).await;
        for _ in 0..2 {
            let answer = scene.get("/things").await;
            assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
            assert_eq!(answer.body(), r#"{"message":"Internal Server Error"}"#);
        }
        assert_eq!(starts.load(Ordering::SeqCst), environments);
    }
}

#[tokio::test]
async fn a_function_that_takes_too_long_is_cut_off() {
    let never = function(|_, _| std::future::pending());
    let (never, starts) = counted(&never);
    let options = Options {
        is_real: true,
        ..Options::default()
    };
    let scene = Scene::with(&api(&[("ANY", "/things")]), &[("api", never)], options).await;
    let answers = futures_util::future::join(scene.get("/things"), scene.get("/things")).await;
    for answer in [answers.0, answers.1] {
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.body(), r#"{"message":"Service Unavailable"}"#);
    }
    assert_eq!(starts.load(Ordering::SeqCst), 2, "each had one of its own");
}
