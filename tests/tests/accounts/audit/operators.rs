//! Trails as operators read them.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use tests::client::{Answer, Call, assert_refused, pointers};
use tests::world::TABLE;

use super::{Scene, items, texts};

const TRAILS: &str = "/api/v1/admin/audit";

async fn read(scene: &Scene, operator: &str, query: &str) -> Answer {
    let call = Call::get(format!("{TRAILS}{query}")).bearer(operator);
    scene.call(call).await
}

#[tokio::test]
async fn an_operator_reads_a_tenants_trail_and_the_tenant_sees_it() {
    let scene = Scene::new(920).await;
    let operator = scene.world.operator().await.unwrap();
    let of_acme = format!("?tenantId={}&limit=100", scene.acme.tenant);
    let all = scene.entries("?limit=100").await;
    let seen = items(&read(&scene, &operator, &of_acme).await);
    assert_eq!(seen, all);
    let newest = scene.entries("?limit=1").await.remove(0);
    assert_eq!(newest["action"], "read-sensitive");
    assert_eq!(newest["resource"]["type"], "audit");
    assert!(newest["actor"].as_str().unwrap().starts_with("operator:"));
    scene.world.advance(1).await.unwrap();
    let exported = read(
        &scene,
        &operator,
        &of_acme.replace('?', "/export?").replace("&limit=100", ""),
    )
    .await;
    assert_eq!(exported.status, 200, "{}", exported.text());
    let newest = scene.entries("?limit=2").await;
    let actions: BTreeSet<_> = texts(&newest, "/action").into_iter().collect();
    assert_eq!(
        actions,
        BTreeSet::from(["export".to_owned(), "read-sensitive".to_owned()])
    );
}

#[tokio::test]
async fn attempts_to_sign_in_are_in_the_platforms_own_trail() {
    let scene = Scene::new(921).await;
    let operator = scene.world.operator().await.unwrap();
    let body = serde_json::json!({"email": scene.acme.owner.email, "password": "another password"});
    let wrong = scene.call(Call::post("/api/v1/auth/login", &body)).await;
    assert_refused(&wrong, 401, "invalid_credentials");
    let failed = items(&read(&scene, &operator, "?tenantId=platform&action=login-failed").await);
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0]["resource"]["type"], "person");
    assert_eq!(failed[0]["actor"], "visitor");
    assert_eq!(failed[0]["address"], "127.0.0.1");
    assert!(failed[0].get("tenantId").is_none());
    let signed_in = items(&read(&scene, &operator, "?tenantId=platform&action=login").await);
    assert!(!signed_in.is_empty(), "an operator's sign-in is there too");
}

#[tokio::test]
async fn all_trails_are_read_one_after_the_other() {
    let scene = Scene::new(922).await;
    let operator = scene.world.operator().await.unwrap();
    let mut tenants = BTreeSet::from([scene.acme.tenant.clone()]);
    for name in ["bravo", "coda"] {
        tenants.insert(scene.world.settled_tenant(name).await.unwrap().tenant);
    }
    let (mut found, mut cursor, mut pages): (Vec<Value>, _, _) = (Vec::new(), String::new(), 0);
    loop {
        let page = read(
            &scene,
            &operator,
            &format!("?limit=3&action=create{cursor}"),
        )
        .await;
        let entries = items(&page);
        assert!(entries.len() <= 3);
        found.extend(entries);
        pages += 1;
        match page.json()["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert!(pages > 3);
    let ids: BTreeSet<_> = texts(&found, "/id").into_iter().collect();
    assert_eq!(ids.len(), found.len(), "no entry twice");
    let whose: BTreeSet<_> = found
        .iter()
        .filter_map(|entry| entry["tenantId"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(whose, tenants);
    for tenant in &tenants {
        let query = format!("?tenantId={tenant}&action=create&limit=100");
        let own = items(&read(&scene, &operator, &query).await);
        let of_all = found.iter().filter(|entry| entry["tenantId"] == **tenant);
        let of_all: Vec<_> = of_all.cloned().collect();
        assert_eq!(texts(&own, "/id"), texts(&of_all, "/id"));
    }
    let exported = read(&scene, &operator, "/export?action=create").await;
    let exported = exported.json().as_array().unwrap().clone();
    assert_eq!(texts(&exported, "/id"), texts(&found, "/id"));
}

#[tokio::test]
async fn tenants_that_are_none_have_no_trail() {
    let scene = Scene::new(923).await;
    let operator = scene.world.operator().await.unwrap();
    let nobody = "01890a5d-ac96-774b-bcce-b302099a8057";
    assert!(items(&read(&scene, &operator, &format!("?tenantId={nobody}")).await).is_empty());
    assert!(items(&read(&scene, &operator, &format!("?tenantId={nobody}")).await).is_empty());
    let exported = read(&scene, &operator, &format!("/export?tenantId={nobody}")).await;
    assert_eq!(exported.json(), json!([]));
    let trail = aws_sdk_dynamodb::Client::new(&scene.world.sdk()).query();
    let trail = trail
        .table_name(TABLE)
        .key_condition_expression("pk = :pk")
        .expression_attribute_values(":pk", AttributeValue::S(format!("T#{nobody}#AUDIT")));
    assert_eq!(trail.send().await.unwrap().count(), 0, "none has begun");
    let wrong = read(&scene, &operator, "?tenantId=acme").await;
    assert_refused(&wrong, 422, "validation_failed");
    assert_eq!(pointers(&wrong), ["query:tenantId"]);
    let as_member = scene.as_admin(Call::get(TRAILS)).await;
    assert_refused(&as_member, 403, "forbidden");
}
