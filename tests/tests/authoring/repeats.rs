//! Requests that are made again under the same idempotency key.

use futures_util::future::join_all;
use http::Method;
use serde_json::json;
use tests::client::{Answer, Call, assert_refused};

use crate::world::Scene;

fn is_replay(answer: &Answer) -> bool {
    answer.header("idempotency-replayed") == "true"
}

impl Scene {
    /// Asks for what `path` does, under the idempotency key `key`.
    async fn act_once(&self, path: &str, key: &str) -> Answer {
        let call = Call::new(Method::POST, path).with("idempotency-key", key);
        self.call(call).await
    }
}

#[tokio::test]
async fn a_publication_that_is_repeated_does_not_undo_what_came_after_it() {
    let scene = Scene::new().await;
    let page = scene.make("about").await;
    let (publish, unpublish) = (format!("{page}/publish"), format!("{page}/unpublish"));
    let first = scene.act_once(&publish, "first").await;
    assert_eq!(first.status, 200, "{}", first.text());
    assert!(!is_replay(&first));
    scene.act(&unpublish).await;
    let again = scene.act_once(&publish, "first").await;
    assert_eq!(again.status, 200, "{}", again.text());
    assert!(is_replay(&again));
    assert_eq!(again.json()["release"], first.json()["release"]);
    assert_eq!(again.at("/status").unwrap(), "draft", "as it is now");
    assert_eq!(again.header("etag"), scene.etag(&page).await);
    assert!(scene.live().await.is_empty());

    let back = scene.act_once(&unpublish, "second").await;
    assert!(!is_replay(&back), "another key, and nothing to do");
    scene.act_once(&publish, "third").await;
    let again = scene.act_once(&unpublish, "second").await;
    assert!(is_replay(&again));
    assert_eq!(again.json()["release"], back.json()["release"]);
    assert_eq!(again.at("/status").unwrap(), "published");
    assert_eq!(scene.live().await, ["/about"]);
    // A key is the request's: the same one means something else at another address.
    let other = scene.act_once(&unpublish, "third").await;
    assert!(!is_replay(&other));
    assert!(scene.live().await.is_empty());
}

#[tokio::test]
async fn a_repetition_need_not_know_what_the_first_one_made() {
    let scene = Scene::new().await;
    let page = scene.make("about").await;
    let publish = || {
        let call = Call::new(Method::POST, format!("{page}/publish"));
        scene.call(call.if_match("\"1\"").with("idempotency-key", "k"))
    };
    let first = publish().await;
    assert_eq!(first.header("etag"), "\"2\"");
    let again = publish().await;
    assert!(is_replay(&again), "{}", again.text());
    assert_eq!(again.json(), first.json());
    let again = || Call::new(Method::POST, format!("{page}/publish"));
    let stale = scene.call(again().if_match("\"1\"")).await;
    assert_refused(&stale, 412, "precondition_failed");
    // Another version under the same key is another request.
    for other in [again().if_match("\"2\""), again()] {
        let other = scene.call(other.with("idempotency-key", "k")).await;
        assert_refused(&other, 422, "idempotency_mismatch");
    }
    // What was refused is not remembered.
    let other = scene.make("other").await;
    let early = Call::new(Method::POST, format!("{other}/publish")).with("idempotency-key", "k");
    let refused = scene.call(early.clone().if_match("\"9\"")).await;
    assert_refused(&refused, 412, "precondition_failed");
    let done = scene.call(early.if_match("\"1\"")).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(!is_replay(&done));
}

#[tokio::test]
async fn of_the_same_publications_at_once_one_happens() {
    let scene = Scene::new().await;
    let page = scene.make("about").await;
    let before = scene.releases().await.len();
    // The path and its alias are one.
    let alias = page.replace("/pages/", "/content/pages/");
    let paths = [&page, &alias, &page, &alias].map(|page| format!("{page}/publish"));
    let answers = join_all(paths.iter().map(|path| scene.act_once(path, "k"))).await;
    for answer in &answers {
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.json(), answers[0].json());
    }
    let replays = answers.iter().filter(|answer| is_replay(answer)).count();
    assert_eq!(replays, 3);
    assert_eq!(scene.releases().await.len(), before + 1);
    // A page that is gone is gone for repetitions too.
    scene.delete(&page).await;
    assert_eq!(scene.act_once(&paths[0], "k").await.status, 404);
}

#[tokio::test]
async fn an_activation_that_is_repeated_moves_nothing_back() {
    let scene = Scene::new().await;
    let empty = scene.live_release().await;
    let page = scene.make("about").await;
    let full = scene.publish(&page).await;
    let activate = |release: &str| scene.at(&format!("/releases/{release}/activate"));
    let first = scene.act_once(&activate(&empty), "k").await;
    assert_eq!(first.json()["isMoved"], true);
    assert_eq!(first.json()["release"]["isLive"], true);
    scene.activate(&full).await;
    let again = scene.act_once(&activate(&empty), "k").await;
    assert_eq!(again.status, 200, "{}", again.text());
    assert!(is_replay(&again));
    assert_eq!(again.json()["isMoved"], true, "as the first one did");
    assert_eq!(again.json()["release"]["isLive"], false, "as it is now");
    assert_eq!(scene.live_release().await, full);

    let stays = scene.act_once(&activate(&full), "stays").await;
    assert_eq!(stays.json()["isMoved"], false);
    scene.activate(&empty).await;
    let again = scene.act_once(&activate(&full), "stays").await;
    assert!(is_replay(&again));
    assert_eq!(again.json()["isMoved"], false);
    assert_eq!(scene.live_release().await, empty);
    let path = activate(&full);
    let answers = join_all((0..3).map(|_| scene.act_once(&path, "all"))).await;
    let replays = answers.iter().filter(|answer| is_replay(answer)).count();
    assert_eq!(replays, 2);
}

#[tokio::test]
async fn a_key_that_no_operation_can_remember_is_refused() {
    let scene = Scene::new().await;
    let page = scene.make("about").await;
    for key in ["", "two words", "two,keys", &"k".repeat(256)] {
        let refused = scene.act_once(&format!("{page}/publish"), key).await;
        assert_refused(&refused, 422, "validation_failed");
    }
    assert_eq!(scene.status(&page).await, "draft");
    let longest = "k".repeat(255);
    let done = scene.act_once(&format!("{page}/publish"), &longest).await;
    assert_eq!(done.status, 200, "{}", done.text());
    // An empty body is as good as none.
    let empty = Call::post(format!("{page}/publish"), &json!({}));
    let again = scene.call(empty.with("idempotency-key", longest)).await;
    assert!(is_replay(&again), "{}", again.text());
}
