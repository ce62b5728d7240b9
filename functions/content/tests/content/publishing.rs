//! Publishing and taking back.

use futures_util::future::join_all;
use kernel::ReleaseId;

use crate::{draft, world};

#[tokio::test]
async fn a_page_is_published_and_taken_back() {
    let world = world().await;
    let id = world.make("about").await;
    let published = world.act(&id, "publish").await;
    assert_eq!(
        (published.status, published.etag()),
        (200, "\"2\""),
        "{}",
        published.body
    );
    assert_eq!(world.store.state().actions, 8, "actions of the transaction");
    let release = published.text("/release/id");
    let mut read = world.read(&id).await.body;
    read["release"] = published.body["release"].clone();
    assert_eq!(read, published.body, "what is answered is what is read");
    assert_eq!(world.live().await, ["about"]);

    let writes = world.store.state().writes.len();
    let again = world.act(&id, "publish").await;
    assert_eq!((again.status, again.etag()), (200, "\"2\""));
    assert_eq!(again.text("/release/id"), release);
    assert_eq!(
        world.store.state().writes.len(),
        writes,
        "nothing is written"
    );

    world.change(&id, draft("about", "New.")).await;
    assert_eq!(world.read(&id).await.text("/status"), "changed");
    let back = world.act(&id, "unpublish").await;
    assert_eq!(
        (back.status, back.text("/status")),
        (200, "draft".to_owned())
    );
    assert!(world.live().await.is_empty());
    let writes = world.store.state().writes.len();
    let again = world.act(&id, "unpublish").await;
    assert_eq!(again.text("/release/id"), back.text("/release/id"));
    assert_eq!(
        world.store.state().writes.len(),
        writes,
        "nothing is written"
    );
}

#[tokio::test]
async fn a_page_moves_with_its_slug_when_it_is_published() {
    let world = world().await;
    let id = world.make("old").await;
    let first = world.act(&id, "publish").await.text("/release/id");
    let changed = world.change(&id, draft("new", "old")).await;
    assert_eq!(changed.text("/status"), "changed");
    assert_eq!(world.live().await, ["old"]);
    let taken = world
        .call("POST", &world.pages(), &[], Some(draft("old", "x")))
        .await;
    assert_eq!(taken.problem(), "slug_taken", "the page is still there");
    assert_eq!(world.act(&id, "publish").await.status, 200);
    assert_eq!(world.live().await, ["new"]);

    // Back to where the page was elsewhere: publishing it moves it again, and leaves nothing.
    let permit = world.permit();
    let first: ReleaseId = first.parse().unwrap();
    publication::activate(&permit, world.website, first)
        .await
        .unwrap();
    assert_eq!(world.live().await, ["old"]);
    assert_eq!(world.read(&id).await.text("/status"), "changed");
    assert_eq!(world.act(&id, "publish").await.status, 200);
    assert_eq!(world.live().await, ["new"]);

    // What another page has taken meanwhile is that page's.
    let other = world.make("old").await;
    assert_eq!(world.act(&other, "publish").await.status, 200);
    assert_eq!(world.read(&id).await.text("/status"), "published");
    assert_eq!(world.act(&id, "unpublish").await.status, 200);
    assert_eq!(world.live().await, ["old"]);
}

#[tokio::test]
async fn a_page_that_was_rolled_back_is_a_draft() {
    let world = world().await;
    let good = world.make("good").await;
    let before = world.act(&good, "publish").await.text("/release/id");
    let bad = world.make("bad").await;
    world.act(&bad, "publish").await;
    let before: ReleaseId = before.parse().unwrap();
    publication::activate(&world.permit(), world.website, before)
        .await
        .unwrap();
    let next = world.make("next").await;
    world.act(&next, "publish").await;
    assert_eq!(world.live().await, ["good", "next"]);
    assert_eq!(world.read(&bad).await.text("/status"), "draft");
    assert_eq!(
        world.act(&bad, "publish").await.text("/status"),
        "published"
    );
    assert_eq!(world.live().await, ["bad", "good", "next"]);
}

#[tokio::test]
async fn a_live_page_is_deleted_from_the_website_too() {
    let world = world().await;
    let id = world.make("about").await;
    world.act(&id, "publish").await;
    world.change(&id, draft("us", "Us.")).await;
    let etag = world.read(&id).await.etag().to_owned();
    let stale = world
        .call("DELETE", &world.page(&id), &[("if-match", "\"1\"")], None)
        .await;
    assert_eq!(stale.status, 412);
    let deleted = world
        .call("DELETE", &world.page(&id), &[("if-match", &etag)], None)
        .await;
    assert_eq!(deleted.status, 204);
    assert!(world.live().await.is_empty());
    world.make("about").await;
    world.make("us").await;
}

#[tokio::test]
async fn sixteen_editors_publish_at_once() {
    let world = world().await;
    let mut pages = Vec::new();
    for number in 0..16 {
        pages.push(world.make(&format!("page-{number:02}")).await);
    }
    let answers = join_all(pages.iter().map(|id| world.act(id, "publish"))).await;
    for answer in answers {
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    assert_eq!(world.live().await.len(), 16);
}

#[tokio::test]
async fn a_draft_that_changes_while_it_is_published_is_refused_to_one() {
    let world = world().await;
    let id = world.make("about").await;
    world.act(&id, "publish").await;
    for round in 0..8 {
        world
            .change(&id, draft("about", &format!("Round {round}.")))
            .await;
        let etag = world.read(&id).await.etag().to_owned();
        let (path, headers) = (world.page(&id), [("if-match", etag.as_str())]);
        let new = Some(draft("about", &format!("Other {round}.")));
        let verb = format!("{path}/publish");
        let publish = world.call("POST", &verb, &headers, None);
        let change = world.call("PUT", &path, &headers, new);
        let both = futures_util::future::join(publish, change).await;
        let statuses = [both.0.status, both.1.status];
        assert!(
            matches!(statuses, [200, 412] | [412, 200]),
            "{statuses:?}: {}",
            both.0.body
        );
    }
}

#[tokio::test]
async fn a_publication_means_a_version_if_it_names_one() {
    let world = world().await;
    let id = world.make("about").await;
    let path = format!("{}/publish", world.page(&id));
    let stale = world
        .call("POST", &path, &[("if-match", "\"7\"")], None)
        .await;
    assert_eq!(
        (stale.status, stale.problem()),
        (412, "precondition_failed")
    );
    assert_eq!(
        world
            .call("POST", &path, &[("if-match", "\"1\"")], None)
            .await
            .status,
        200
    );
}
