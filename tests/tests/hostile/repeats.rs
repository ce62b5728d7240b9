//! `Idempotency-Key` that is none, or that was used for something else.

use http::Method;
use serde_json::{Value, json};
use tests::client::Call;

use crate::answers::Expected;
use crate::problems;
use crate::scene::{API, Scene, Side, add, request, with_json};
use tests::operations::samples;
use tests::operations::{self, Operation};
use tests::stores;

/// What is no key.
const NO_KEYS: [&[u8]; 12] = [
    b"",
    b" ",
    b"a b",
    b"a,b",
    b",",
    b"a\tb",
    b"caf\xc3\xa9",
    b"\xff",
    b"\xe2\x80\xae",
    b"a, a",
    b"\x80",
    b"\xc2\xa0",
];

/// Bytes of a key, at most.
const KEY_BYTES_MAX: usize = 255;

fn repeatable() -> Vec<Operation> {
    let mut operations = operations::all();
    operations.retain(|operation| operation.takes("Idempotency-Key"));
    assert!(operations.len() >= 8, "{} take keys", operations.len());
    operations
}

#[tokio::test]
async fn what_is_no_key_is_refused() {
    let scene = Scene::new(250);
    let expected = Expected::At("header:Idempotency-Key".to_owned());
    for operation in repeatable() {
        let name = operation.name();
        let before = scene.stored().await;
        let long = vec![b'k'; KEY_BYTES_MAX + 1];
        for key in NO_KEYS.iter().copied().chain([&*long]) {
            let mut call = request(API, scene.good(&operation));
            add(&mut call, "idempotency-key", key);
            let why = format!("{name}: {}", key.escape_ascii());
            scene.try_request(&why, call, &expected).await;
        }
        let mut two = request(API, scene.good(&operation));
        add(&mut two, "idempotency-key", b"one");
        add(&mut two, "idempotency-key", b"two");
        scene
            .try_request(&format!("{name}: two keys"), two, &expected)
            .await;
        stores::assert_same(&before, &scene.stored().await, &name);
    }
    problems::assert_quiet();
}

/// A request that is refused is not remembered: its key is as good as new.
#[tokio::test]
async fn a_request_that_was_refused_leaves_no_key_behind() {
    let scene = Scene::new(251);
    for operation in repeatable() {
        let name = operation.name();
        let before = scene.stored().await;
        let missing = scene
            .path(&operation)
            .replace(&scene.acme.website, crate::scene::MISSING);
        let nobody = Call {
            headers: Vec::new(),
            ..scene.good(&operation)
        };
        for (what, call) in [
            ("no JSON", with_json(scene.bare(&operation), "{")),
            (
                "no field",
                with_json(scene.bare(&operation), "{\"nonsense\":1}"),
            ),
            (
                "no parameter",
                Call {
                    path: format!("{}?nonsense=1", scene.path(&operation)),
                    ..scene.good(&operation)
                },
            ),
            ("nobody", nobody),
            (
                "nowhere",
                Call {
                    path: missing,
                    ..scene.good(&operation)
                },
            ),
        ] {
            let why = format!("{name}: {what}");
            let call = request(
                API,
                call.with("idempotency-key", format!("k-{what}").replace(' ', "-")),
            );
            let answer = scene.send(call).await;
            assert!(answer.status.as_u16() < 500, "{why}");
            if answer.status.is_client_error() {
                stores::assert_same(&before, &scene.stored().await, &why);
            } else {
                // An operation without a website in its path has no nowhere.
                assert_eq!(what, "nowhere", "{name}: {}", answer.text());
                break;
            }
        }
    }
    problems::assert_quiet();
}

/// Returns a body that the operation takes and that makes something.
pub(crate) fn effective(operation: &Operation, number: usize) -> Option<Value> {
    let mut body = samples::body(operation)?;
    if body.get("subdomain").is_some() {
        body["subdomain"] = json!(format!("made-{number}"));
    }
    for email in ["email", "adminEmail"] {
        if body.get(email).is_some() {
            body[email] = json!(format!("made-{number}@new.example"));
        }
    }
    if body.get("slug").is_some() {
        body["slug"] = json!(format!("made-{number}"));
    }
    if body.get("reason").is_some() {
        body["reason"] = json!(format!("made {number}"));
    }
    Some(body)
}

/// Returns a request that has an effect, for a tenant's side.
fn call_of(scene: &Scene, side: &Side, operation: &Operation, body: Option<&Value>) -> Call {
    let mut call = scene.bare(operation);
    if !operation.is_open && !operation.is_operators() {
        let own = &scene.acme;
        call.path = call.path.replace(&own.website, &side.website);
        call.path = call.path.replace(&own.page, &side.page);
        call.path = call.path.replace(&own.releases[0], &side.releases[0]);
        call.path = call.path.replace(&own.invitation, &side.invitation);
        call.path = call.path.replace(&own.key, &side.key);
        call.headers.clear();
        call = call.bearer(&side.settled.tokens.access);
        if operation.needs("If-Match") {
            call = call.if_match("*");
        }
    }
    match body {
        Some(body) => with_json(call, body.to_string()),
        None => call,
    }
}

/// Threat A9: a key is for one caller and one path: nobody else's answer is given again.
#[tokio::test]
async fn one_key_for_all_is_a_key_of_each() {
    const KEY: &str = "the-same-for-all";
    let scene = Scene::new(252);
    let mut shared = 0;
    // Of two paths that mean the same, one key is one key: the alias is asked elsewhere.
    let operations = repeatable()
        .into_iter()
        .filter(|it| !it.path.contains("/content/pages") && !it.path.starts_with("/api/v1/users"));
    for (number, operation) in operations.enumerate() {
        let name = operation.name();
        let body = effective(&operation, number);
        let is_shared = !operation.is_open && !operation.is_operators();
        let sides: &[&Side] = if is_shared {
            &[&scene.acme, &scene.other]
        } else {
            &[&scene.acme]
        };
        for side in sides {
            let call =
                call_of(&scene, side, &operation, body.as_ref()).with("idempotency-key", KEY);
            let why = format!("{name} of {}", side.settled.owner.subdomain);
            let first = scene.try_call(&why, call.clone(), &Expected::Free).await;
            assert!(
                first.status.is_success(),
                "{why}: {} {}",
                first.status,
                first.text()
            );
            assert_eq!(first.header("idempotency-replayed"), "", "{why}");
            scene.world.platform.settle().await.unwrap();
            let before = scene.stored().await;
            let again = scene.try_call(&why, call.clone(), &Expected::Free).await;
            assert_eq!(again.header("idempotency-replayed"), "true", "{why}");
            refuse_others(&scene, &why, call).await;
            stores::assert_same(&before, &scene.stored().await, &why);
            shared += 1;
        }
    }
    assert!(shared >= 10, "{shared} uses of one key");
    problems::assert_quiet();
}

/// The same key is not good for another request to the same path.
async fn refuse_others(scene: &Scene, why: &str, call: Call) {
    assert_eq!(call.method, Method::POST, "{why}");
    let mismatch = Expected::refused(422, "idempotency_mismatch");
    let mut padded = call.clone();
    if !padded.body.is_empty() {
        let text = String::from_utf8(padded.body.to_vec()).unwrap();
        padded.body = text.replacen('{', "{ ", 1).into();
        scene
            .try_call(&format!("{why}: another body"), padded, &mismatch)
            .await;
    }
    let mut other = call;
    other.headers.retain(|(name, _)| name != "if-match");
    let other = other.if_match("\"999\"");
    scene
        .try_call(&format!("{why}: another condition"), other, &mismatch)
        .await;
}
