//! Websites' lives.

use jiff::SignedDuration;
use kernel::WebsiteId;
use kernel::limits::UNDO_LIFE_S;
use publication::PointerRecord;
use serde_json::json;
use tenancy::keys::{PointerKey, WebsiteKey};
use tenancy::records::{WebsiteRecord, WebsiteStatus};

use crate::world;
use crate::world::World;

impl World {
    /// Ends what the saga does with a website that was asked for.
    async fn finish(&self, id: WebsiteId) {
        let permit = self.permit();
        let key = WebsiteKey { website: id };
        let website = permit.get::<WebsiteRecord>(&key).await.unwrap().unwrap();
        let status = WebsiteStatus::Active;
        let after = WebsiteRecord {
            status,
            ..website.record.clone()
        };
        let change = permit
            .change(tenancy::Action::Update)
            .update(&website, &after);
        change.commit().await.unwrap();
        self.release(id, status).await;
    }

    async fn visitors_see(&self) -> WebsiteStatus {
        let key = PointerKey {
            website: self.website,
        };
        let pointer = self
            .permit()
            .get::<PointerRecord>(&key)
            .await
            .unwrap()
            .unwrap();
        pointer.status
    }
}

#[tokio::test]
async fn a_website_is_asked_for_and_made() {
    let world = world().await;
    let body = Some(json!({ "name": "Handbook", "subdomain": "handbook" }));
    let key = [("idempotency-key", "k")];
    let made = world.call("POST", "", &key, body.clone()).await;
    assert_eq!(made.status, 202, "{}", made.body);
    let id = made.text("/id");
    assert_eq!(made.headers["location"], format!("/api/v1/websites/{id}"));
    assert_eq!(made.text("/status"), "Provisioning");
    assert_eq!(made.text("/operation/status"), "pending");
    assert_eq!(made.text("/url"), "http://handbook.acme.localhost:3000/");
    let href = format!("/api/v1/operations/{}", made.text("/operation/id"));
    assert_eq!(made.text("/operation/href"), href);

    let again = world.call("POST", "", &key, body.clone()).await;
    assert_eq!((again.status, &again.body), (202, &made.body));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    let early = world
        .call("PUT", &format!("/{id}"), &[("if-match", "*")], body.clone())
        .await;
    assert_eq!(early.status, 422, "the subdomain is not changed");
    let name = Some(json!({ "name": "Other" }));
    let early = world
        .call("PUT", &format!("/{id}"), &[("if-match", "*")], name)
        .await;
    assert_eq!(early.problem(), "conflict", "it is still being made");

    world.finish(id.parse().unwrap()).await;
    let done = world.call("POST", "", &key, body).await;
    assert_eq!(
        (done.status, done.text("/status")),
        (201, "Active".to_owned()),
        "{}",
        done.body
    );
    let read = world.call("GET", &format!("/{id}"), &[], None).await;
    assert_eq!((&read.body, read.etag()), (&done.body, done.etag()));
    let list = world.call("GET", "", &[], None).await;
    assert_eq!(list.body["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn names_and_quotas_are_kept() {
    let world = world().await;
    let make = |label: &str| Some(json!({ "name": label, "subdomain": label }));
    let taken = world.call("POST", "", &[], make("main")).await;
    assert_eq!((taken.status, taken.problem()), (409, "subdomain_taken"));
    for label in ["one", "two"] {
        assert_eq!(world.call("POST", "", &[], make(label)).await.status, 202);
    }
    let full = world.call("POST", "", &[], make("three")).await;
    assert_eq!((full.status, full.problem()), (429, "quota_exceeded"));
    assert_eq!(world.delete().await.status, 204);
    let taken = world.call("POST", "", &[], make("main")).await;
    assert_eq!(taken.problem(), "subdomain_taken", "it can be brought back");
    assert_eq!(world.call("POST", "", &[], make("three")).await.status, 202);
    let back = world
        .put("", json!({ "name": "main", "status": "Active" }))
        .await;
    assert_eq!(back.problem(), "quota_exceeded");
    let bad = world
        .call(
            "POST",
            "",
            &[],
            Some(json!({ "name": " ", "subdomain": "A" })),
        )
        .await;
    let errors = bad.body["errors"].as_array().unwrap();
    let pointers: Vec<_> = errors
        .iter()
        .map(|error| error["pointer"].clone())
        .collect();
    assert_eq!(json!(pointers), json!(["/name", "/subdomain"]));
}

#[tokio::test]
async fn a_deleted_website_is_brought_back_for_thirty_days() {
    let world = world().await;
    let before = world.get("").await;
    let without = world.call("DELETE", &world.path(""), &[], None).await;
    assert_eq!(without.status, 428);
    let stale = world
        .call("DELETE", &world.path(""), &[("if-match", "\"1\"")], None)
        .await;
    assert_eq!(
        (stale.status, stale.problem()),
        (412, "precondition_failed")
    );
    assert_eq!(world.delete().await.status, 204);
    assert_eq!(world.visitors_see().await, WebsiteStatus::Deleted);
    let deleted = world.get("").await;
    assert_eq!(
        (deleted.status, deleted.text("/status")),
        (200, "Deleted".to_owned())
    );
    assert!(deleted.body["purgeAt"].is_string() && deleted.etag() != before.etag());
    assert_eq!(
        world.delete().await.status,
        204,
        "once more changes nothing"
    );
    for below in ["/releases", "/theme"] {
        assert_eq!(world.get(below).await.status, 404, "{below}");
    }
    for (body, problem) in [
        (
            json!({ "name": "main", "status": "Maintenance" }),
            "illegal_transition",
        ),
        (json!({ "name": "other", "status": "Active" }), "conflict"),
        (json!({ "name": "other" }), "conflict"),
    ] {
        let refused = world.put("", body).await;
        assert_eq!((refused.status, refused.problem()), (409, problem));
    }
    let back = world
        .put("", json!({ "name": "main", "status": "Active" }))
        .await;
    assert_eq!(
        (back.status, back.text("/status")),
        (200, "Active".to_owned())
    );
    assert!(back.body.get("purgeAt").is_none());
    assert_eq!(world.visitors_see().await, WebsiteStatus::Active);

    assert_eq!(world.delete().await.status, 204);
    world.clock.advance(SignedDuration::from_secs(UNDO_LIFE_S));
    assert_eq!(world.get("").await.status, 404);
}

#[tokio::test]
async fn a_change_of_what_pages_show_is_a_release() {
    let world = world().await;
    let releases = async || {
        world.get("/releases").await.body["items"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(releases().await, 1);
    let closed = world
        .put("", json!({ "name": "main", "status": "Maintenance" }))
        .await;
    assert_eq!(
        (closed.status, closed.text("/status")),
        (200, "Maintenance".to_owned())
    );
    assert_eq!(releases().await, 1, "a status is not part of a release");
    assert_eq!(world.visitors_see().await, WebsiteStatus::Maintenance);
    let configuration = json!({
        "locale": "de-AT",
        "description": "Käse & Brot",
        "navigation": [{ "title": "Home", "href": "/", "children": [{ "title": "A" }] }],
    });
    let body = json!({ "name": "Käse", "status": "Active", "configuration": configuration });
    let changed = world.put("", body.clone()).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(changed.body["configuration"], configuration);
    assert_eq!(
        (changed.text("/name"), changed.text("/status")),
        ("Käse".into(), "Active".into())
    );
    assert_eq!(world.visitors_see().await, WebsiteStatus::Active);
    assert_eq!(releases().await, 2);
    let same = world.put("", body).await;
    assert_eq!((same.etag(), releases().await), (changed.etag(), 2));
    let renamed = world.put("", json!({ "name": "Brot" })).await;
    assert_eq!(
        renamed.body["configuration"], configuration,
        "what is left out stays"
    );
    assert_eq!(releases().await, 3);

    let items = world.get("/releases").await.body["items"].clone();
    let first = items[2]["id"].as_str().unwrap().to_owned();
    let stale = world.get("").await.etag().to_owned();
    let path = world.path(&format!("/releases/{first}/activate"));
    assert_eq!(world.call("POST", &path, &[], None).await.status, 200);
    let headers = [("if-match", stale.as_str())];
    let name = Some(json!({ "name": "Wein" }));
    let refused = world.call("PUT", &world.path(""), &headers, name).await;
    assert_eq!(refused.status, 412, "the configuration is another one now");
}

#[tokio::test]
async fn wrong_configurations_are_pointed_at() {
    let world = world().await;
    for (body, pointer) in [
        (json!({ "name": "" }), "/name"),
        (json!({ "name": "x", "status": "Deleted" }), "/status"),
        (
            json!({ "name": "x", "configuration": { "locale": "?" } }),
            "/configuration/locale",
        ),
        (
            json!({ "name": "x", "configuration": { "navigation": [{ "title": "" }] } }),
            "/configuration/navigation/0/title",
        ),
    ] {
        let refused = world.put("", body).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        assert_eq!(refused.body["errors"][0]["pointer"], pointer);
    }
}
