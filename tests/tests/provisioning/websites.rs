//! Websites: made, refused, and overtaken by what happens to them and their tenant.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::StatusCode;
use serde_json::json;
use tests::client::Call;
use tests::crash::{places, try_each};
use tests::walkthrough::{make_page, publish, sign_in, visit_fresh};

use crate::contents::{entity, items, text};
use crate::plans::{Plan, Refused, calls_of, overtaken};
use crate::world::{LAST_RECEIVE, LAST_TRY, Scene, assert_idle, deliver, work, working};

/// Places of which one run tries some.
const PLACES_MAX: u64 = 8;

#[tokio::test]
async fn a_request_becomes_an_active_website_at_two_hosts() {
    let scene = Scene::of_website().await;
    deliver(&scene.world).await;
    assert_eq!(scene.end().await.status, "succeeded");
    let website = scene.call(Call::get(&scene.website)).await;
    let website = website.expect(StatusCode::OK).unwrap();
    assert_eq!(website.at("/status").unwrap(), "Active");
    let client = scene.world.client();
    let token = sign_in(&client, &scene.owner).await.unwrap().access;
    let page = make_page(&client, &token, &scene.website, "about", "Us.").await;
    publish(&client, &token, &page.unwrap()).await.unwrap();
    for host in ["docs.acme.localhost", "docs--acme.localhost"] {
        let shown = visit_fresh(&client, host, "/about", StatusCode::OK).await;
        assert!(shown.unwrap().text().contains("Us."));
    }
    let contents = scene.contents().await;
    assert_eq!(contents.events("WebsiteProvisioned"), 1);
    assert_eq!(counted(&scene).await, "1");
}

#[tokio::test]
async fn a_website_that_failed_stays_failed_and_can_be_asked_for_again() {
    let scene = Scene::of_website().await;
    let payload = scene.payload(LAST_RECEIVE).await;
    let refused = Refused::entity("TransactWriteItems", "release");
    let end = scene.run(Plan::refusing(refused)).await;
    scene.assert_gone("unavailable", "refused").await;
    let before = scene.contents().await;
    assert_eq!(work(&scene.world, payload).await, 0);
    assert_eq!(scene.contents().await, before);
    assert_eq!(scene.end().await, end);
    let client = scene.world.client();
    let token = sign_in(&client, &scene.owner).await.unwrap().access;
    let again = tests::walkthrough::make_website(&client, &token, "docs").await;
    assert_ne!(again.unwrap(), scene.website);
}

/// Returns how many calls the worker makes for a message that it receives so often.
async fn calls(receives: usize, refused: Option<Refused>) -> u64 {
    let scene = Scene::of_website().await;
    let payload = scene.payload(receives).await;
    calls_of(&scene.world, refused, working(&scene, payload)).await
}

/// Returns how many websites count for the tenant's quota.
async fn counted(scene: &Scene) -> String {
    let items = items(&scene.world).await;
    let is_of_websites =
        |item: &&_| entity(item) == "usage" && text(item, "sk") == "USAGE#websites";
    let mut usages = items.iter().filter(is_of_websites);
    let usage = usages.next().unwrap();
    assert!(usages.next().is_none(), "there is one tenant");
    usage["count"].as_n().unwrap().clone()
}

async fn suspend(scene: &Scene, operator: &str) {
    let path = format!("/api/v1/admin/tenants/{}/suspend", scene.tenant);
    let call = Call::post(path, &json!({ "reason": "unpaid" })).bearer(operator);
    let answer = scene.world.client().call(call).await.unwrap();
    answer.expect(StatusCode::OK).unwrap();
}

