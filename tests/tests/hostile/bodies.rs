//! Bodies that are not what the operation takes, field by field.

use tests::client::Call;

use crate::answers::Expected;
use crate::mutations::{self, Mutation};
use crate::problems;
use crate::scene::{Scene, with_json};
use tests::operations::samples;
use tests::operations::{self, Operation};
use tests::stores;

/// Tries every body that is wrong, and returns how many there were.
async fn try_all(scene: &Scene, operation: &Operation) -> usize {
    let name = operation.name();
    // What may be taken comes last: what was stored before is compared until then.
    let (free, wrong): (Vec<Mutation>, Vec<Mutation>) = mutations::of(operation)
        .into_iter()
        .partition(|it| it.expected == Expected::Free);
    let count = wrong.len() + free.len();
    let before = scene.stored().await;
    for mutation in wrong {
        let call = with_json(scene.bare(operation), mutation.body);
        let why = format!("{name}: {}", mutation.what);
        scene.try_call(&why, call, &mutation.expected).await;
    }
    stores::assert_same(&before, &scene.stored().await, &name);
    for mutation in free {
        let call = with_json(scene.bare(operation), mutation.body);
        let why = format!("{name}: {}", mutation.what);
        scene.try_call(&why, call, &Expected::Free).await;
    }
    count
}

/// Runs the operations that take a body and that `is_mine` picks.
async fn run(seed: u64, is_mine: impl Fn(&Operation) -> bool) {
    let scene = Scene::new(seed);
    let (mut tried, mut operations) = (0, 0);
    for operation in operations::all() {
        if operation.body.is_some() && is_mine(&operation) {
            tried += try_all(&scene, &operation).await;
            operations += 1;
        }
    }
    assert!(
        operations >= 3 && tried >= 300,
        "{tried} bodies, {operations} operations"
    );
    problems::assert_quiet();
}

fn is_of_pages(operation: &Operation) -> bool {
    operation.path.contains("pages")
}

fn is_of_websites(operation: &Operation) -> bool {
    operation.path.starts_with("/api/v1/websites") && !is_of_pages(operation)
}

/// Threat A16: what a body may not hold is refused where it stands, and changes nothing.
#[tokio::test]
async fn bodies_of_pages_are_refused_where_they_are_wrong() {
    run(200, is_of_pages).await;
}

/// Threat A16: what a body may not hold is refused where it stands, and changes nothing.
#[tokio::test]
async fn bodies_of_websites_are_refused_where_they_are_wrong() {
    run(201, is_of_websites).await;
}

/// Threat A16: what a body may not hold is refused where it stands, and changes nothing.
#[tokio::test]
async fn all_other_bodies_are_refused_where_they_are_wrong() {
    run(202, |it| !is_of_pages(it) && !is_of_websites(it)).await;
}

#[tokio::test]
async fn a_good_request_is_no_bad_one() {
    const WRONG: [&str; 6] = [
        "malformed_request",
        "method_not_allowed",
        "precondition_required",
        "unauthenticated",
        "unsupported_media_type",
        "validation_failed",
    ];
    let scene = Scene::new(203);
    for operation in operations::all() {
        let name = operation.name();
        let call: Call = scene.good(&operation);
        let answer = scene.try_call(&name, call, &Expected::Free).await;
        let problem = answer.problem();
        assert!(!WRONG.contains(&&*problem), "{name}: {}", answer.text());
        if let Some(body) = samples::body_of_blocks(&operation) {
            let call = with_json(scene.bare(&operation), body.to_string());
            let answer = scene.try_call(&name, call, &Expected::Free).await;
            let problem = answer.problem();
            assert!(!WRONG.contains(&&*problem), "{name}: {}", answer.text());
        }
    }
    problems::assert_quiet();
}
