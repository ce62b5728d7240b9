//! Whoever needs a second factor does nothing without, but set one up.

use std::sync::Arc;

use http::Method;
use serde_json::{Value, json};
use tenancy::Role;
use tests::client::{Answer, Call, assert_refused};
use tests::crash::OfFunction;
use tests::pause::{Met, overtaken};
use tests::walkthrough::{CODE_STEP_S, Owner, Phone};
use tests::world::World;

use super::super::members::Team;
use super::super::scene::Scene;
use super::super::signed_in::{SESSIONS, SignedIn, minute, sessions};
use super::CONFIRM;

const ROLES: &str = "/api/v1/tenant/roles";

impl Team {
    async fn require(&self, query: &str, roles: &[&str]) -> Answer {
        let read = self.read(ROLES).await;
        let body = json!({ "roles": [], "mfaRequired": roles });
        let put = Call::put(format!("{ROLES}{query}"), &body);
        self.call(put.if_match(read.header("etag"))).await
    }

    async fn required(&self) -> Value {
        self.read(ROLES).await.json()["mfaRequired"].clone()
    }
}

async fn refreshed(scene: &Scene, session: &SignedIn) -> SignedIn {
    SignedIn::of(scene, &scene.refresh(&session.refresh).await).await
}

#[tokio::test]
async fn a_role_needs_a_second_factor_within_a_minute_and_until_it_does_not() {
    let team = Team::new(910, Role::ContentEditor).await;
    let scene = &team.scene;
    scene.world.verify(&team.other.email).await.unwrap();
    let member = team.member().await;
    assert_eq!(team.required().await, json!([]));
    let tried = team.require("?dryRun=true", &["contentEditor"]).await;
    assert_eq!(tried.status, 200, "{}", tried.text());
    let affected = &tried.json()["affected"];
    assert_eq!(affected.as_array().unwrap().len(), 1);
    assert_eq!(affected[0]["email"], team.other.email);
    assert_eq!(affected[0]["mfaRequired"], true);
    assert_eq!(affected[0]["gains"], json!([]));
    assert_eq!(team.required().await, json!([]), "it was only tried");
    let refused = team.require("", &["visitor"]).await;
    assert_refused(&refused, 422, "validation_failed");

    let said = team.require("", &["contentEditor"]).await;
    assert_eq!(said.status, 200, "{}", said.text());
    minute(scene).await;
    assert_refused(&member.ask(scene).await, 403, "mfa_required");
    assert_eq!(team.admin.ask(scene).await.status, 200, "another role");
    // What is the person's own goes on, elsewhere too, and so the way in.
    assert!(!sessions(scene, &member.access).await.is_empty());
    let elsewhere = json!({ "tenantId": team.elsewhere });
    let switch = Call::post("/api/v1/auth/switch", &elsewhere).bearer(&member.access);
    let elsewhere = SignedIn::of(scene, &scene.call(switch).await).await;
    assert_eq!(elsewhere.ask(scene).await.status, 200);
    let phone = scene.with_phone(&member, &team.other).await;
    assert_refused(&member.ask(scene).await, 403, "mfa_required");
    let member = refreshed(scene, &member).await;
    assert_eq!(member.ask(scene).await.status, 200);
    // The sign-in that was switched to is from before the code, and one from a password alone there is not.
    let back = json!({ "tenantId": team.tenant });
    let switch = Call::post("/api/v1/auth/switch", &back).bearer(&elsewhere.access);
    let back = SignedIn::of(scene, &scene.call(switch).await).await;
    assert_refused(&back.ask(scene).await, 403, "mfa_required");
    let half = scene.half(&team.other).await;
    scene.world.advance(CODE_STEP_S).await.unwrap();
    let mut body = json!({ "mfaToken": half, "code": scene.code(&phone) });
    body["tenantId"] = json!(team.elsewhere);
    let there = SignedIn::of(scene, &scene.post(super::VERIFY, &body).await).await;
    let back = json!({ "tenantId": team.tenant });
    let switch = Call::post("/api/v1/auth/switch", &back).bearer(&there.access);
    let back = SignedIn::of(scene, &scene.call(switch).await).await;
    assert_eq!(
        back.ask(scene).await.status,
        200,
        "one code for all tenants"
    );

    // Whoever says something else of roles does not take it back by leaving it out.
    let read = team.read(ROLES).await;
    let put = Call::put(ROLES, &json!({ "roles": [] })).if_match(read.header("etag"));
    assert_eq!(team.call(put).await.status, 200);
    assert_eq!(team.required().await, json!(["contentEditor"]));
    let said = team.require("", &[]).await;
    assert_eq!(said.json()["affected"][0]["mfaRequired"], false);
}

