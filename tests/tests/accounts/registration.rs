//! Registering: once under a key, refused where a name is taken, by people known and new.

use futures_util::future::join_all;
use serde_json::json;
use tests::client::{Answer, Call, assert_refused, pointers};
use tests::walkthrough::Owner;

use super::scene::{Scene, credentials, registration};

const REGISTER: &str = "/api/v1/auth/register";

fn under_key(subdomain: &str, owner: &Owner, key: &str) -> Call {
    Call::post(REGISTER, &registration(subdomain, owner)).with("idempotency-key", key)
}

#[tokio::test]
async fn a_registration_is_made_once_under_a_key() {
    let scene = Scene::new(100).await;
    let owner = Owner::named("acme");
    let answers = join_all((0..4).map(|_| scene.call(under_key("acme", &owner, "k")))).await;
    let is_replay = |answer: &&Answer| answer.header("idempotency-replayed") == "true";
    assert_eq!(answers.iter().filter(is_replay).count(), 3);
    for answer in &answers {
        assert_eq!(answer.status, 202, "{}", answer.text());
        assert_eq!(answer.json()["tenantId"], answers[0].json()["tenantId"]);
        assert_eq!(answer.header("location"), answers[0].header("location"));
    }
    scene.ended(&answers[0]).await;
    let again = scene.call(under_key("acme", &owner, "k")).await;
    assert_eq!(again.status, 202, "{}", again.text());
    assert_eq!(again.at("/operation/status").unwrap(), "succeeded");
    assert_eq!(again.header("idempotency-replayed"), "true");
    let other = scene.call(under_key("other", &owner, "k")).await;
    assert_refused(&other, 422, "idempotency_mismatch");
    let others = Owner::named("other");
    let both = join_all([
        scene.call(under_key("one", &others, "j")),
        scene.call(under_key("two", &others, "j")),
    ]);
    let both: Vec<u16> = both.await.iter().map(|it| it.status.as_u16()).collect();
    assert!(both == [202, 422] || both == [422, 202], "{both:?}");
}

#[tokio::test]
async fn a_subdomain_is_one_tenants() {
    let scene = Scene::new(101).await;
    let owners = ["a", "b", "c", "d"].map(Owner::named);
    let asked = owners
        .iter()
        .map(|owner| scene.call(Call::post(REGISTER, &registration("acme", owner))));
    let answers = join_all(asked).await;
    let taken = answers.iter().filter(|answer| answer.status == 202).count();
    assert_eq!(taken, 1);
    for answer in answers.iter().filter(|answer| answer.status != 202) {
        assert_refused(answer, 409, "subdomain_taken");
    }
    scene.world.platform.settle().await.unwrap();
    let later = registration("acme", &Owner::named("e"));
    assert_refused(&scene.post(REGISTER, &later).await, 409, "subdomain_taken");
}

#[tokio::test]
async fn an_address_is_one_persons_and_the_password_proves_it() {
    let scene = Scene::new(102).await;
    let owner = Owner::named("acme");
    let other = Owner {
        password: "another password".to_owned(),
        ..owner.clone()
    };
    // Both are new at the same instant: one is the person.
    let answers = join_all([
        scene.call(Call::post(REGISTER, &registration("acme", &owner))),
        scene.call(Call::post(REGISTER, &registration("other", &other))),
    ]);
    let answers = answers.await;
    let (first, second) = (&answers[0], &answers[1]);
    let (taken, refused) = if first.status == 202 {
        (first, second)
    } else {
        (second, first)
    };
    assert_eq!(taken.status, 202, "{}", taken.text());
    assert_refused(refused, 409, "email_taken");
    scene.ended(taken).await;
    let is_first = first.status == 202;
    let (right, wrong) = if is_first {
        (&owner, &other)
    } else {
        (&other, &owner)
    };
    assert_refused(
        &scene.post(REGISTER, &registration("third", wrong)).await,
        409,
        "email_taken",
    );
    scene.register("fourth", right).await;
    let body = credentials(right);
    let login = scene.post("/api/v1/auth/login", &body).await;
    assert_refused(&login, 409, "choose_tenant");
}

#[tokio::test]
async fn somebody_new_may_register_several_tenants_at_once() {
    let scene = Scene::new(105).await;
    let owner = Owner::named("acme");
    let subdomains = ["one", "two", "three", "four"];
    let asked = subdomains.map(|it| scene.call(Call::post(REGISTER, &registration(it, &owner))));
    for answer in join_all(asked).await {
        assert_eq!(answer.status, 202, "{}", answer.text());
        scene.ended(&answer).await;
    }
    let choose = scene.log_in(&owner).await;
    assert_eq!(choose.json()["tenants"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once() {
    let scene = Scene::new(103).await;
    let body = json!({
        "tenantName": " ", "subdomain": "-", "email": "nobody", "password": "short",
    });
    let refused = scene.post(REGISTER, &body).await;
    let all = ["/email", "/password", "/subdomain", "/tenantName"];
    assert_eq!(pointers(&refused), all);
    for subdomain in [
        "www",
        "api",
        "a--b",
        "UPPER case",
        "ünïcode",
        &"x".repeat(64),
    ] {
        let body = registration(subdomain, &Owner::named("acme"));
        let refused = scene.post(REGISTER, &body).await;
        assert_eq!(pointers(&refused), ["/subdomain"], "{subdomain}");
    }
    for name in ["a\u{0}b", "a\u{202e}b"] {
        let mut body = registration("acme", &Owner::named("acme"));
        body["tenantName"] = json!(name);
        let refused = scene.post(REGISTER, &body).await;
        assert_eq!(pointers(&refused), ["/tenantName"], "{name:?}");
    }
    let listed = json!([
        "Acme",
        "acme",
        "owner@acme.example",
        "correct horse battery"
    ]);
    let refused = scene.post(REGISTER, &listed).await;
    assert_eq!(refused.json()["errors"][0]["detail"], "must be an object");
    let refused = scene.post(REGISTER, &json!("acme")).await;
    assert!(
        !refused.text().contains("Registration"),
        "{}",
        refused.text()
    );
    let mut unknown = registration("acme", &Owner::named("acme"));
    unknown["tier"] = json!("Enterprise");
    let refused = scene.post(REGISTER, &unknown).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
}

#[tokio::test]
async fn a_registration_that_cannot_be_written_says_to_come_again() {
    let scene = Scene::new(104).await;
    let owner = Owner::named("acme");
    scene.fail("identity", "TransactWriteItems").await;
    let refused = scene.call(under_key("acme", &owner, "k")).await;
    assert_refused(&refused, 503, "unavailable");
    assert_eq!(refused.header("retry-after"), "1");
    scene.world.heal();
    let taken = scene.call(under_key("acme", &owner, "k")).await;
    assert_eq!(taken.status, 202, "{}", taken.text());
    assert_eq!(taken.header("idempotency-replayed"), "");
    scene.ended(&taken).await;
}
