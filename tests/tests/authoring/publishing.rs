//! Publishing and taking back.

use futures_util::future::join;
use http::Method;
use tests::client::{Call, assert_refused};

use crate::world::{Scene, draft};

#[tokio::test]
async fn a_page_is_published_and_taken_back() {
    let scene = Scene::new().await;
    let page = scene.make("about").await;
    let (publish, unpublish) = (format!("{page}/publish"), format!("{page}/unpublish"));
    assert_eq!(scene.visit("/about").await.status, 404);
    let published = scene.act(&publish).await;
    assert_eq!(published.status, 200, "{}", published.text());
    assert_eq!(published.header("etag"), "\"2\"");
    let mut read = scene.call(Call::get(&page)).await.json();
    read["release"] = published.json()["release"].clone();
    assert_eq!(read, published.json(), "what is answered is what is read");
    assert_eq!(scene.live().await, ["/about"]);
    assert_eq!(
        scene.live_release().await,
        published.at("/release/id").unwrap()
    );
    assert_eq!(scene.visit("/about").await.status, 200);

    let again = scene.act(&publish).await;
    assert_eq!(again.json(), published.json());

    scene.put_to(&page, &draft("about", "New.")).await;
    assert_eq!(scene.status(&page).await, "changed");
    let shown = scene.visit("/about").await.text();
    assert!(!shown.contains("New."), "a draft is not public");
    let back = scene.act(&unpublish).await;
    assert_eq!(back.status, 200, "{}", back.text());
    assert_eq!(back.at("/status").unwrap(), "draft");
    assert!(scene.live().await.is_empty());
    assert_eq!(scene.visit("/about").await.status, 404);
    let again = scene.act(&unpublish).await;
    assert_eq!(again.json(), back.json());
}

#[tokio::test]
async fn a_page_moves_with_its_slug_when_it_is_published() {
    let scene = Scene::new().await;
    let page = scene.make("old").await;
    let first = scene.publish(&page).await;
    let changed = scene.put_to(&page, &draft("new", "old")).await;
    assert_eq!(changed.at("/status").unwrap(), "changed");
    assert_eq!(scene.live().await, ["/old"]);
    let taken = scene.call(Call::post(scene.at("/pages"), &draft("old", "x")));
    // The page is still there.
    assert_refused(&taken.await, 409, "slug_taken");
    assert_eq!(scene.visit("/old").await.status, 200);
    scene.publish(&page).await;
    assert_eq!(scene.live().await, ["/new"]);
    assert_eq!(scene.visit("/old").await.status, 404);
    assert_eq!(scene.visit("/new").await.status, 200);

    // Back to where the page was elsewhere: publishing it moves it again, and leaves nothing.
    scene.activate(&first).await;
    assert_eq!(scene.live().await, ["/old"]);
    assert_eq!(scene.status(&page).await, "changed");
    scene.publish(&page).await;
    assert_eq!(scene.live().await, ["/new"]);

    // What another page has taken meanwhile is that page's.
    let other = scene.make("old").await;
    scene.publish(&other).await;
    assert_eq!(scene.status(&page).await, "published");
    assert_eq!(scene.act(&format!("{page}/unpublish")).await.status, 200);
    assert_eq!(scene.live().await, ["/old"]);
    assert_eq!(scene.visit("/new").await.status, 404);
    assert_eq!(scene.visit("/old").await.status, 200);
}

#[tokio::test]
async fn a_page_that_was_rolled_back_is_a_draft() {
    let scene = Scene::new().await;
    let good = scene.make("good").await;
    let before = scene.publish(&good).await;
    let bad = scene.make("bad").await;
    scene.publish(&bad).await;
    scene.activate(&before).await;
    let next = scene.make("next").await;
    scene.publish(&next).await;
    assert_eq!(scene.live().await, ["/good", "/next"]);
    assert_eq!(scene.status(&bad).await, "draft");
    scene.publish(&bad).await;
    assert_eq!(scene.status(&bad).await, "published");
    assert_eq!(scene.live().await, ["/bad", "/good", "/next"]);
}

