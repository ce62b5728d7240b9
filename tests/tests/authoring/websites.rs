//! Websites: how they are asked for, named, counted and changed.

use http::StatusCode;
use serde_json::{Value, json};
use tests::client::{Answer, Call, assert_refused, pointers};
use tests::walkthrough::wait;

use crate::world::{Scene, WEBSITES};

fn wish(label: &str) -> Call {
    Call::post(WEBSITES, &json!({ "name": label, "subdomain": label }))
}

#[tokio::test]
async fn a_website_is_asked_for_and_made() {
    let scene = Scene::bare().await;
    let body = json!({ "name": "Handbook", "subdomain": "handbook" });
    let call = Call::post(WEBSITES, &body).with("idempotency-key", "k");
    let made = scene.call(call.clone()).await;
    assert_eq!(made.status, 202, "{}", made.text());
    let website = format!("{WEBSITES}/{}", made.at("/id").unwrap());
    assert_eq!(made.header("location"), website);
    assert_eq!(made.at("/status").unwrap(), "Provisioning");
    assert_eq!(made.at("/operation/status").unwrap(), "pending");
    assert_eq!(
        made.at("/url").unwrap(),
        "http://handbook.acme.localhost:3000/"
    );
    let href = format!("/api/v1/operations/{}", made.at("/operation/id").unwrap());
    assert_eq!(made.at("/operation/href").unwrap(), href);

    let again = scene.call(call.clone()).await;
    assert_eq!((again.status, again.json()), (made.status, made.json()));
    assert_eq!(again.header("idempotency-replayed"), "true");
    let early = scene.call(Call::put(&website, &body).if_match("*")).await;
    assert_eq!(early.status, 422, "the subdomain is not changed");
    let name = json!({ "name": "Other" });
    let early = scene.call(Call::put(&website, &name).if_match("*")).await;
    // It is still being made.
    assert_refused(&early, 409, "conflict");
    let early = scene.call(Call::get(format!("{website}/theme"))).await;
    assert_refused(&early, 409, "conflict");

    wait(&scene.world.client(), scene.as_owner(Call::get(href)))
        .await
        .unwrap();
    let done = scene.call(call).await;
    assert_eq!(done.status, 201, "{}", done.text());
    assert_eq!(done.at("/status").unwrap(), "Active");
    let read = scene.call(Call::get(website)).await;
    assert_eq!(read.json(), done.json());
    assert_eq!(read.header("etag"), done.header("etag"));
    let list = scene.call(Call::get(WEBSITES)).await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(list["items"][0]["id"], done.json()["id"]);
}

#[tokio::test]
async fn names_and_quotas_are_kept() {
    let scene = Scene::new().await;
    scene.upgrade().await;
    assert_refused(&scene.call(wish("main")).await, 409, "subdomain_taken");
    for label in ["one", "two"] {
        assert_eq!(scene.call(wish(label)).await.status, 202);
    }
    assert_refused(&scene.call(wish("three")).await, 429, "quota_exceeded");
    assert_eq!(scene.delete(&scene.website).await.status, 204);
    // It can be brought back.
    assert_refused(&scene.call(wish("main")).await, 409, "subdomain_taken");
    assert_eq!(scene.call(wish("three")).await.status, 202);
    let back = json!({ "name": "main", "status": "Active" });
    assert_refused(&scene.put("", &back).await, 429, "quota_exceeded");
    let bad = Call::post(WEBSITES, &json!({ "name": " ", "subdomain": "A" }));
    assert_eq!(pointers(&scene.call(bad).await), ["/name", "/subdomain"]);
}

#[tokio::test]
async fn white_space_around_a_name_is_not_part_of_it() {
    let scene = Scene::bare().await;
    let body = json!({ "name": " Käse \n", "subdomain": "kaese" });
    let made = scene.call(Call::post(WEBSITES, &body)).await;
    assert_eq!(made.at("/name").unwrap(), "Käse");
    let scene = Scene::new().await;
    let renamed = set(&scene, &json!({ "name": "\tBrot  & Wein " })).await;
    assert_eq!(renamed.at("/name").unwrap(), "Brot  & Wein");
    let same = set(&scene, &json!({ "name": "Brot  & Wein" })).await;
    assert_eq!(same.header("etag"), renamed.header("etag"));
}

