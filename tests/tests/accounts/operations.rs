//! Operations: how far they got, for whom, and what a failed one says.

use serde_json::{Value, json};
use tenancy::records::Tier;
use tests::client::{Call, assert_refused};
use tests::walkthrough::Owner;

use super::scene::{Scene, registration};

/// Longer than a step that fails is tried again.
const PATIENCE_S: i64 = 3_600;

/// Returns each step's name and status.
fn steps(operation: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    operation["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (text(&step["name"]), text(&step["status"])))
        .collect()
}

#[tokio::test]
async fn a_registrations_operation_is_seen_by_whoever_knows_it() {
    let scene = Scene::new(140).await;
    let body = registration("acme", &Owner::named("acme"));
    let begun = scene.post("/api/v1/auth/register", &body).await;
    let href = begun.at("/operation/href").unwrap();
    let operation = scene.call(Call::get(&href)).await.json();
    assert_eq!(operation["status"], "pending");
    let all = steps(&operation);
    assert!(all.len() >= 5, "{all:?}");
    assert_eq!(all[0].1, "succeeded", "the claim was made with the request");
    assert!(all[1..].iter().all(|(_, status)| status == "pending"));
    let ended = scene.ended(&begun).await;
    assert_eq!(ended["status"], "succeeded");
    assert!(
        steps(&ended)
            .iter()
            .all(|(_, status)| status == "succeeded")
    );
    for step in ended["steps"].as_array().unwrap() {
        assert!(step["endedAt"].is_string(), "{step}");
    }
    let missing = "/api/v1/operations/01a1fd1e-8c00-7b16-94ea-1a00db30281e";
    assert_refused(
        &scene.call(Call::get(missing)).await,
        401,
        "unauthenticated",
    );
}

#[tokio::test]
async fn an_operation_that_failed_says_at_which_step_and_why() {
    let scene = Scene::new(141).await;
    let acme = scene.world.settled_tenant("acme").await.unwrap();
    let raised = scene.world.set_tier(&acme.tenant, Tier::Starter);
    raised.await.unwrap();
    let operator = scene.world.operator().await.unwrap();
    let body = json!({ "name": "Two", "subdomain": "two" });
    let token = acme.tokens.access.as_str();
    let begun = scene.call(Call::post("/api/v1/websites", &body).bearer(token));
    let begun = begun.await;
    assert_eq!(begun.status, 202, "{}", begun.text());
    // The tenant is suspended before its website is made.
    let suspend = format!("/api/v1/admin/tenants/{}/suspend", acme.tenant);
    let suspend = Call::post(suspend, &json!({})).bearer(&operator);
    assert_eq!(scene.call(suspend).await.status, 200);
    scene.world.advance(300).await.unwrap();
    let activate = format!("/api/v1/admin/tenants/{}/activate", acme.tenant);
    let activate = Call::post(activate, &json!({})).bearer(&operator);
    assert_eq!(scene.call(activate).await.status, 200);
    scene.world.advance(61).await.unwrap();

    let href = begun.at("/operation/href").unwrap();
    let look = Call::get(&href).bearer(token);
    let operation = scene.call(look).await.json();
    assert_eq!(operation["status"], "failed", "{operation}");
    let why = operation["reason"].as_str().unwrap();
    assert!(why.contains("tenant_inactive"), "{why}");
    assert_eq!(steps(&operation)[0].1, "failed");

    // The name is free again; this time the second step fails for good.
    scene.fail("provisioning", "BatchWriteItem").await;
    let again = scene.call(Call::post("/api/v1/websites", &body).bearer(token));
    let again = again.await;
    assert_eq!(again.status, 202);
    scene.world.advance(PATIENCE_S).await.unwrap();
    scene.world.heal();
    let look = Call::get(again.at("/operation/href").unwrap());
    let owner = scene.log_in(&acme.owner).await.at("/accessToken").unwrap();
    let operation = scene.call(look.bearer(&owner)).await.json();
    assert_eq!(operation["status"], "failed", "{operation}");
    let why = operation["reason"].as_str().unwrap();
    assert!(why.contains("unavailable"), "{why}");
    let statuses: Vec<String> = steps(&operation).into_iter().map(|step| step.1).collect();
    assert_eq!(statuses[..2], ["compensated", "failed"], "{statuses:?}");

    let cedar = scene.world.settled_tenant("cedar").await.unwrap();
    let foreign = Call::get(&href).bearer(&cedar.tokens.access);
    assert_refused(&scene.call(foreign).await, 404, "not_found");
    assert_refused(&scene.call(Call::get(&href)).await, 401, "unauthenticated");
}
