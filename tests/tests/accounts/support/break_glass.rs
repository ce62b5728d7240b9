//! The break-glass key: off unless a deployment has one, and never unnoticed.

use jiff::SignedDuration;
use serde_json::json;
use tests::client::{Call, assert_refused};
use tests::support::enter;
use tests::world::{BREAK_GLASS_KEY, World};

use super::Scene;

const BREAK_GLASS: &str = "/api/v1/auth/break-glass";
const TENANTS: &str = "/api/v1/admin/tenants";

fn with_key(key: &str) -> Call {
    Call::post(BREAK_GLASS, &json!({ "key": key }))
}

#[tokio::test]
async fn whoever_has_the_key_is_an_operator_for_a_quarter_of_an_hour() {
    let scene = Scene::new(980).await;
    // Of what is done in the same millisecond, nothing says what came first.
    scene.world.clock.advance(SignedDuration::from_millis(1));
    let entered = scene.call(with_key(BREAK_GLASS_KEY)).await;
    assert_eq!(entered.status, 200, "{}", entered.text());
    assert_eq!(entered.json()["expiresIn"], 900);
    assert!(entered.json().get("refreshToken").is_none());
    let access = entered.at("/accessToken").unwrap();
    let listed = scene.call(Call::get(TENANTS).bearer(&access)).await;
    assert_eq!(listed.status, 200, "{}", listed.text());
    let trail = "/api/v1/admin/audit?tenantId=platform&action=login&limit=1";
    let trail = scene.call(Call::get(trail).bearer(&access)).await;
    let entry = trail.json()["items"][0].clone();
    assert_eq!(
        entry["actor"],
        "operator:00000000-0000-7000-8000-000000000001"
    );
    assert_eq!(entry["address"], "127.0.0.1");
    // It is nobody's sign-in, and opens no tenant: there two people are to be known by name.
    let own = Call::get("/api/v1/auth/sessions").bearer(&access);
    assert_refused(&scene.call(own).await, 401, "token_expired");
    let support = scene.begin(60).await;
    let into = enter(&scene.acme.tenant, &support).bearer(&access);
    let into = scene.call(into).await;
    assert_refused(&into, 403, "forbidden");
    scene.world.advance(911).await.unwrap();
    let over = scene.call(Call::get(TENANTS).bearer(&access)).await;
    assert_refused(&over, 401, "token_expired");
}

#[tokio::test]
async fn another_key_opens_nothing_and_without_one_none_does() {
    let scene = Scene::new(981).await;
    for key in ["", "off", "guessed", &BREAK_GLASS_KEY.to_uppercase()] {
        let refused = scene.call(with_key(key)).await;
        assert_refused(&refused, 401, "invalid_credentials");
    }
    let world = World::as_by_default(982).await.unwrap();
    for key in ["", "off", BREAK_GLASS_KEY] {
        let refused = world.client().call(with_key(key)).await.unwrap();
        assert_refused(&refused, 401, "invalid_credentials");
    }
}

#[tokio::test]
async fn the_key_is_enough_where_operators_need_a_second_factor() {
    let world = World::with(983, "OperatorMfa", "required").await.unwrap();
    let entered = world
        .client()
        .call(with_key(BREAK_GLASS_KEY))
        .await
        .unwrap();
    let access = entered.at("/accessToken").unwrap();
    let listed = Call::get(TENANTS).bearer(&access);
    assert_eq!(world.client().call(listed).await.unwrap().status, 200);
}