#[tokio::test]
async fn a_live_page_is_deleted_from_the_website_too() {
    let scene = Scene::new().await;
    let page = scene.make("about").await;
    scene.publish(&page).await;
    assert_eq!(scene.visit("/about").await.status, 200);
    scene.put_to(&page, &draft("us", "Us.")).await;
    let stale = scene.call(Call::delete(&page).if_match("\"1\"")).await;
    assert_refused(&stale, 412, "precondition_failed");
    assert_eq!(scene.live().await, ["/about"]);
    assert_eq!(scene.delete(&page).await.status, 204);
    assert!(scene.live().await.is_empty());
    assert_eq!(scene.visit("/about").await.status, 404);
    scene.make("about").await;
    scene.make("us").await;
}

#[tokio::test]
async fn a_draft_that_changes_while_it_is_published_is_refused_to_one() {
    let scene = Scene::new().await;
    let page = scene.make("about").await;
    scene.publish(&page).await;
    scene.warm_up("content").await;
    let mark = scene.mark();
    for round in 0..8 {
        let text = format!("Round {round}.");
        scene.put_to(&page, &draft("about", &text)).await;
        let etag = scene.etag(&page).await;
        let publish = Call::new(Method::POST, format!("{page}/publish")).if_match(&etag);
        let other = format!("Other {round}.");
        let change = Call::put(&page, &draft("about", &other)).if_match(&etag);
        let (published, changed) = join(scene.call(publish), scene.call(change)).await;
        let statuses = [published.status.as_u16(), changed.status.as_u16()];
        assert!(
            matches!(statuses, [200, 412] | [412, 200]),
            "{statuses:?}: {} {}",
            published.text(),
            changed.text()
        );
        let expected = if statuses[0] == 200 {
            "published"
        } else {
            "changed"
        };
        assert_eq!(scene.status(&page).await, expected);
    }
    let refused = scene.cost("content", mark).refused();
    assert!(refused > 0, "they were never at it at once");
}

#[tokio::test]
async fn a_publication_of_any_version_is_not_refused_because_somebody_saves() {
    let scene = Scene::new().await;
    let page = scene.make("about").await;
    scene.warm_up("content").await;
    let mark = scene.mark();
    for round in 0..8 {
        for verb in ["publish", "unpublish"] {
            let etag = scene.etag(&page).await;
            let call = Call::new(Method::POST, format!("{page}/{verb}"));
            let call = if round % 2 == 0 {
                call
            } else {
                call.if_match("*")
            };
            let text = format!("{verb} {round}.");
            let change = Call::put(&page, &draft("about", &text)).if_match(&etag);
            let (moved, changed) = join(scene.call(call), scene.call(change)).await;
            assert_eq!(moved.status, 200, "{}", moved.text());
            assert!([200, 412].contains(&changed.status.as_u16()));
            let expected = if verb == "publish" {
                "published"
            } else {
                "draft"
            };
            assert_eq!(scene.status(&page).await, expected);
        }
    }
    let refused = scene.cost("content", mark).refused();
    assert!(refused > 0, "they were never at it at once");
}

#[tokio::test]
async fn a_publication_means_a_version_if_it_names_one() {
    let scene = Scene::new().await;
    let page = scene.make("about").await;
    for verb in ["publish", "unpublish"] {
        let call = Call::new(Method::POST, format!("{page}/{verb}"));
        let stale = scene.call(call.clone().if_match("\"7\"")).await;
        assert_refused(&stale, 412, "precondition_failed");
        let etag = scene.etag(&page).await;
        let done = scene.call(call.if_match(&etag)).await;
        assert_eq!(done.status, 200, "{}", done.text());
    }
    assert!(scene.live().await.is_empty());
}
