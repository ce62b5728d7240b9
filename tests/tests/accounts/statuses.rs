//! The table of a tenant's statuses, tried whole: from each one an operator can bring about to
//! each one there is.

use futures_util::future::join_all;
use kernel::limits::{INACTIVE_CACHE_S, UNDO_LIFE_S};
use serde_json::json;
use tests::client::{Answer, Call, assert_refused, pointers};
use tests::world::Settled;

use super::scene::Scene;

/// From, and to which one may move.
const LEGAL: [(&str, [&str; 3]); 3] = [
    ("Active", ["Active", "Suspended", "Deprovisioning"]),
    ("Suspended", ["Active", "Suspended", "Deprovisioning"]),
    ("Deprovisioning", ["Active", "Deprovisioning", ""]),
];

const ALL: [&str; 5] = [
    "Provisioning",
    "Active",
    "Suspended",
    "Deprovisioning",
    "Deleted",
];

async fn scene(seed: u64) -> (Scene, String, Settled) {
    let scene = Scene::new(seed).await;
    let acme = scene.world.settled_tenant("acme").await.unwrap();
    let operator = scene.world.operator().await.unwrap();
    (scene, operator, acme)
}

async fn move_to(scene: &Scene, operator: &str, tenant: &str, status: &str) -> Answer {
    let path = format!("/api/v1/admin/tenants/{tenant}/status");
    let call = Call::put(path, &json!({ "status": status, "reason": "why" }));
    scene.call(call.bearer(operator)).await
}

#[tokio::test]
async fn a_status_changes_as_the_table_says_and_a_repeat_changes_nothing() {
    let (scene, operator, acme) = scene(180).await;
    for (from, legal) in LEGAL {
        for to in ALL {
            for back in ["Active", from] {
                let there = move_to(&scene, &operator, &acme.tenant, back).await;
                assert_eq!(there.status, 200, "to {back}: {}", there.text());
            }
            let before = move_to(&scene, &operator, &acme.tenant, from).await;
            let moved = move_to(&scene, &operator, &acme.tenant, to).await;
            if legal.contains(&to) {
                assert_eq!(moved.status, 200, "{from} to {to}: {}", moved.text());
                assert_eq!(moved.at("/status").unwrap(), to);
                let is_repeat = moved.header("etag") == before.header("etag");
                assert_eq!(is_repeat, from == to, "{from} to {to}");
            } else {
                assert_refused(&moved, 409, "illegal_transition");
            }
        }
    }
    let unknown = move_to(&scene, &operator, &acme.tenant, "Asleep").await;
    assert_eq!(pointers(&unknown), ["/status"]);
}

#[tokio::test]
async fn a_suspension_says_since_when_and_why() {
    let (scene, operator, acme) = scene(181).await;
    let path = format!("/api/v1/admin/tenants/{}", acme.tenant);
    let post = |below: &str, body| {
        let call = Call::post(format!("{path}/{below}"), &body).bearer(&operator);
        scene.call(call)
    };
    let suspended = post("suspend", json!({ "reason": "unpaid" })).await;
    assert_eq!(suspended.at("/suspendedReason").unwrap(), "unpaid");
    let since = suspended.at("/suspendedAt").unwrap();
    scene.world.advance(5).await.unwrap();
    let again = post("suspend", json!({ "reason": "other" })).await;
    assert_eq!(again.at("/suspendedReason").unwrap(), "unpaid");
    assert_eq!(again.at("/suspendedAt").unwrap(), since);
    let active = post("activate", json!({})).await;
    assert_eq!(active.status, 200, "{}", active.text());
    assert_eq!(active.json().get("suspendedAt"), None);
    let long = post("suspend", json!({ "reason": "x".repeat(501) })).await;
    assert_eq!(pointers(&long), ["/reason"]);
    let silent = Call::new(http::Method::POST, format!("{path}/suspend"));
    let silent = scene.call(silent.bearer(&operator)).await;
    assert_eq!(silent.at("/status").unwrap(), "Suspended");
}

