//! A rollback in the middle of other work on a page: the page is where one of the two leaves it, and
//! nowhere else.

use std::sync::Arc;

use http::Method;
use tests::client::Call;
use tests::crash::OfFunction;
use tests::pause::{Met, overtaken};

use crate::world::{Scene, draft};

/// More calls than any of the requests makes.
const CALLS_MAX: u64 = 40;

/// Puts a page to one place, publishes it at another, and then has a rollback to the first release
/// happen before each call of the request that `begin` makes of the page's address and the name of
/// the round. It must leave the page at `left` below that name, or nowhere.
async fn meet_everywhere(begin: impl AsyncFn(&Scene, &str, &str) -> Call, left: Option<&str>) {
    let scene = Scene::new().await;
    for place in 0..CALLS_MAX {
        let round = format!("round-{place}");
        let page = scene.make(&format!("{round}/first")).await;
        let first = scene.publish(&page).await;
        let moved = draft(&format!("{round}/second"), "moved");
        assert_eq!(scene.put_to(&page, &moved).await.status, 200);
        scene.publish(&page).await;
        let releases = scene.releases().await.len();
        let call = scene.as_owner(begin(&scene, &page, &round).await);
        scene.world.platform.settle().await.unwrap();
        let world = scene.world.clone();
        let begin = |pause| {
            let of_content = OfFunction::new("content", pause);
            scene.world.faults.set(Arc::new(of_content));
        };
        let work = async move { world.client().call(call).await.unwrap() };
        let met = overtaken(place, begin, work, scene.activate(&first)).await;
        scene.world.heal();
        let answer = match met.unwrap() {
            Met::Both(answer, _activated) => answer,
            Met::First(_alone) => {
                assert!(place >= 3, "{place} calls");
                return;
            }
        };
        assert!(answer.status.is_success(), "{}", answer.text());
        assert_eq!(scene.releases().await.len(), releases + 1, "call {place}");
        let is_rolled_back = scene.live_release().await == first;
        let expected = if is_rolled_back { Some("first") } else { left };
        let mut live = scene.live().await;
        live.retain(|path| path.starts_with(&format!("/{round}/")));
        let expected = expected.map(|it| format!("/{round}/{it}"));
        assert_eq!(live, Vec::from_iter(expected), "call {place}");
    }
    panic!("it makes more than {CALLS_MAX} calls");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_published_during_a_rollback_is_in_one_place() {
    let publish = async |scene: &Scene, page: &str, round: &str| {
        let moved = draft(&format!("{round}/third"), "moved again");
        assert_eq!(scene.put_to(page, &moved).await.status, 200);
        Call::new(Method::POST, format!("{page}/publish"))
    };
    meet_everywhere(publish, Some("third")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_taken_back_during_a_rollback_is_nowhere() {
    let take_back =
        async |_: &Scene, page: &str, _: &str| Call::new(Method::POST, format!("{page}/unpublish"));
    meet_everywhere(take_back, None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_deleted_during_a_rollback_is_nowhere() {
    let delete = async |scene: &Scene, page: &str, _: &str| {
        Call::delete(page).if_match(&scene.etag(page).await)
    };
    meet_everywhere(delete, None).await;
}