#[tokio::test]
async fn nothing_is_made_for_a_tenant_that_is_not_active() {
    let scene = Scene::of_website().await;
    let operator = scene.world.operator().await.unwrap();
    suspend(&scene, &operator).await;
    let before = scene.contents().await;
    deliver(&scene.world).await;
    let end = scene.end().await;
    assert_eq!(end.status, "failed");
    assert!(end.reason.starts_with("tenant_inactive: "), "{end:?}");
    let after = scene.contents().await;
    for (entity, left) in [
        ("website", 0),
        ("siteLabel", 0),
        ("host", 0),
        ("release", 0),
    ] {
        assert_eq!(after.count(entity), left, "{entity}");
    }
    assert_eq!(before.count("website"), 1);
    assert_eq!(counted(&scene).await, "0");
    assert_eq!(after.events("WebsiteProvisioned"), 0);
    assert_idle(&scene.world, "suspended").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_that_is_suspended_meanwhile_gets_no_website_from_then_on() {
    let (early, late) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    // One call of them all lies between what is read and what is written.
    try_each(0..calls(1, None).await, |place| {
        let (early, late) = (Arc::clone(&early), Arc::clone(&late));
        async move {
            let scene = Arc::new(Scene::of_website().await);
            let operator = scene.world.operator().await.unwrap();
            let payload = scene.payload(1).await;
            let mut is_made = false;
            let meanwhile = async {
                suspend(&scene, &operator).await;
                is_made = scene.end().await.status == "succeeded";
            };
            overtaken(
                &scene.world,
                place,
                None,
                working(&scene, payload),
                meanwhile,
            )
            .await;
            deliver(&scene.world).await;
            let why = format!("suspended at call {place}");
            let (end, after) = (scene.end().await, scene.contents().await);
            assert_eq!(
                after.events("WebsiteProvisioned"),
                usize::from(is_made),
                "{why}"
            );
            let left = usize::from(is_made);
            for (entity, of_one) in [("website", 1), ("host", 2), ("release", 1), ("pointer", 1)] {
                assert_eq!(after.count(entity), of_one * left, "{why}: {entity}");
            }
            if is_made {
                assert_eq!(end.status, "succeeded", "{why}");
                late.fetch_add(1, Ordering::SeqCst);
            } else {
                assert_eq!(end.status, "failed", "{why}");
                assert!(
                    end.reason.starts_with("tenant_inactive: "),
                    "{why}: {end:?}"
                );
                early.fetch_add(1, Ordering::SeqCst);
            }
            assert_idle(&scene.world, &why).await;
        }
    })
    .await;
    let seen = (early.load(Ordering::SeqCst), late.load(Ordering::SeqCst));
    assert!(seen.0 > 0 && seen.1 > 0, "both orders were seen: {seen:?}");
}

async fn delete(scene: &Scene) {
    let client = scene.world.client();
    let call = Call::get(&scene.website).bearer(&scene.token);
    let read = client.call(call).await.unwrap();
    let call = Call::delete(&scene.website)
        .bearer(&scene.token)
        .if_match(read.header("etag"));
    let answer = client.call(call).await.unwrap();
    answer.expect(StatusCode::NO_CONTENT).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_website_that_is_deleted_while_it_is_made_stays_deleted_and_comes_back_whole() {
    try_each(
        places(calls(1, None).await, PLACES_MAX),
        |place| async move {
            let scene = Scene::of_website().await;
            let payload = scene.payload(1).await;
            let working = working(&scene, payload);
            overtaken(&scene.world, place, None, working, delete(&scene)).await;
            deliver(&scene.world).await;
            let why = format!("deleted at call {place}");
            assert_eq!(scene.end().await.status, "succeeded", "{why}");
            assert_eq!(counted(&scene).await, "0", "{why}");
            let items = items(&scene.world).await;
            for kind in ["website", "pointer"] {
                let found = items.iter().find(|item| entity(item) == kind).unwrap();
                assert_eq!(text(found, "status"), "Deleted", "{why}: {kind}");
            }
            assert_idle(&scene.world, &why).await;
            let read = scene.call(Call::get(&scene.website)).await;
            let body = json!({ "name": "docs", "status": "Active" });
            let back = Call::put(&scene.website, &body).if_match(read.header("etag"));
            let back = scene.call(back).await;
            back.expect(StatusCode::OK).unwrap();
            assert_eq!(counted(&scene).await, "1", "{why}");
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_website_that_is_deleted_while_it_is_taken_back_counts_once() {
    let refused = Refused::entity("TransactWriteItems", "release");
    let calls = calls(LAST_TRY, Some(refused.clone())).await;
    try_each(places(calls, PLACES_MAX), |place| {
        let refused = refused.clone();
        async move {
            let scene = Scene::of_website().await;
            let payload = scene.payload(LAST_TRY).await;
            let working = working(&scene, payload);
            let meanwhile = async {
                let items = items(&scene.world).await;
                if items.iter().any(|item| entity(item) == "website") {
                    delete(&scene).await;
                }
            };
            overtaken(&scene.world, place, Some(refused), working, meanwhile).await;
            deliver(&scene.world).await;
            scene
                .assert_gone("unavailable", &format!("deleted at call {place}"))
                .await;
        }
    })
    .await;
}
