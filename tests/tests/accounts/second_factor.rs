//! What people have beside a password: authenticators, recovery codes, and what needs them.

use futures_util::future::join_all;
use kernel::Clock;
use kernel::limits::{
    CODE_PATIENCE_S, CODES_MAX, CODES_WINDOW_S, ENROLLMENT_LIFE_S, RECOVERY_CODES_MAX,
};
use serde_json::{Value, json};
use tests::client::{Answer, Call, assert_refused};
use tests::walkthrough::{CODE_STEP_S, Owner, Phone, enroll, give_phone};

use super::scene::{Scene, credentials};
use super::signed_in::{SESSIONS, SignedIn, sessions};

mod required;

const MFA: &str = "/api/v1/auth/mfa";
const CONFIRM: &str = "/api/v1/auth/mfa/confirm";
const VERIFY: &str = "/api/v1/auth/mfa/verify";
const RENEW: &str = "/api/v1/auth/mfa/recovery-codes";
const DISABLE: &str = "/api/v1/auth/mfa/disable";

impl Scene {
    async fn ask(&self, path: &str, by: &SignedIn, body: &Value) -> Answer {
        self.call(Call::post(path, body).bearer(&by.access)).await
    }

    async fn enroll(&self, by: &SignedIn, owner: &Owner) -> Phone {
        let client = self.world.client();
        enroll(&client, &by.access, owner).await.unwrap()
    }

    /// Sets an authenticator up and gives its first code.
    async fn with_phone(&self, by: &SignedIn, owner: &Owner) -> Phone {
        let (client, now) = (self.world.client(), self.world.clock.now());
        let phone = give_phone(&client, &by.access, owner, now);
        phone.await.unwrap()
    }

    /// Returns what an authenticator shows now.
    fn code(&self, phone: &Phone) -> String {
        phone.code(self.world.clock.now())
    }

    /// Gives the password, and returns what stands for it.
    async fn half(&self, owner: &Owner) -> String {
        let asked = self.log_in(owner).await;
        assert_refused(&asked, 401, "mfa_code_required");
        assert_eq!(asked.json()["expiresIn"], CODE_PATIENCE_S);
        asked.at("/mfaToken").unwrap()
    }

    async fn finish(&self, half: &str, code: &str) -> Answer {
        let body = json!({ "mfaToken": half, "code": code });
        self.post(VERIFY, &body).await
    }

    async fn shown(&self, by: &SignedIn) -> Value {
        let shown = self.call(Call::get(MFA).bearer(&by.access)).await;
        assert_eq!(shown.status, 200, "{}", shown.text());
        shown.json()
    }
}

/// Makes a tenant whose owner has proved the address and is signed in.
async fn with_owner(seed: u64) -> (Scene, Owner, SignedIn) {
    let scene = Scene::new(seed).await;
    let owner = Owner::named("acme");
    scene.register("acme", &owner).await;
    scene.world.verify(&owner.email).await.unwrap();
    let here = SignedIn::new(&scene, &owner).await;
    (scene, owner, here)
}

#[tokio::test]
async fn an_authenticator_is_asked_for_once_it_gave_its_first_code() {
    let (scene, owner, here) = with_owner(900).await;
    let none = json!({ "isEnabled": false, "recoveryCodesLeft": 0 });
    assert_eq!(scene.shown(&here).await, none);
    let phone = scene.enroll(&here, &owner).await;
    // Until then nothing is asked for, and a wrong code changes nothing.
    assert_eq!(scene.log_in(&owner).await.status, 200);
    let wrong = scene
        .ask(CONFIRM, &here, &json!({ "code": "000000" }))
        .await;
    assert_refused(&wrong, 401, "invalid_mfa_code");
    assert_eq!(scene.shown(&here).await, none);
    let code = json!({ "code": scene.code(&phone) });
    assert_eq!(scene.ask(CONFIRM, &here, &code).await.status, 204);
    let again = scene.ask(CONFIRM, &here, &code).await;
    assert_eq!(again.status, 204, "for whoever did not get the answer");
    let shown = scene.shown(&here).await;
    assert_eq!(shown["isEnabled"], true);
    assert_eq!(shown["recoveryCodesLeft"], RECOVERY_CODES_MAX);

    let half = scene.half(&owner).await;
    scene.world.advance(CODE_STEP_S).await.unwrap();
    let there = scene.finish(&half, &scene.code(&phone)).await;
    let there = SignedIn::of(&scene, &there).await;
    let all = sessions(&scene, &there.access).await;
    let with: Vec<_> = all
        .iter()
        .map(|session| (&session["id"], &session["hasSecondFactor"]))
        .collect();
    assert!(with.contains(&(&json!(there.id), &json!(true))), "{with:?}");
    assert!(with.contains(&(&json!(here.id), &json!(true))), "{with:?}");
    assert!(
        with.iter().any(|(_, has)| **has == json!(false)),
        "{with:?}"
    );
}