async fn set(scene: &Scene, body: &Value) -> Answer {
    scene.put("", body).await.expect(StatusCode::OK).unwrap()
}

#[tokio::test]
async fn a_status_is_not_part_of_a_release() {
    let scene = Scene::new().await;
    let page = scene.make("about").await;
    scene.publish(&page).await;
    let releases = scene.releases().await;
    for (status, seen) in [("Maintenance", 503), ("Active", 200)] {
        let changed = set(&scene, &json!({ "name": "main", "status": status })).await;
        assert_eq!(changed.at("/status").unwrap(), status);
        assert_eq!(scene.releases().await, releases);
        assert_eq!(scene.visit("/about").await.status, seen, "{status}");
    }
}

#[tokio::test]
async fn a_change_of_what_pages_show_is_a_release() {
    let scene = Scene::new().await;
    let page = scene.make("about").await;
    let first = scene.publish(&page).await;
    let before = scene.releases().await.len();
    let configuration = json!({
        "locale": "de-AT",
        "description": "Käse & Brot",
        "navigation": [{ "title": "Home", "href": "/", "children": [{ "title": "A" }] }],
    });
    set(&scene, &json!({ "name": "main", "status": "Maintenance" })).await;
    let body = json!({ "name": "Käse", "status": "Active", "configuration": configuration });
    let changed = set(&scene, &body).await;
    assert_eq!(changed.json()["configuration"], configuration);
    assert_eq!(changed.at("/name").unwrap(), "Käse");
    assert_eq!(changed.at("/status").unwrap(), "Active");
    let shown = scene.visit("/about").await;
    assert_eq!(shown.status, 200);
    assert!(shown.text().contains("lang=\"de-AT\"") && shown.text().contains("Käse"));
    for name in ["name=\"description\"", "property=\"og:description\""] {
        let described = format!("<meta {name} content=\"Käse &amp; Brot\">");
        assert!(shown.text().contains(&described), "{described}");
    }
    assert_eq!(scene.releases().await.len(), before + 1);
    let same = set(&scene, &body).await;
    assert_eq!(same.header("etag"), changed.header("etag"));
    assert_eq!(scene.releases().await.len(), before + 1);
    let renamed = set(&scene, &json!({ "name": "Brot" })).await;
    let kept = &renamed.json()["configuration"];
    assert_eq!(*kept, configuration, "what is left out stays");
    assert_eq!(scene.releases().await.len(), before + 2);
    assert!(scene.visit("/about").await.text().contains("Brot"));

    let stale = scene.etag(&scene.website).await;
    scene.activate(&first).await;
    let call = Call::put(&scene.website, &json!({ "name": "Wein" })).if_match(&stale);
    // The configuration is another one now.
    assert_refused(&scene.call(call).await, 412, "precondition_failed");
}

#[tokio::test]
async fn wrong_configurations_are_pointed_at() {
    let scene = Scene::new().await;
    let untitled = json!({ "navigation": [{ "title": "" }] });
    for (body, pointer) in [
        (json!({ "name": "" }), "/name"),
        (json!({ "name": "x", "status": "Deleted" }), "/status"),
        (
            json!({ "name": "x", "configuration": { "locale": "?" } }),
            "/configuration/locale",
        ),
        (
            json!({ "name": "x", "configuration": untitled }),
            "/configuration/navigation/0/title",
        ),
    ] {
        let refused = scene.put("", &body).await;
        assert_eq!(pointers(&refused), [pointer]);
    }
}

/// The role of the function lets it store nothing in the bucket.
#[tokio::test]
async fn the_largest_configuration_is_kept_in_the_table() {
    let scene = Scene::new().await;
    let item = json!({ "title": "x".repeat(200), "href": "/" });
    let mark = scene.mark();
    let mut largest = 0;
    for count in 60..90 {
        let configuration = json!({ "navigation": vec![item.clone(); count] });
        let body = json!({ "name": "main", "configuration": configuration });
        let answer = scene.put("", &body).await;
        if answer.status != 200 {
            assert_eq!(pointers(&answer), ["/configuration/navigation"]);
            break;
        }
        largest = count;
    }
    assert!((60..89).contains(&largest), "the limit was not found");
    let cost = scene.cost("websites", mark);
    assert!(cost.writes_by("PutObject").is_empty());
    assert!(!cost.writes_by("TransactWriteItems").is_empty());
}