#[tokio::test]
async fn without_an_authenticator_any_more_nothing_is_done_from_the_next_token_on() {
    let team = Team::new(911, Role::ContentEditor).await;
    let scene = &team.scene;
    scene.world.verify(&team.other.email).await.unwrap();
    let member = team.member().await;
    let phone = scene.with_phone(&member, &team.other).await;
    team.require("", &["contentEditor", "tenantAdmin"]).await;
    minute(scene).await;
    assert_refused(&team.admin.ask(scene).await, 403, "mfa_required");
    let member = refreshed(scene, &member).await;
    assert_eq!(member.ask(scene).await.status, 200);
    let body = json!({ "password": team.other.password, "code": scene.code(&phone) });
    let removed = scene.ask(super::DISABLE, &member, &body).await;
    assert_eq!(removed.status, 204, "{}", removed.text());
    let member = refreshed(scene, &member).await;
    assert_refused(&member.ask(scene).await, 403, "mfa_required");
}

#[tokio::test]
async fn naming_another_tenant_is_refused_as_ever_of_who_needs_a_second_factor() {
    let team = Team::new(912, Role::ContentEditor).await;
    let scene = &team.scene;
    let member = team.member().await;
    team.require("", &["contentEditor"]).await;
    minute(scene).await;
    let named = Call::get("/api/v1/tenant/profile").with("x-tenant-id", &team.elsewhere);
    let refused = scene.call(named.bearer(&member.access)).await;
    assert_refused(&refused, 403, "forbidden");
}

#[tokio::test]
async fn operators_need_one_where_nobody_says_otherwise() {
    let world = World::as_by_default(913).await.unwrap();
    let scene = Scene { world };
    let access = scene.world.operator().await.unwrap();
    let tenants = async |access: &str| {
        let list = Call::get("/api/v1/admin/tenants").bearer(access);
        scene.call(list).await
    };
    assert_refused(&tenants(&access).await, 403, "mfa_required");
    let operator = Owner::operator();
    let here = SignedIn::new(&scene, &operator).await;
    let phone = scene.enroll(&here, &operator).await;
    let code = json!({ "code": scene.code(&phone) });
    let confirmed = scene.ask(CONFIRM, &here, &code).await;
    assert_eq!(confirmed.status, 204, "{}", confirmed.text());
    let here = refreshed(&scene, &here).await;
    assert_eq!(tenants(&here.access).await.status, 200);
    let all = Call::new(Method::GET, SESSIONS).bearer(&here.access);
    assert_eq!(scene.call(all).await.status, 200);
}

/// A sign-in with the code of one phone is none with the code of the next.
#[tokio::test]
async fn another_authenticator_ends_what_the_first_one_opened() {
    let team = Team::new(914, Role::ContentEditor).await;
    let scene = &team.scene;
    scene.world.verify(&team.other.email).await.unwrap();
    let here = team.member().await;
    let old = scene.with_phone(&here, &team.other).await;
    team.require("", &["contentEditor"]).await;
    let finish = async |recovery: usize| {
        let half = scene.half(&team.other).await;
        let code = &old.recovery_codes[recovery];
        let body = json!({ "mfaToken": half, "code": code, "tenantId": team.tenant });
        SignedIn::of(scene, &scene.post(super::VERIFY, &body).await).await
    };
    let there = finish(0).await;
    minute(scene).await;
    assert_eq!(there.ask(scene).await.status, 200);
    let body = json!({ "password": team.other.password, "code": old.recovery_codes[1] });
    let new = Phone::of(&scene.ask(super::MFA, &here, &body).await).unwrap();
    let first = json!({ "code": scene.code(&new) });
    assert_eq!(scene.ask(CONFIRM, &here, &first).await.status, 204);
    let there = refreshed(scene, &there).await;
    assert_refused(&there.ask(scene).await, 403, "mfa_required");
    let here = refreshed(scene, &here).await;
    assert_eq!(here.ask(scene).await.status, 200);
}

/// Whoever was signed out everywhere while asking takes nobody's second factor away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_out_meanwhile_keeps_the_second_factor() {
    let scene = Scene::new(915).await;
    for place in 0..40 {
        let owner = Owner::named(&format!("acme{place}"));
        scene.register(&owner.subdomain, &owner).await;
        scene.world.verify(&owner.email).await.unwrap();
        let here = SignedIn::new(&scene, &owner).await;
        let phone = scene.with_phone(&here, &owner).await;
        let body = json!({ "password": owner.password, "code": phone.recovery_codes[0] });
        let call = Call::post(super::DISABLE, &body).bearer(&here.access);
        let world = scene.world.clone();
        let begin = |pause| {
            world
                .faults
                .set(Arc::new(OfFunction::new("identity", pause)));
        };
        let first = {
            let world = world.clone();
            async move { world.client().call(call).await.unwrap() }
        };
        let met = overtaken(place, begin, first, here.end_all(&scene)).await;
        world.heal();
        match met.unwrap() {
            Met::First(alone) => {
                assert_eq!(alone.status, 204, "{}", alone.text());
                assert!(place > 8, "it makes {place} calls");
                return;
            }
            Met::Both(removed, ended) => {
                assert_eq!(ended.status, 204, "{place}: {}", ended.text());
                assert_refused(&removed, 401, "token_expired");
                assert_refused(&scene.log_in(&owner).await, 401, "mfa_code_required");
            }
        }
    }
    panic!("it makes more calls than any");
}