/// Threat C5: a code is good once, whoever has seen it; a right one is looked at five times in a window at most.
#[tokio::test]
async fn codes_are_good_once_and_tried_five_times() {
    let (scene, owner, here) = with_owner(901).await;
    let phone = scene.with_phone(&here, &owner).await;
    let half = scene.half(&owner).await;
    // The code of the confirmation is used up.
    let replayed = scene.finish(&half, &scene.code(&phone)).await;
    assert_refused(&replayed, 401, "invalid_mfa_code");
    scene.world.advance(CODE_STEP_S).await.unwrap();
    let code = scene.code(&phone);
    let tries = join_all((0..3).map(|_| scene.finish(&half, &code))).await;
    let taken = tries.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(taken, 1, "of three at once");
    scene.world.advance(CODE_STEP_S).await.unwrap();
    // A right one begins the count again.
    assert_eq!(scene.finish(&half, &scene.code(&phone)).await.status, 200);
    for _ in 0..CODES_MAX {
        let wrong = scene.finish(&half, "000000").await;
        assert_refused(&wrong, 401, "invalid_mfa_code");
    }
    scene.world.advance(CODE_STEP_S).await.unwrap();
    let enough = scene.finish(&half, &scene.code(&phone)).await;
    assert_refused(&enough, 429, "rate_limited");
    let rest: i64 = enough.header("retry-after").parse().unwrap();
    assert!((1..=CODES_WINDOW_S).contains(&rest), "{rest}");
    for recovery in &phone.recovery_codes {
        let enough = scene.finish(&half, recovery).await;
        assert_refused(&enough, 429, "rate_limited");
    }
    scene.pass(rest).await;
    let half = scene.half(&owner).await;
    assert_eq!(scene.finish(&half, &scene.code(&phone)).await.status, 200);
}

#[tokio::test]
async fn recovery_codes_stand_in_for_a_phone_once_each() {
    let (scene, owner, here) = with_owner(902).await;
    let phone = scene.with_phone(&here, &owner).await;
    let half = scene.half(&owner).await;
    let [first, second, ..] = phone.recovery_codes.as_slice() else {
        panic!("there are ten");
    };
    assert_eq!(scene.finish(&half, first).await.status, 200);
    let again = scene.finish(&half, first).await;
    assert_refused(&again, 401, "invalid_mfa_code");
    let left = &scene.shown(&here).await["recoveryCodesLeft"];
    assert_eq!(*left, RECOVERY_CODES_MAX - 1);
    let body = |code: &str| json!({ "password": owner.password, "code": code });
    let refused = scene.ask(RENEW, &here, &body(second)).await;
    assert_refused(&refused, 401, "invalid_mfa_code");
    scene.world.advance(CODE_STEP_S).await.unwrap();
    let stranger = json!({ "password": "another password", "code": scene.code(&phone) });
    let refused = scene.ask(RENEW, &here, &stranger).await;
    assert_refused(&refused, 401, "invalid_credentials");
    let renewed = scene.ask(RENEW, &here, &body(&scene.code(&phone))).await;
    assert_eq!(renewed.status, 200, "{}", renewed.text());
    let renewed = renewed.json()["recoveryCodes"].as_array().unwrap().clone();
    assert_eq!(renewed.len(), RECOVERY_CODES_MAX);
    let before = scene.finish(&half, &phone.recovery_codes[2]).await;
    assert_refused(&before, 401, "invalid_mfa_code");
    let code = renewed[0].as_str().unwrap();
    assert_eq!(scene.finish(&half, code).await.status, 200);
}

