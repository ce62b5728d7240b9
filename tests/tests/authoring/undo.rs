//! Websites that are deleted, and brought back.

use jiff::{SignedDuration, Timestamp};
use kernel::Clock;
use kernel::limits::{POINTER_CACHE_MS, PURGE_FIRST_DELAY_S, UNDO_LIFE_S};
use serde_json::{Value, json};
use tests::client::{Call, assert_refused};

use crate::world::{HOST, Scene, WEBSITES, draft};

/// A website with two pages, of which a visitor has read `about`.
async fn known_website() -> (Scene, String) {
    let scene = Scene::new().await;
    for slug in ["about", "unread"] {
        let page = scene.make(slug).await;
        scene.publish(&page).await;
    }
    let shown = scene.visit("/about").await;
    assert_eq!(shown.status, 200);
    (scene, shown.text())
}

fn back() -> Value {
    json!({ "name": "main", "status": "Active" })
}

async fn listed(scene: &Scene) -> Vec<Value> {
    let list = scene.call(Call::get(WEBSITES)).await.json();
    list["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_deleted_website_comes_back_whole() {
    let (scene, shown) = known_website().await;
    let before = scene.get("").await;
    let (releases, live) = (scene.releases().await, scene.live_release().await);
    let pages = scene.get("/pages").await.json();
    let theme = scene.get("/theme").await.json();
    let without = scene.call(Call::delete(&scene.website)).await;
    assert_eq!(without.status, 428);
    let stale = scene.call(Call::delete(&scene.website).if_match("\"1\""));
    assert_refused(&stale.await, 412, "precondition_failed");
    assert_eq!(scene.delete(&scene.website).await.status, 204);
    let purge_at = scene.world.clock.now().as_second() + UNDO_LIFE_S;

    // What the edge has not kept is gone as soon as no environment remembers the website, and the
    // rest as soon as it is purged.
    let remembered = SignedDuration::from_millis(POINTER_CACHE_MS);
    scene.world.clock.advance(remembered);
    let client = scene.world.client();
    assert_eq!(client.visit(HOST, "/unread").await.unwrap().status, 404);
    let purged = i64::from(PURGE_FIRST_DELAY_S) + 1;
    scene.world.advance(purged).await.unwrap();
    for path in ["/about", "/", "/sitemap.xml", "/robots.txt"] {
        let gone = client.visit(HOST, path).await.unwrap();
        assert_eq!(gone.status, 404, "{path}");
        assert!(!gone.text().contains("acme"), "{path}");
    }
    let deleted = scene.get("").await;
    assert_eq!(deleted.status, 200);
    assert_eq!(deleted.at("/status").unwrap(), "Deleted");
    let says: Timestamp = deleted.at("/purgeAt").unwrap().parse().unwrap();
    assert_eq!(says.as_second(), purge_at);
    assert_ne!(deleted.header("etag"), before.header("etag"));
    let mut listed = listed(&scene).await;
    assert_eq!(listed.remove(0)["purgeAt"], deleted.json()["purgeAt"]);
    assert_eq!(
        scene.delete(&scene.website).await.status,
        204,
        "once more changes nothing"
    );
    assert_eq!(scene.get("").await.json(), deleted.json());

    let restored = scene.put("", &back()).await;
    assert_eq!(restored.status, 200, "{}", restored.text());
    assert_eq!(restored.at("/status").unwrap(), "Active");
    assert!(restored.json().get("purgeAt").is_none());
    assert_eq!(scene.visit("/about").await.text(), shown);
    assert_eq!(scene.visit("/unread").await.status, 200);
    assert_eq!(scene.live_release().await, live);
    assert_eq!(scene.releases().await, releases, "no release was made");
    assert_eq!(scene.get("/pages").await.json(), pages);
    assert_eq!(scene.get("/theme").await.json(), theme);
}

#[tokio::test]
async fn a_deleted_website_is_brought_back_and_nothing_else() {
    let (scene, _) = known_website().await;
    assert_eq!(scene.delete(&scene.website).await.status, 204);
    for below in ["/releases", "/theme", "/pages"] {
        assert_eq!(scene.get(below).await.status, 404, "{below}");
    }
    let made = scene.call(Call::post(scene.at("/pages"), &draft("x", "x")));
    assert_eq!(made.await.status, 404);
    for (body, problem) in [
        (
            json!({ "name": "main", "status": "Maintenance" }),
            "illegal_transition",
        ),
        (json!({ "name": "other", "status": "Active" }), "conflict"),
        (json!({ "name": "other" }), "conflict"),
        (
            json!({ "name": "main", "status": "Active", "configuration": {} }),
            "conflict",
        ),
    ] {
        assert_refused(&scene.put("", &body).await, 409, problem);
    }
    assert_eq!(scene.put("", &back()).await.status, 200);
}

#[tokio::test]
async fn after_thirty_days_a_deleted_website_is_gone() {
    let (mut scene, shown) = known_website().await;
    assert_eq!(scene.delete(&scene.website).await.status, 204);
    scene.pass(UNDO_LIFE_S - 1).await;
    scene.sign_in().await;
    let restored = scene.put("", &back()).await;
    assert_eq!(restored.status, 200, "{}", restored.text());
    assert_eq!(scene.visit("/about").await.text(), shown);

    let etag = scene.etag(&scene.website).await;
    assert_eq!(scene.delete(&scene.website).await.status, 204);
    scene.pass(UNDO_LIFE_S).await;
    scene.sign_in().await;
    assert_eq!(scene.get("").await.status, 404);
    assert!(listed(&scene).await.is_empty());
    for call in [
        Call::put(&scene.website, &back()).if_match(&etag),
        Call::delete(&scene.website).if_match(&etag),
        Call::get(scene.at("/releases")),
        Call::get(scene.at("/pages")),
    ] {
        let what = format!("{} {}", call.method, call.path);
        assert_eq!(scene.call(call).await.status, 404, "{what}");
    }
    assert_eq!(scene.visit("/about").await.status, 404);
}