#[tokio::test]
async fn a_suspension_that_is_repeated_does_not_undo_what_came_after_it() {
    let (scene, operator, acme) = scene(184).await;
    let path = format!("/api/v1/admin/tenants/{}", acme.tenant);
    let post = |verb: &str, reason: &str, key: &str| {
        let call = match reason {
            "" => Call::new(http::Method::POST, format!("{path}/{verb}")),
            _ => Call::post(format!("{path}/{verb}"), &json!({ "reason": reason })),
        };
        scene.call(call.bearer(&operator).with("idempotency-key", key))
    };
    let is_replay = |answer: &Answer| answer.header("idempotency-replayed") == "true";
    let at_once = join_all((0..3).map(|_| post("suspend", "unpaid", "k"))).await;
    for answer in &at_once {
        assert_eq!(answer.at("/status").unwrap(), "Suspended");
        assert_eq!(answer.header("etag"), at_once[0].header("etag"));
    }
    assert_eq!(at_once.iter().filter(|answer| is_replay(answer)).count(), 2);
    let other = post("suspend", "another reason", "k").await;
    assert_refused(&other, 422, "idempotency_mismatch");

    let active = post("activate", "", "k").await;
    assert!(!is_replay(&active), "the same key at another address");
    let again = post("suspend", "unpaid", "k").await;
    assert!(is_replay(&again), "{}", again.text());
    assert_eq!(again.json(), active.json(), "as it is now");
    assert_eq!(again.header("etag"), active.header("etag"));

    let nothing = post("activate", "", "nothing-to-do").await;
    assert_eq!(nothing.status, 200, "{}", nothing.text());
    assert!(!is_replay(&nothing));
    post("suspend", "again", "later").await;
    let again = post("activate", "", "nothing-to-do").await;
    assert!(is_replay(&again), "{}", again.text());
    assert_eq!(again.at("/status").unwrap(), "Suspended");
}

#[tokio::test]
async fn a_tenant_that_comes_back_is_let_in_soon() {
    let (scene, operator, acme) = scene(183).await;
    let profile = || Call::get("/api/v1/tenant/profile").bearer(&acme.tokens.access);
    let suspended = move_to(&scene, &operator, &acme.tenant, "Suspended").await;
    assert_eq!(suspended.status, 200);
    scene.world.advance(60).await.unwrap();
    assert_refused(&scene.call(profile()).await, 403, "tenant_inactive");
    let back = move_to(&scene, &operator, &acme.tenant, "Active").await;
    assert_eq!(back.status, 200);
    scene.world.advance(INACTIVE_CACHE_S).await.unwrap();
    assert_eq!(scene.call(profile()).await.status, 200);
}

#[tokio::test]
async fn a_deleted_tenant_comes_back_until_its_time_is_over() {
    let (scene, operator, acme) = scene(182).await;
    let path = format!("/api/v1/admin/tenants/{}", acme.tenant);
    let get = || scene.call(Call::get(&path).bearer(&operator));
    let delete = |etag: &str| {
        let call = Call::delete(&path).if_match(etag);
        scene.call(call.bearer(&operator))
    };
    assert_refused(&delete("\"99\"").await, 412, "precondition_failed");
    let etag = get().await.header("etag").to_owned();
    let deleted = delete(&etag).await;
    assert_eq!(deleted.at("/status").unwrap(), "Deprovisioning");
    assert!(deleted.at("/purgeAt").is_ok());
    assert_refused(&scene.log_in(&acme.owner).await, 403, "tenant_inactive");
    let same = delete(deleted.header("etag")).await;
    assert_eq!(same.header("etag"), deleted.header("etag"));

    scene.pass(UNDO_LIFE_S - 10).await;
    let operator = scene.world.operator().await.unwrap();
    let back = move_to(&scene, &operator, &acme.tenant, "Active").await;
    assert_eq!(back.status, 200, "{}", back.text());
    assert_eq!(back.json().get("purgeAt"), None);
    assert_eq!(scene.log_in(&acme.owner).await.status, 200);

    let deleted = Call::delete(&path).if_match(back.header("etag"));
    assert_eq!(scene.call(deleted.bearer(&operator)).await.status, 200);
    scene.pass(UNDO_LIFE_S).await;
    let operator = scene.world.operator().await.unwrap();
    let late = move_to(&scene, &operator, &acme.tenant, "Active").await;
    assert_refused(&late, 409, "illegal_transition");
}
