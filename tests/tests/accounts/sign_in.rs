//! Signing in: to the one tenant or the one that is named, and only with the right password.

use serde_json::json;
use tests::client::{Call, assert_refused};
use tests::walkthrough::Owner;

use super::scene::{Scene, credentials};

const LOGIN: &str = "/api/v1/auth/login";

#[tokio::test]
async fn whoever_is_wrong_about_anything_is_told_the_same() {
    let scene = Scene::new(110).await;
    let owner = Owner::named("acme");
    scene.register("acme", &owner).await;
    let mut answers = Vec::new();
    for (email, password) in [
        (owner.email.as_str(), "wrong password"),
        ("nobody@acme.example", owner.password.as_str()),
        ("no address", owner.password.as_str()),
        (owner.email.as_str(), ""),
    ] {
        let body = json!({ "email": email, "password": password });
        let refused = scene.post(LOGIN, &body).await;
        assert_refused(&refused, 401, "invalid_credentials");
        let mut told = refused.json();
        told["instance"] = json!(null);
        told["requestId"] = json!(null);
        answers.push(told);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}

#[tokio::test]
async fn a_sign_in_is_by_address_whatever_its_case() {
    let scene = Scene::new(111).await;
    let owner = Owner::named("acme");
    scene.register("acme", &owner).await;
    let shouted = Owner {
        email: owner.email.to_uppercase(),
        ..owner.clone()
    };
    let tokens = scene.log_in(&shouted).await;
    assert_eq!(tokens.status, 200, "{}", tokens.text());
    let body = tokens.json();
    assert_eq!(body["tokenType"], "Bearer");
    assert_eq!(body["expiresIn"], 900);
    assert_eq!(tokens.header("cache-control"), "no-store");
}

#[tokio::test]
async fn somebody_with_several_tenants_chooses_one() {
    let scene = Scene::new(112).await;
    let owner = Owner::named("acme");
    let first = scene.register("acme", &owner).await;
    let second = scene.register("birch", &owner).await;
    let others = scene.register("cedar", &Owner::named("cedar")).await;
    let choose = scene.log_in(&owner).await;
    assert_refused(&choose, 409, "choose_tenant");
    let offered = choose.json()["tenants"].clone();
    let expected = json!([
        { "tenantId": first, "name": "The tenant acme", "subdomain": "acme" },
        { "tenantId": second, "name": "The tenant birch", "subdomain": "birch" },
    ]);
    assert_eq!(offered, expected);
    for (tenant, name) in [(&first, "acme"), (&second, "birch")] {
        let mut body = credentials(&owner);
        body["tenantId"] = json!(tenant);
        let tokens = scene.post(LOGIN, &body).await;
        let token = tokens.at("/accessToken").unwrap();
        let profile = Call::get("/api/v1/tenant/profile").bearer(&token);
        let profile = scene.call(profile).await;
        assert_eq!(profile.at("/subdomain").unwrap(), name);
    }
    for tenant in [others.as_str(), "01a1fd1e-8c00-7b16-94ea-1a00db30281e"] {
        let mut body = credentials(&owner);
        body["tenantId"] = json!(tenant);
        assert_refused(&scene.post(LOGIN, &body).await, 403, "tenant_inactive");
    }
}

#[tokio::test]
async fn of_several_tenants_the_one_in_use_needs_no_choice() {
    let scene = Scene::new(115).await;
    let owner = Owner::named("acme");
    let first = scene.register("acme", &owner).await;
    let second = scene.register("birch", &owner).await;
    let operator = scene.world.operator().await.unwrap();
    for (tenant, expected) in [(&first, 200), (&second, 403)] {
        let path = format!("/api/v1/admin/tenants/{tenant}/suspend");
        let suspend = Call::post(path, &json!({})).bearer(&operator);
        assert_eq!(scene.call(suspend).await.status, 200);
        assert_eq!(scene.log_in(&owner).await.status, expected);
    }
}

#[tokio::test]
async fn before_its_tenant_is_made_nobody_signs_in() {
    let scene = Scene::new(113).await;
    let owner = Owner::named("acme");
    let body = super::scene::registration("acme", &owner);
    let begun = scene.post("/api/v1/auth/register", &body).await;
    assert_eq!(begun.status, 202);
    assert_refused(&scene.log_in(&owner).await, 403, "tenant_inactive");
    scene.ended(&begun).await;
    assert_eq!(scene.log_in(&owner).await.status, 200);
}

#[tokio::test]
async fn a_sign_in_that_cannot_be_written_down_is_none() {
    let scene = Scene::new(114).await;
    let owner = Owner::named("acme");
    scene.register("acme", &owner).await;
    let operator = scene.world.operator().await;
    assert!(operator.is_ok());
    scene.fail("identity", "TransactWriteItems").await;
    assert_refused(&scene.log_in(&owner).await, 503, "unavailable");
    let body = json!({
        "email": "operator@platform.example", "password": "correct horse operator",
    });
    assert_refused(&scene.post(LOGIN, &body).await, 503, "unavailable");
    scene.world.heal();
    assert_eq!(scene.log_in(&owner).await.status, 200);
}
