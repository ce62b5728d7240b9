//! `If-Match` that is missing, old, or no list of tags.

use http::Method;
use tests::client::Call;

use crate::answers::Expected;
use crate::problems;
use crate::scene::{API, Scene, add, request};
use tests::operations::{self, Operation};
use tests::stores;

/// What is no list of tags (RFC 9110 §13.1.1).
const MALFORMED: [&[u8]; 17] = [
    b"\" 1\"",
    b"",
    b" ",
    b",",
    b"1",
    b"\"1",
    b"1\"",
    b"'1'",
    b"W/",
    b"w/\"1\"",
    b"W\"1\"",
    b"**",
    b"\"1\", *",
    b"*, \"1\"",
    b"\"1\" \"2\"",
    b"\"1\",, 2",
    b"\"\xe9\xff",
];

/// Tags that no version has.
const STALE: [&[u8]; 9] = [
    b"\"999\"",
    b"\"0\"",
    b"\"-1\"",
    b"\"\"",
    b"\"01\"",
    b"\"a,b\"",
    b"\"999\", \"998\" ,\"997\"",
    b"\"18446744073709551616\"",
    b"\"c4n4ry\"",
];

/// Returns a good request but for its `If-Match`.
fn without(scene: &Scene, operation: &Operation) -> Call {
    let mut call = scene.good(operation);
    call.headers.retain(|(name, _)| name != "if-match");
    call
}

/// Returns the tag of what an operation changes.
async fn tag(scene: &Scene, operation: &Operation) -> String {
    let path = scene.path(operation);
    let path = path
        .trim_end_matches("/publish")
        .trim_end_matches("/unpublish")
        .trim_end_matches("/rotate");
    let all = operations::all();
    let is_read = |it: &&Operation| it.method == Method::GET && scene.path(it) == path;
    let read = all.iter().find(is_read).unwrap();
    let answer = scene.send(request(API, scene.good(read))).await;
    answer.header("etag").to_owned()
}

#[tokio::test]
async fn a_condition_that_cannot_be_met_is_refused() {
    let scene = Scene::new(240);
    let stale = Expected::refused(412, "precondition_failed");
    let malformed = Expected::At("header:If-Match".to_owned());
    let (mut needed, mut taken) = (0, 0);
    for operation in operations::all() {
        if !operation.takes("If-Match") {
            continue;
        }
        let name = operation.name();
        let before = scene.stored().await;
        if operation.needs("If-Match") {
            needed += 1;
            let required = Expected::refused(428, "precondition_required");
            scene
                .try_call(&name, without(&scene, &operation), &required)
                .await;
        }
        let current = tag(&scene, &operation).await;
        assert!(
            current.starts_with('"') && current.ends_with('"'),
            "{name}: {current}"
        );
        let weak = format!("W/{current}");
        let mut all: Vec<(&[u8], &Expected)> = STALE.iter().map(|it| (*it, &stale)).collect();
        all.push((weak.as_bytes(), &stale));
        all.extend(MALFORMED.iter().map(|it| (*it, &malformed)));
        for (value, expected) in all {
            let mut call = request(API, without(&scene, &operation));
            add(&mut call, "if-match", value);
            let why = format!("{name}: {}", value.escape_ascii());
            scene.try_request(&why, call, expected).await;
        }
        let mut two = request(API, without(&scene, &operation));
        add(&mut two, "if-match", b"\"999\"");
        add(&mut two, "if-match", b"W/\"998\"");
        scene
            .try_request(&format!("{name}: two"), two, &stale)
            .await;
        let mut any = request(API, without(&scene, &operation));
        add(&mut any, "if-match", b"\"999\"");
        add(&mut any, "if-match", b"*");
        scene
            .try_request(&format!("{name}: any of two"), any, &malformed)
            .await;
        stores::assert_same(&before, &scene.stored().await, &name);
        taken += 1;
    }
    assert!(
        needed >= 8 && taken > needed,
        "{needed} need it, {taken} take it"
    );
    problems::assert_quiet();
}

/// The control: the tag that was read is taken, alone and among others.
#[tokio::test]
async fn a_condition_that_is_met_is_none_to_refuse() {
    let scene = Scene::new(241);
    for operation in operations::all() {
        if !operation.takes("If-Match") || operation.method == Method::DELETE {
            continue;
        }
        for (before, after) in [("", ""), ("\"999\", ", ""), ("W/\"1\" ,", ",\"a,b\"")] {
            let current = tag(&scene, &operation).await;
            let value = format!("{before}{current}{after}");
            let name = format!("{}: {value}", operation.name());
            let call = without(&scene, &operation).if_match(&value);
            let answer = scene.try_call(&name, call, &Expected::Free).await;
            assert_eq!(answer.status, 200, "{name}: {}", answer.text());
        }
    }
    problems::assert_quiet();
}
