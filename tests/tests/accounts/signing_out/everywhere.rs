//! Signing out everywhere: in every tenant and as an operator.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::SignedDuration;
use local::fault::{Call as StoreCall, Fault, Faults};
use serde_json::json;
use tests::client::{Call, assert_refused};
use tests::walkthrough::Owner;

use super::with_owner;
use crate::scene::{Scene, credentials};
use crate::signed_in::{SignedIn, minute};

#[tokio::test]
async fn signing_out_everywhere_ends_all_sign_ins_in_all_tenants_and_nobody_elses() {
    let (scene, owner) = with_owner(704).await;
    let second = scene.register("second", &owner).await;
    let other = Owner::named("other");
    scene.register("other", &other).await;
    let other = SignedIn::new(&scene, &other).await;
    let choose = scene.log_in(&owner).await.json();
    let tenants = choose["tenants"].as_array().unwrap();
    let first = tenants
        .iter()
        .find(|tenant| tenant["tenantId"] != json!(second));
    let first = first.unwrap()["tenantId"].as_str().unwrap().to_owned();
    let mut all = Vec::new();
    for tenant in [&first, &second, &first] {
        all.push(SignedIn::to(&scene, &owner, tenant).await);
    }
    scene.world.advance(1).await.unwrap();
    let ended = all[0].end_all(&scene).await;
    assert_eq!(ended.status, 204, "{}", ended.text());
    // Where sign-ins are kept, nobody waits for the minute.
    assert_refused(&all[0].end_all(&scene).await, 401, "token_expired");
    assert_refused(&all[1].end(&scene, &all[0].id).await, 401, "token_expired");
    minute(&scene).await;
    for one in &all {
        one.assert_over(&scene).await;
    }
    assert_eq!(other.ask(&scene).await.status, 200);
    for tenant in [&first, &second] {
        let new = SignedIn::to(&scene, &owner, tenant).await;
        assert_eq!(new.ask(&scene).await.status, 200);
        assert_eq!(scene.refresh(&new.refresh).await.status, 200);
    }
}

/// Lets the first transaction through, and no other one.
#[derive(Debug, Default)]
struct AllButTheFirst(AtomicU64);

impl Faults for AllButTheFirst {
    fn decide(&self, call: &StoreCall<'_>) -> Fault {
        let is_change = call.function == "identity" && call.operation == "TransactWriteItems";
        if is_change && self.0.fetch_add(1, Ordering::SeqCst) > 0 {
            Fault::Throttle
        } else {
            Fault::None
        }
    }
}

#[tokio::test]
async fn signing_out_everywhere_that_failed_half_way_is_said_again() {
    let (scene, owner) = with_owner(711).await;
    let second = scene.register("second", &owner).await;
    let choose = scene.log_in(&owner).await.json();
    let tenants = choose["tenants"].as_array().unwrap();
    let first = tenants
        .iter()
        .find(|tenant| tenant["tenantId"] != json!(second));
    let first = first.unwrap()["tenantId"].as_str().unwrap();
    let here = SignedIn::to(&scene, &owner, first).await;
    let elsewhere = SignedIn::to(&scene, &owner, &second).await;
    scene.world.advance(1).await.unwrap();
    scene.world.faults.set(Arc::new(AllButTheFirst::default()));
    assert_refused(&here.end_all(&scene).await, 503, "unavailable");
    scene.world.heal();
    let refreshed = scene.refresh(&elsewhere.refresh).await;
    assert_eq!(refreshed.status, 200, "all sign-ins end, or none");
    assert_eq!(here.end_all(&scene).await.status, 204);
    minute(&scene).await;
    for one in [&here, &elsewhere] {
        one.assert_over(&scene).await;
    }
}

#[tokio::test]
async fn who_is_an_operator_and_a_member_signs_out_as_both() {
    let scene = Scene::new(712).await;
    scene.world.operator().await.unwrap();
    let person = Owner::operator();
    let tenant = scene.register("acme", &person).await;
    let mut as_member = credentials(&person);
    as_member["tenantId"] = json!(tenant);
    for member_asks in [false, true] {
        scene.world.advance(1).await.unwrap();
        let operator = SignedIn::new(&scene, &person).await;
        let member = scene.post("/api/v1/auth/login", &as_member).await;
        let member = SignedIn::of(&scene, &member).await;
        assert_eq!(member.ask(&scene).await.status, 200);
        scene.world.advance(1).await.unwrap();
        let asking = if member_asks { &member } else { &operator };
        assert_eq!(asking.end_all(&scene).await.status, 204);
        minute(&scene).await;
        for one in [&operator, &member] {
            one.assert_over(&scene).await;
        }
    }
}

#[tokio::test]
async fn an_operator_ends_sign_ins_too() {
    let scene = Scene::new(705).await;
    scene.world.operator().await.unwrap();
    let operator = Owner::operator();
    let tenants = async |of: &SignedIn| {
        let call = Call::get("/api/v1/admin/tenants").bearer(&of.access);
        scene.call(call).await
    };
    let [lost, here] = [
        SignedIn::new(&scene, &operator).await,
        SignedIn::new(&scene, &operator).await,
    ];
    assert_eq!(here.end(&scene, &lost.id).await.status, 204);
    minute(&scene).await;
    assert_refused(&tenants(&lost).await, 401, "token_expired");
    assert_refused(
        &scene.refresh(&lost.refresh).await,
        401,
        "invalid_credentials",
    );
    assert_eq!(tenants(&here).await.status, 200);
    assert_eq!(here.end_all(&scene).await.status, 204);
    minute(&scene).await;
    assert_refused(&tenants(&here).await, 401, "token_expired");
    assert_refused(
        &scene.refresh(&here.refresh).await,
        401,
        "invalid_credentials",
    );
    let new = SignedIn::new(&scene, &operator).await;
    assert_eq!(tenants(&new).await.status, 200);
    // Within the second in which the others end.
    assert_eq!(new.end_all(&scene).await.status, 204);
    scene.world.clock.advance(SignedDuration::from_millis(1));
    let next = SignedIn::new(&scene, &operator).await;
    minute(&scene).await;
    assert_refused(&tenants(&new).await, 401, "token_expired");
    assert_eq!(tenants(&next).await.status, 200);
}