#[tokio::test]
async fn another_phone_takes_the_place_of_the_first_with_its_first_code() {
    let (scene, owner, here) = with_owner(903).await;
    let old = scene.with_phone(&here, &owner).await;
    let mut body = json!({ "password": owner.password });
    let refused = scene.ask(MFA, &here, &body).await;
    assert_refused(&refused, 422, "validation_failed");
    body["code"] = json!("000000");
    assert_refused(&scene.ask(MFA, &here, &body).await, 401, "invalid_mfa_code");
    scene.world.advance(CODE_STEP_S).await.unwrap();
    body["code"] = json!(scene.code(&old));
    let new = Phone::of(&scene.ask(MFA, &here, &body).await).unwrap();
    // The old one is asked for until the new one gave a code.
    scene.world.advance(CODE_STEP_S).await.unwrap();
    let half = scene.half(&owner).await;
    let early = scene.finish(&half, &scene.code(&new)).await;
    assert_refused(&early, 401, "invalid_mfa_code");
    assert_eq!(scene.finish(&half, &scene.code(&old)).await.status, 200);
    let first = json!({ "code": scene.code(&new) });
    assert_eq!(scene.ask(CONFIRM, &here, &first).await.status, 204);
    scene.world.advance(CODE_STEP_S).await.unwrap();
    let late = scene.finish(&half, &scene.code(&old)).await;
    assert_refused(&late, 401, "invalid_mfa_code");
    let recovery = scene.finish(&half, &old.recovery_codes[0]).await;
    assert_refused(&recovery, 401, "invalid_mfa_code");
    assert_eq!(scene.finish(&half, &scene.code(&new)).await.status, 200);
}

#[tokio::test]
async fn it_is_removed_by_who_has_both() {
    let (scene, owner, here) = with_owner(904).await;
    let body = json!({ "password": owner.password, "code": "000000" });
    assert_refused(&scene.ask(DISABLE, &here, &body).await, 409, "conflict");
    let phone = scene.with_phone(&here, &owner).await;
    let refused = scene.ask(DISABLE, &here, &body).await;
    assert_refused(&refused, 401, "invalid_mfa_code");
    scene.world.advance(CODE_STEP_S).await.unwrap();
    let code = scene.code(&phone);
    let stranger = json!({ "password": "another password", "code": code });
    let refused = scene.ask(DISABLE, &here, &stranger).await;
    assert_refused(&refused, 401, "invalid_credentials");
    let body = json!({ "password": owner.password, "code": code });
    assert_eq!(scene.ask(DISABLE, &here, &body).await.status, 204);
    assert_eq!(scene.shown(&here).await["isEnabled"], false);
    assert_eq!(scene.log_in(&owner).await.status, 200);
    let codes = scene.ask(RENEW, &here, &body).await;
    assert_refused(&codes, 409, "conflict");
}

#[tokio::test]
async fn a_half_sign_in_is_soon_over_and_is_nothing_by_itself() {
    let (scene, owner, here) = with_owner(905).await;
    let phone = scene.with_phone(&here, &owner).await;
    let half = scene.half(&owner).await;
    for path in [MFA, SESSIONS] {
        let refused = scene.call(Call::get(path).bearer(&half)).await;
        assert_refused(&refused, 401, "unauthenticated");
    }
    for forged in [
        "",
        "mt_a.b.c.d.e",
        here.refresh.as_str(),
        &format!("{half}0"),
    ] {
        let refused = scene.finish(forged, &scene.code(&phone)).await;
        assert_refused(&refused, 401, "invalid_credentials");
    }
    scene.pass(CODE_PATIENCE_S).await;
    let late = scene.finish(&half, &scene.code(&phone)).await;
    assert_refused(&late, 401, "invalid_credentials");
    // Another password ends those that have begun.
    let half = scene.half(&owner).await;
    let change = json!({
        "currentPassword": owner.password,
        "newPassword": "a horse of another colour",
    });
    let here = scene.finish(&half, &scene.code(&phone)).await;
    let here = SignedIn::of(&scene, &here).await;
    let changed = scene.ask("/api/v1/auth/password", &here, &change).await;
    assert_eq!(changed.status, 204, "{}", changed.text());
    scene.world.advance(CODE_STEP_S).await.unwrap();
    let over = scene.finish(&half, &scene.code(&phone)).await;
    assert_refused(&over, 401, "invalid_credentials");
}

