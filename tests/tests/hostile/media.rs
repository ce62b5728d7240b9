//! Bodies that are no JSON, or say that they are something else, or are too large.

use bytes::Bytes;
use serde_json::Value;
use tests::client::Call;

use crate::answers::Expected;
use crate::problems;
use crate::scene::{API, Scene, add, request, with_json};
use tests::operations::samples;
use tests::operations::{self, Operation};
use tests::stores;

/// Bytes of a body, at most.
const BODY_BYTES_MAX: usize = 1_048_576;

/// Bytes of a body that no event holds.
const EVENT_BYTES: usize = 6_400_000;

/// Bytes of a request that no gateway takes.
const REQUEST_BYTES: usize = 10_485_761;

/// Kinds of content that are not JSON in UTF-8.
const OTHER_KINDS: [&[u8]; 18] = [
    b"",
    b"text/plain",
    b"text/json",
    b"text/html; charset=application/json",
    b"application/jsonx",
    b"application/json5",
    b"application/ld+json",
    b"application/merge-patch+json",
    b"application/x-www-form-urlencoded",
    b"multipart/form-data; boundary=application/json",
    b"application/xml",
    b"application/json, text/plain",
    b"application/json,application/json",
    b"application / json",
    b"json",
    b"application/json; charset=utf-16",
    b"application/json; charset=\"iso-8859-1\"",
    b"application/j\xc3\xa4son",
];

/// Ways to say that it is JSON in UTF-8.
const JSON_KINDS: [&str; 6] = [
    "application/json",
    "APPLICATION/JSON",
    "application/json;charset=utf-8",
    "application/json; charset=\"UTF-8\"",
    " application/json ; profile=x",
    "application/json;",
];

/// Ways to say that the body is packed, which no route unpacks.
const CODINGS: [&[u8]; 8] = [
    b"gzip",
    b"br",
    b"deflate",
    b"zstd",
    b"gzip, identity",
    b"aws-chunked",
    b"x",
    b"\xff",
];

/// Texts that are no JSON, or more of it than one.
fn no_json() -> Vec<Bytes> {
    let texts: [&[u8]; 26] = [
        b" ",
        b"{",
        b"}",
        b"{]",
        b"[",
        b"{}{}",
        b"{} x",
        b"{}\0",
        b"{'a': 1}",
        b"{a: 1}",
        b"{\"a\": 1,}",
        b"{\"a\" 1}",
        b"{\"a\"}",
        b"{/* a */}",
        b"// a\n{}",
        b"{\"a\": tru}",
        b"\xef\xbb\xbf{}",
        b"\xff\xfe{\0}\0",
        b"\0",
        b"\x0b{}",
        b"{\"a\xff\": 1}",
        b"undefined",
        b"nul",
        b"\"",
        b"a=1&b=2",
        b"<a>1</a>",
    ];
    let mut all: Vec<Bytes> = texts.map(Bytes::from_static).to_vec();
    let depth = 100_000;
    all.push("[".repeat(depth).into());
    all.push("{\"a\":".repeat(depth).into());
    let deep = ["[".repeat(depth), "]".repeat(depth)].concat();
    all.push(format!("{{\"a\":{deep}}}").into());
    all.push(
        ["{\"a\":".repeat(200), "1".to_owned(), "}".repeat(200)]
            .concat()
            .into(),
    );
    all
}

fn with_bodies() -> Vec<Operation> {
    let mut operations = operations::all();
    operations.retain(|operation| operation.body.is_some());
    operations
}

fn text_of(operation: &Operation) -> String {
    samples::body(operation)
        .as_ref()
        .map(Value::to_string)
        .unwrap()
}

#[tokio::test]
async fn what_is_no_json_cannot_be_read() {
    let scene = Scene::new(220);
    for operation in with_bodies() {
        let name = operation.name();
        let before = scene.stored().await;
        for body in no_json() {
            let start = body.slice(..body.len().min(20));
            let why = format!("{name}: {}", start.escape_ascii());
            let expected = match body.first() {
                Some(b'[') => {
                    Expected::Refused(vec![(400, "malformed_request"), (422, "validation_failed")])
                }
                _ => Expected::malformed(),
            };
            scene
                .try_call(&why, with_json(scene.bare(&operation), body), &expected)
                .await;
        }
        if operation.needs_body {
            let call = with_json(scene.bare(&operation), "");
            scene
                .try_call(&format!("{name}: nothing"), call, &Expected::malformed())
                .await;
        }
        stores::assert_same(&before, &scene.stored().await, &name);
    }
    problems::assert_quiet();
}

