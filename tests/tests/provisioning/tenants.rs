//! Tenants: made, not made, and what their registration left.

use aws_sdk_dynamodb::types::AttributeValue;
use http::StatusCode;
use tests::client::Call;
use tests::walkthrough::{make_website, register, sign_in};
use tests::world::TABLE;

use crate::contents::{Item, entity, items, text};
use crate::plans::{Plan, Refused};
use crate::world::{LAST_RECEIVE, LAST_TRY, Scene, assert_idle, deliver, pass, work};

#[tokio::test]
async fn a_registration_becomes_an_active_tenant() {
    let scene = Scene::of_tenant().await;
    let client = scene.world.client();
    deliver(&scene.world).await;
    let look = Call::get(format!("/api/v1/operations/{}", scene.operation));
    let operation = client.call(look).await.unwrap();
    let operation = operation.expect(StatusCode::OK).unwrap().json();
    assert_eq!(operation["status"], "succeeded");
    assert!(operation["reason"].is_null() && operation["endedAt"].is_string());
    let steps = operation["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 6);
    assert!(steps.iter().all(|step| step["status"] == "succeeded"));
    let tenant = scene.call(Call::get("/api/v1/tenant/profile")).await;
    assert_eq!(tenant.at("/id").unwrap(), scene.tenant);
    assert_eq!(tenant.at("/status").unwrap(), "Active");
    let token = sign_in(&client, &scene.owner).await.unwrap().access;
    make_website(&client, &token, "docs").await.unwrap();
    let contents = scene.contents().await;
    // One for the tenant beside it, and one for this.
    assert_eq!(contents.events("TenantProvisioned"), 2);
    assert_eq!(contents.count("membership"), 2);
}

#[tokio::test]
async fn a_message_that_comes_again_changes_nothing() {
    let scene = Scene::of_tenant().await;
    let payload = scene.payload(1).await;
    deliver(&scene.world).await;
    let (before, end) = (scene.contents().await, scene.end().await);
    assert_eq!(end.status, "succeeded");
    for _ in 0..2 {
        assert_eq!(work(&scene.world, payload.clone()).await, 0);
    }
    deliver(&scene.world).await;
    assert_eq!(scene.contents().await, before);
    assert_eq!(scene.end().await, end);
}

#[tokio::test]
async fn a_step_that_never_works_leaves_nothing_but_the_reason() {
    let scene = Scene::of_tenant().await;
    let refused = Refused::about("PutObject", &scene.tenant);
    Plan::refusing(refused.clone()).begin(&scene.world);
    scene.world.platform.settle().await.unwrap();
    let mut receives = 1;
    while scene.end().await.status == "running" {
        pass(&scene.world).await;
        receives += 1;
    }
    assert_eq!(receives, LAST_TRY, "one is kept for taking back");
    scene.assert_gone("unavailable", "refused").await;
    let end = scene.end().await;
    let nobody = sign_in(&scene.world.client(), &scene.owner).await;
    assert!(nobody.unwrap_err().to_string().contains("401"));
    scene.world.heal();
    register(&scene.world.client(), &scene.owner).await.unwrap();
    assert_eq!(scene.end().await, end, "what failed stays failed");
}

#[tokio::test]
async fn a_registration_that_failed_stays_failed_when_its_message_comes_again() {
    let scene = Scene::of_tenant().await;
    let payload = scene.payload(LAST_RECEIVE).await;
    let end = scene.run(Plan::refusing(Refused::any("PutObject"))).await;
    assert_eq!(end.status, "failed");
    let before = scene.contents().await;
    assert_eq!(work(&scene.world, payload).await, 0);
    assert_eq!(scene.contents().await, before);
    assert_eq!(scene.end().await, end);
}

#[tokio::test]
async fn a_lost_claim_is_found_and_everything_taken_back() {
    let scene = Scene::of_tenant().await;
    let items = items(&scene.world).await;
    let mut claims = items.into_iter().filter(|item| entity(item) == "subdomain");
    let (mut lost, mut theirs) = (Item::new(), Item::new());
    for claim in &mut claims {
        if text(&claim, "tenantId") == scene.tenant {
            lost = claim;
        } else {
            theirs = claim;
        }
    }
    let other = text(&theirs, "tenantId").to_owned();
    lost.insert("tenantId".to_owned(), AttributeValue::S(other.clone()));
    let client = aws_sdk_dynamodb::Client::new(&scene.world.sdk());
    let put = client.put_item().table_name(TABLE);
    let put = put.set_item(Some(lost.clone().into_iter().collect()));
    put.send().await.unwrap();
    deliver(&scene.world).await;
    let end = scene.end().await;
    assert_eq!(end.status, "failed");
    assert!(end.reason.starts_with("unverified: "), "{end:?}");
    let mut contents = scene.contents().await;
    let start = "subdomain ";
    let kept = |line: &String| line.starts_with(start) && line.contains("\"acme\"");
    assert!(
        contents.things.iter().any(kept),
        "another's claim is not released"
    );
    contents.things.retain(|line| !kept(line));
    contents.assert_same(&scene.before, "the claim was lost");
    assert_idle(&scene.world, "the claim was lost").await;
}
