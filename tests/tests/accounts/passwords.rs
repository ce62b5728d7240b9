//! Changing a password: only who knows the present one, and everybody else is out.

use serde_json::json;
use tests::client::{Answer, Call, assert_refused};
use tests::walkthrough::Owner;

use super::scene::Scene;
use super::signed_in::{SignedIn, minute};

const PASSWORD: &str = "/api/v1/auth/password";
const NEW: &str = "a horse of another colour";

async fn change(scene: &Scene, path: &str, by: &SignedIn, [from, to]: [&str; 2]) -> Answer {
    let body = json!({ "currentPassword": from, "newPassword": to });
    scene.call(Call::post(path, &body).bearer(&by.access)).await
}

#[tokio::test]
async fn another_password_ends_every_sign_in() {
    let scene = Scene::new(760).await;
    let owner = Owner::named("acme");
    let tenant = scene.register("acme", &owner).await;
    let second = scene.register("birch", &owner).await;
    let mut all = Vec::new();
    for tenant in [&tenant, &second, &tenant] {
        all.push(SignedIn::to(&scene, &owner, tenant).await);
    }
    let changed = change(&scene, PASSWORD, &all[0], [&owner.password, NEW]).await;
    assert_eq!(changed.status, 204, "{}", changed.text());
    scene.world.advance(1).await.unwrap();
    let renewed = Owner {
        password: NEW.to_owned(),
        ..owner.clone()
    };
    assert_refused(&scene.log_in(&owner).await, 401, "invalid_credentials");
    let next = SignedIn::to(&scene, &renewed, &tenant).await;
    minute(&scene).await;
    for one in &all {
        one.assert_over(&scene).await;
    }
    assert_eq!(next.ask(&scene).await.status, 200);
    assert_eq!(scene.refresh(&next.refresh).await.status, 200);
}

#[tokio::test]
async fn only_who_knows_the_present_one_gets_another_one() {
    let scene = Scene::new(761).await;
    let owner = Owner::named("acme");
    scene.register("acme", &owner).await;
    let here = SignedIn::new(&scene, &owner).await;
    let wrong = change(&scene, PASSWORD, &here, ["not this one", NEW]).await;
    assert_refused(&wrong, 401, "invalid_credentials");
    for bad in ["short", "Basketball", &"x".repeat(257)] {
        let refused = change(&scene, PASSWORD, &here, [&owner.password, bad]).await;
        assert_refused(&refused, 422, "validation_failed");
        assert_eq!(refused.at("/errors/0/pointer").unwrap(), "/newPassword");
    }
    let body = json!({ "currentPassword": owner.password, "newPassword": NEW });
    let nobody = scene.post(PASSWORD, &body).await;
    assert_refused(&nobody, 401, "unauthenticated");
    assert_eq!(here.ask(&scene).await.status, 200);
    assert_eq!(scene.log_in(&owner).await.status, 200);
}

#[tokio::test]
async fn a_password_is_its_persons_own_whatever_the_role() {
    let scene = Scene::new(762).await;
    let (owner, other) = (Owner::named("acme"), Owner::named("other"));
    let tenant = scene.register("acme", &owner).await;
    scene.register("other", &other).await;
    let role = tenancy::Role::ContentEditor;
    let member = scene.world.join(&tenant, &other.email, role).await.unwrap();
    let admin = SignedIn::new(&scene, &owner).await;
    let path = format!("/api/v1/users/{member}/change_password");
    let refused = change(&scene, &path, &admin, [&other.password, NEW]).await;
    assert_refused(&refused, 404, "not_found");
    let theirs = SignedIn::to(&scene, &other, &tenant).await;
    let changed = change(&scene, &path, &theirs, [&other.password, NEW]).await;
    assert_eq!(changed.status, 204, "{}", changed.text());
    assert_refused(&scene.log_in(&other).await, 401, "invalid_credentials");
}

#[tokio::test]
async fn a_password_that_cannot_be_written_stays() {
    let scene = Scene::new(763).await;
    let owner = Owner::named("acme");
    scene.register("acme", &owner).await;
    let here = SignedIn::new(&scene, &owner).await;
    scene.fail("identity", "TransactWriteItems").await;
    let failed = change(&scene, PASSWORD, &here, [&owner.password, NEW]).await;
    assert_refused(&failed, 503, "unavailable");
    scene.world.heal();
    minute(&scene).await;
    assert_eq!(here.ask(&scene).await.status, 200);
    let changed = change(&scene, PASSWORD, &here, [&owner.password, NEW]).await;
    assert_eq!(changed.status, 204, "{}", changed.text());
}