#[tokio::test]
async fn a_body_that_says_it_is_something_else_is_not_read() {
    let scene = Scene::new(221);
    let expected = Expected::refused(415, "unsupported_media_type");
    for operation in with_bodies() {
        let name = operation.name();
        let before = scene.stored().await;
        let bare = || Call {
            body: text_of(&operation).into(),
            ..scene.bare(&operation)
        };
        scene
            .try_call(&format!("{name}: no kind"), bare(), &expected)
            .await;
        for kind in OTHER_KINDS {
            let mut other = request(API, bare());
            add(&mut other, "content-type", kind);
            let why = format!("{name}: {}", kind.escape_ascii());
            scene.try_request(&why, other, &expected).await;
        }
        let mut two = request(API, bare().with("content-type", "application/json"));
        add(&mut two, "content-type", b"text/plain");
        scene
            .try_request(&format!("{name}: two kinds"), two, &expected)
            .await;
        for coding in CODINGS {
            let mut packed = request(API, scene.good(&operation));
            add(&mut packed, "content-encoding", coding);
            let why = format!("{name}: packed as {}", coding.escape_ascii());
            scene.try_request(&why, packed, &expected).await;
        }
        stores::assert_same(&before, &scene.stored().await, &name);
        let good = scene.send(request(API, scene.good(&operation))).await;
        for kind in JSON_KINDS {
            let why = format!("{name}: {kind}");
            let call = bare().with("content-type", kind);
            let answer = scene.try_call(&why, call, &Expected::Free).await;
            assert_eq!(answer.status, good.status, "{why}");
        }
        let call = scene.good(&operation).with("content-encoding", "identity");
        let answer = scene.try_call(&name, call, &Expected::Free).await;
        assert_eq!(answer.status, good.status, "{name}: not packed");
    }
    problems::assert_quiet();
}

#[tokio::test]
async fn a_body_that_is_too_large_is_not_read() {
    let scene = Scene::new(222);
    let too_large = Expected::refused(413, "payload_too_large");
    for operation in with_bodies() {
        let name = operation.name();
        let before = scene.stored().await;
        let body = text_of(&operation);
        let filled = |bytes: usize| {
            let space = " ".repeat(bytes - body.len());
            with_json(scene.bare(&operation), format!("{body}{space}"))
        };
        scene
            .try_call(&name, filled(BODY_BYTES_MAX + 1), &too_large)
            .await;
        scene
            .try_call(&name, filled(EVENT_BYTES), &Expected::Gateway(413))
            .await;
        stores::assert_same(&before, &scene.stored().await, &name);
        let good = scene.send(request(API, scene.good(&operation))).await;
        let full = scene
            .try_call(&name, filled(BODY_BYTES_MAX), &Expected::Free)
            .await;
        assert_eq!(full.status, good.status, "{name}: as large as may be");
    }
    let login = Call::post("/api/v1/auth/login", &Value::Null);
    let call = Call {
        body: Bytes::from(vec![b' '; REQUEST_BYTES]),
        ..login
    };
    scene
        .try_call("more than the gateway takes", call, &Expected::Gateway(413))
        .await;
    problems::assert_quiet();
}

#[tokio::test]
async fn a_body_that_nobody_asked_for_is_refused() {
    let scene = Scene::new(223);
    let expected = Expected::At(String::new());
    for operation in operations::all() {
        if operation.body.is_some() {
            continue;
        }
        let name = operation.name();
        let before = scene.stored().await;
        for body in ["{\"a\":1}", "[]", "null", "x", "\0", "{", "{}{}"] {
            let call = with_json(scene.bare(&operation), body);
            scene
                .try_call(&format!("{name}: {body:?}"), call, &expected)
                .await;
        }
        let call = Call {
            body: Bytes::from(vec![0xff; BODY_BYTES_MAX + 1]),
            ..scene.bare(&operation)
        };
        scene
            .try_call(&format!("{name}: a large one"), call, &expected)
            .await;
        stores::assert_same(&before, &scene.stored().await, &name);
    }
    problems::assert_quiet();
}
