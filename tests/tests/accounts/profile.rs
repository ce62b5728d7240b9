//! A tenant's profile: what a tenant says of itself.

use serde_json::{Value, json};
use tests::client::{Answer, Call, assert_refused, pointers};
use tests::world::Settled;

use super::scene::Scene;

const PROFILE: &str = "/api/v1/tenant/profile";

async fn settled(seed: u64) -> (Scene, Settled) {
    let scene = Scene::new(seed).await;
    let acme = scene.world.settled_tenant("acme").await.unwrap();
    (scene, acme)
}

async fn read(scene: &Scene, of: &Settled) -> Answer {
    let call = Call::get(PROFILE).bearer(&of.tokens.access);
    scene.call(call).await
}

async fn write(scene: &Scene, of: &Settled, etag: &str, body: &Value) -> Answer {
    let call = Call::put(PROFILE, body).bearer(&of.tokens.access);
    scene.call(call.if_match(etag)).await
}

#[tokio::test]
async fn a_profile_is_replaced_as_a_whole() {
    let (scene, acme) = settled(150).await;
    let first = read(&scene, &acme).await;
    assert_eq!(first.at("/name").unwrap(), "acme");
    let body = json!({
        "name": "  Acme & Sons ",
        "description": "Makers of everything.",
        "contactEmail": "Hello@Acme.example",
        "locale": "de-AT",
        "timeZone": "Europe/Vienna",
    });
    let changed = write(&scene, &acme, first.header("etag"), &body).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(changed.at("/name").unwrap(), "Acme & Sons");
    assert_eq!(changed.at("/timeZone").unwrap(), "Europe/Vienna");
    assert_eq!(changed.at("/subdomain").unwrap(), "acme");
    let again = read(&scene, &acme).await;
    assert_eq!(again.json(), changed.json());
    assert_eq!(again.header("etag"), changed.header("etag"));
    // Operators find it under its new name.
    let operator = scene.world.operator().await.unwrap();
    for (name, found) in [("acme%20%26", 1), ("acme", 1), ("b", 0)] {
        let list = Call::get(format!("/api/v1/admin/tenants?q={name}"));
        let list = scene.call(list.bearer(&operator)).await.json();
        assert_eq!(list["items"].as_array().unwrap().len(), found, "{name}");
    }
    let bare = json!({ "name": "Acme" });
    let bare = write(&scene, &acme, changed.header("etag"), &bare).await;
    assert_eq!(bare.json().get("description"), None, "{}", bare.text());
    assert_eq!(bare.json().get("locale"), None);
}

#[tokio::test]
async fn who_read_an_older_version_changes_nothing() {
    let (scene, acme) = settled(151).await;
    let first = read(&scene, &acme).await;
    let etag = first.header("etag");
    let body = json!({ "name": "One" });
    assert_eq!(write(&scene, &acme, etag, &body).await.status, 200);
    let late = write(&scene, &acme, etag, &json!({ "name": "Two" })).await;
    assert_refused(&late, 412, "precondition_failed");
    let call = Call::put(PROFILE, &json!({ "name": "Three" })).bearer(&acme.tokens.access);
    assert_refused(&scene.call(call).await, 428, "precondition_required");
    assert_eq!(read(&scene, &acme).await.at("/name").unwrap(), "One");
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once() {
    let (scene, acme) = settled(152).await;
    let etag = read(&scene, &acme).await.header("etag").to_owned();
    let body = json!({
        "name": "",
        "description": "x".repeat(1_021),
        "contactEmail": "nobody",
        "locale": "not a language",
        "timeZone": "Europe/Atlantis",
    });
    let refused = write(&scene, &acme, &etag, &body).await;
    let all = [
        "/contactEmail",
        "/description",
        "/locale",
        "/name",
        "/timeZone",
    ];
    assert_eq!(pointers(&refused), all);
    let zone = json!({ "name": "Acme", "timeZone": "../../etc/passwd" });
    let refused = write(&scene, &acme, &etag, &zone).await;
    assert_eq!(pointers(&refused), ["/timeZone"]);
    let tier = json!({ "name": "Acme", "tier": "Enterprise" });
    assert_eq!(write(&scene, &acme, &etag, &tier).await.status, 422);
}