#[tokio::test]
async fn an_enrollment_ends_and_needs_a_proved_address_and_the_password() {
    let scene = Scene::new(906).await;
    let owner = Owner::named("acme");
    scene.register("acme", &owner).await;
    let here = SignedIn::new(&scene, &owner).await;
    let body = json!({ "password": owner.password });
    let unproved = scene.ask(MFA, &here, &body).await;
    assert_refused(&unproved, 403, "email_unverified");
    scene.world.verify(&owner.email).await.unwrap();
    let stranger = json!({ "password": "another password" });
    let refused = scene.ask(MFA, &here, &stranger).await;
    assert_refused(&refused, 401, "invalid_credentials");
    let none = json!({ "password": owner.password, "code": "000000" });
    assert_refused(
        &scene.ask(MFA, &here, &none).await,
        422,
        "validation_failed",
    );
    let early = scene
        .ask(CONFIRM, &here, &json!({ "code": "000000" }))
        .await;
    assert_refused(&early, 409, "conflict");
    let phone = scene.enroll(&here, &owner).await;
    scene.pass(ENROLLMENT_LIFE_S).await;
    let here = SignedIn::new(&scene, &owner).await;
    let code = json!({ "code": scene.code(&phone) });
    assert_refused(&scene.ask(CONFIRM, &here, &code).await, 409, "conflict");
}

#[tokio::test]
async fn which_tenants_somebody_has_is_told_after_the_code_which_is_not_used_up_by_it() {
    let (scene, owner, here) = with_owner(907).await;
    let second = scene.register("birch", &owner).await;
    let phone = scene.with_phone(&here, &owner).await;
    let half = scene.half(&owner).await;
    scene.world.advance(CODE_STEP_S).await.unwrap();
    let code = scene.code(&phone);
    let wrong = scene.finish(&half, "000000").await;
    assert_refused(&wrong, 401, "invalid_mfa_code");
    let choose = scene.finish(&half, &code).await;
    assert_refused(&choose, 409, "choose_tenant");
    let body = json!({ "mfaToken": half, "code": code, "tenantId": second });
    let there = SignedIn::of(&scene, &scene.post(VERIFY, &body).await).await;
    let own = scene
        .call(Call::get("/api/v1/tenant/profile").bearer(&there.access))
        .await;
    assert_eq!(own.json()["name"], "The tenant birch");
    // The first step can say it too.
    let mut login = credentials(&owner);
    login["tenantId"] = json!(second);
    let half = scene.post("/api/v1/auth/login", &login).await;
    scene.world.advance(CODE_STEP_S).await.unwrap();
    let half = half.at("/mfaToken").unwrap();
    assert_eq!(scene.finish(&half, &scene.code(&phone)).await.status, 200);
}

/// Threat C5: many at once are no way around the count.
#[tokio::test]
async fn no_more_codes_are_looked_at_than_may_be_tried() {
    let (scene, owner, here) = with_owner(908).await;
    let phone = scene.with_phone(&here, &owner).await;
    let half = scene.half(&owner).await;
    let tries = (0..4 * CODES_MAX).map(|number| {
        let scene = &scene;
        let (half, code) = (half.as_str(), format!("{number:06}"));
        async move { scene.finish(half, &code).await }
    });
    let answers = join_all(tries).await;
    let looked_at = answers.iter().filter(|answer| answer.status == 401);
    assert!(looked_at.count() <= CODES_MAX as usize);
    // Another password begins the count again, and leaves the second factor.
    let forgotten = json!({ "email": owner.email });
    scene.post("/api/v1/auth/password/forgot", &forgotten).await;
    scene.world.advance(0).await.unwrap();
    let token = scene.world.token_to(&owner.email).await.unwrap();
    let renewed = Owner {
        password: "a horse of another colour".to_owned(),
        ..owner
    };
    let reset = json!({ "token": token, "newPassword": renewed.password });
    let reset = scene.post("/api/v1/auth/password/reset", &reset).await;
    assert_eq!(reset.status, 204, "{}", reset.text());
    scene.world.advance(CODE_STEP_S).await.unwrap();
    let over = scene.finish(&half, &scene.code(&phone)).await;
    assert_refused(&over, 401, "invalid_credentials");
    let half = scene.half(&renewed).await;
    assert_eq!(scene.finish(&half, &scene.code(&phone)).await.status, 200);
}
