//! Sign-ins that a browser keeps in cookies: how they begin, go on, move and end.

use kernel::limits::{ACCESS_TOKEN_LIFE_S, REFRESH_GRACE_S, REFRESH_TOKEN_LIFE_S};
use serde_json::{Value, json};
use tests::client::{Answer, Call, assert_refused, pointers};
use tests::portal::{ACCESS, CSRF, LOCAL, Portal, REFRESH, attributes};
use tests::walkthrough::{Owner, Phone, begin_sign_in, give_phone};

use super::scene::{Scene, credentials};
use super::signed_in::{SESSIONS, minute};

mod forgeries;
mod pages;

const LOGIN: &str = "/api/v1/auth/login";
const PROFILE: &str = "/api/v1/tenant/profile";
const SWITCH: &str = "/api/v1/auth/switch";

impl Scene {
    async fn portal(&self, owner: &Owner, tenant: Option<&str>) -> Portal {
        let mut portal = Portal::at(LOCAL);
        let client = self.world.client();
        portal.sign_in(&client, owner, tenant).await.unwrap();
        portal
    }

    async fn read(&self, portal: &Portal) -> Answer {
        self.call(portal.read(Call::get(PROFILE))).await
    }

    /// Makes a request as a page of the portal, and keeps the cookies that come back.
    async fn go(&self, portal: &mut Portal, call: Call) -> Answer {
        let answer = self.call(call).await;
        portal.keep(&answer).unwrap();
        answer
    }
}

/// A call that gives the tenant another name.
fn rename(name: &str) -> Call {
    Call::put(PROFILE, &json!({ "name": name })).if_match("*")
}

async fn signed_in(seed: u64) -> (Scene, Owner, Portal) {
    let scene = Scene::new(seed).await;
    let owner = Owner::named("acme");
    scene.register("acme", &owner).await;
    let portal = scene.portal(&owner, None).await;
    (scene, owner, portal)
}

fn asking_for_cookies(owner: &Owner) -> Value {
    let mut body = credentials(owner);
    body["tokensIn"] = json!("cookies");
    body
}

fn assert_clears(answer: &Answer) {
    assert_eq!(answer.status, 204, "{}", answer.text());
    for name in [ACCESS, REFRESH, CSRF] {
        let attributes = attributes(answer, name).unwrap();
        assert_eq!(attributes[0], "Max-Age=0", "{name}");
    }
}

fn assert_sets_nothing(answer: &Answer) {
    assert!(!answer.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn tokens_stand_in_cookies_of_the_host_and_not_in_the_body() {
    let (scene, owner, _) = signed_in(950).await;
    let call = Portal::at(LOCAL).write(Call::post(LOGIN, &asking_for_cookies(&owner)));
    let answer = scene.call(call).await;
    assert_eq!(answer.status, 204);
    assert!(answer.bytes.is_empty());
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.headers.get_all("set-cookie").iter().count(), 3);
    let hidden = ["Path=/", "Secure", "HttpOnly", "SameSite=Strict"];
    let readable = ["Path=/", "Secure", "SameSite=Strict"];
    for (name, life_s, expected) in [
        (ACCESS, ACCESS_TOKEN_LIFE_S, &hidden[..]),
        (REFRESH, REFRESH_TOKEN_LIFE_S, &hidden),
        (CSRF, REFRESH_TOKEN_LIFE_S, &readable),
    ] {
        let attributes = attributes(&answer, name).unwrap();
        assert_eq!(attributes[0], format!("Max-Age={life_s}"), "{name}");
        assert_eq!(&attributes[1..], expected, "{name}");
    }
    let mut portal = Portal::at(LOCAL);
    portal.keep(&answer).unwrap();
    assert_eq!(portal.cookie(CSRF).len(), 64);
    assert_eq!(scene.read(&portal).await.status, 200);
    // Who asks for none gets none, and the other way round.
    let plain = scene.log_in(&owner).await;
    assert_sets_nothing(&plain);
    assert!(plain.at("/accessToken").is_ok());
    for wrong in ["Cookies", "cookie", ""] {
        let mut body = credentials(&owner);
        body["tokensIn"] = json!(wrong);
        assert_eq!(pointers(&scene.post(LOGIN, &body).await), ["/tokensIn"]);
    }
}

/// Threat C1: a refresh token in a cookie works once too, and a refusal takes nobody's newer cookies away.
#[tokio::test]
async fn each_refresh_takes_the_place_of_the_cookies_before() {
    let (scene, _, mut portal) = signed_in(951).await;
    let first = portal.clone();
    scene.pass(ACCESS_TOKEN_LIFE_S + 60).await;
    assert_refused(&scene.read(&portal).await, 401, "token_expired");
    let refresh = portal.refresh();
    let next = scene.go(&mut portal, refresh).await;
    assert_eq!(next.status, 204, "{}", next.text());
    assert!(next.bytes.is_empty());
    for name in [ACCESS, REFRESH] {
        assert_ne!(portal.cookie(name), first.cookie(name), "{name}");
    }
    assert_eq!(portal.cookie(CSRF), first.cookie(CSRF), "one sign-in");
    assert_eq!(scene.read(&portal).await.status, 200);
    assert_eq!(
        scene.call(portal.write(rename("Renamed"))).await.status,
        200
    );
    // Another tab was slower: it gets what the first one got.
    let mut slower = first.clone();
    let again = scene.go(&mut slower, first.refresh()).await;
    assert_eq!(again.status, 204, "{}", again.text());
    assert_eq!(slower.cookie(REFRESH), portal.cookie(REFRESH));
    scene.pass(REFRESH_GRACE_S + 1).await;
    for late in [&first, &portal] {
        let refused = scene.call(late.refresh()).await;
        assert_refused(&refused, 401, "invalid_credentials");
        assert_sets_nothing(&refused);
    }
}

#[tokio::test]
async fn a_refresh_is_of_the_body_or_of_the_cookie() {
    let (scene, owner, portal) = signed_in(952).await;
    let plain = scene.log_in(&owner).await;
    let body = json!({ "refreshToken": plain.at("/refreshToken").unwrap() });
    // What stands in the body is meant, whatever cookies say, and whoever asks.
    let both = portal.read(Call::post("/api/v1/auth/refresh", &body));
    let next = scene.call(both).await;
    assert_eq!(next.status, 200, "{}", next.text());
    assert_sets_nothing(&next);
    let none = Portal::at(LOCAL);
    for call in [none.refresh(), none.log_out()] {
        assert_eq!(pointers(&scene.call(call).await), ["/refreshToken"]);
    }
    assert_eq!(scene.call(portal.refresh()).await.status, 204);
}

#[tokio::test]
async fn going_to_another_tenant_takes_the_cookies_along() {
    let scene = Scene::new(953).await;
    let owner = Owner::named("acme");
    let first = scene.register("acme", &owner).await;
    let second = scene.register("birch", &owner).await;
    let mut portal = scene.portal(&owner, Some(&first)).await;
    let before = portal.clone();
    let choice = json!({ "tenantId": second });
    let foreign = portal.read(Call::post(SWITCH, &choice));
    assert_refused(&scene.call(foreign).await, 403, "cross_site");
    let switch = portal.write(Call::post(SWITCH, &choice));
    let switched = scene.go(&mut portal, switch).await;
    assert_eq!(switched.status, 204, "{}", switched.text());
    let profile = scene.read(&portal).await;
    assert_eq!(profile.at("/subdomain").unwrap(), "birch");
    assert_ne!(portal.cookie(CSRF), before.cookie(CSRF), "another sign-in");
    let mixed = portal.clone().holding(CSRF, Some(before.cookie(CSRF)));
    let refused = scene.call(mixed.write(rename("Mixed"))).await;
    assert_refused(&refused, 403, "cross_site");
    let named = scene.call(portal.write(rename("Named"))).await;
    assert_eq!(named.status, 200, "{}", named.text());
    // With a bearer token it stays what it was, whatever cookies are there.
    let mut body = credentials(&owner);
    body["tenantId"] = json!(first);
    let token = scene.post(LOGIN, &body).await;
    let token = token.at("/accessToken").unwrap();
    let switch = portal.read(Call::post(SWITCH, &choice)).bearer(&token);
    let switched = scene.call(switch).await;
    assert_eq!(switched.status, 200, "{}", switched.text());
    assert_sets_nothing(&switched);
}

#[tokio::test]
async fn a_second_factor_ends_in_cookies_too() {
    let (scene, owner, _) = signed_in(954).await;
    scene.world.verify(&owner.email).await.unwrap();
    let client = scene.world.client();
    let token = scene.log_in(&owner).await.at("/accessToken").unwrap();
    let now = kernel::Clock::now(&scene.world.clock);
    let phone: Phone = give_phone(&client, &token, &owner, now).await.unwrap();
    let mut portal = Portal::at(LOCAL);
    let begun = portal.write(Call::post(LOGIN, &asking_for_cookies(&owner)));
    let begun = scene.call(begun).await;
    assert_refused(&begun, 401, "mfa_code_required");
    assert_sets_nothing(&begun);
    let half = begin_sign_in(&client, &owner).await.unwrap();
    let code = &phone.recovery_codes[0];
    let body = json!({ "mfaToken": half, "code": code, "tokensIn": "cookies" });
    let verify = Call::post("/api/v1/auth/mfa/verify", &body);
    let foreign = verify.clone().with("origin", "https://evil.example");
    assert_refused(&scene.call(foreign).await, 403, "cross_site");
    // The code was not used up.
    let verified = portal.write(verify);
    let verified = scene.go(&mut portal, verified).await;
    assert_eq!(verified.status, 204, "{}", verified.text());
    assert_eq!(scene.read(&portal).await.status, 200);
}

#[tokio::test]
async fn signing_out_clears_the_cookies_and_ends_the_sign_in() {
    let (scene, owner, mut portal) = signed_in(955).await;
    let before = portal.clone();
    let stranger = portal.read(Call::new(http::Method::POST, "/api/v1/auth/logout"));
    let refused = scene.call(stranger).await;
    assert_refused(&refused, 403, "cross_site");
    assert_sets_nothing(&refused);
    let out = portal.log_out();
    let out = scene.go(&mut portal, out).await;
    assert_clears(&out);
    assert!(portal.is_empty());
    assert_refused(
        &scene.call(before.refresh()).await,
        401,
        "invalid_credentials",
    );
    // A second time changes nothing, and clears again.
    assert_clears(&scene.call(before.log_out()).await);
    // With a body nothing is cleared.
    let plain = scene.log_in(&owner).await;
    let body = json!({ "refreshToken": plain.at("/refreshToken").unwrap() });
    let out = scene.post("/api/v1/auth/logout", &body).await;
    assert_eq!(out.status, 204);
    assert_sets_nothing(&out);
}

#[tokio::test]
async fn who_ends_the_own_sign_in_loses_its_cookies() {
    let (scene, owner, portal) = signed_in(956).await;
    let other = scene.portal(&owner, None).await;
    let list = scene.call(portal.read(Call::get(SESSIONS))).await.json();
    let of = |is_current: bool| {
        let items = list["items"].as_array().unwrap().iter();
        let mut ids = items.filter(|item| item["isCurrent"] == is_current);
        format!("{SESSIONS}/{}", ids.next().unwrap()["id"].as_str().unwrap())
    };
    let ended = scene.call(portal.write(Call::delete(of(false)))).await;
    assert_eq!(ended.status, 204, "{}", ended.text());
    assert_sets_nothing(&ended);
    assert_refused(
        &scene.call(other.refresh()).await,
        401,
        "invalid_credentials",
    );
    assert_clears(&scene.call(portal.write(Call::delete(of(true)))).await);
    let portal = scene.portal(&owner, None).await;
    assert_clears(&scene.call(portal.write(Call::delete(SESSIONS))).await);
    minute(&scene).await;
    assert_refused(&scene.read(&portal).await, 401, "token_expired");
    let portal = scene.portal(&owner, None).await;
    let body = json!({ "currentPassword": owner.password, "newPassword": "a longer horse staple" });
    let change = Call::post("/api/v1/auth/password", &body);
    assert_clears(&scene.call(portal.write(change)).await);
    let bearer = Owner {
        password: "a longer horse staple".to_owned(),
        ..owner
    };
    let token = scene.log_in(&bearer).await.at("/accessToken").unwrap();
    let ended = scene.call(Call::delete(SESSIONS).bearer(&token)).await;
    assert_eq!(ended.status, 204);
    assert_sets_nothing(&ended);
}

#[tokio::test]
async fn a_suspended_tenants_cookies_are_as_good_as_its_tokens() {
    let (scene, _, portal) = signed_in(957).await;
    let tenant = scene.read(&portal).await.at("/id").unwrap();
    let operator = scene.world.operator().await.unwrap();
    let path = format!("/api/v1/admin/tenants/{tenant}/suspend");
    let suspend = Call::post(path, &json!({ "reason": "unpaid" })).bearer(&operator);
    assert_eq!(scene.call(suspend).await.status, 200);
    minute(&scene).await;
    assert_refused(&scene.read(&portal).await, 403, "tenant_inactive");
    let write = scene.call(portal.write(rename("Renamed"))).await;
    assert_refused(&write, 403, "tenant_inactive");
    let refused = scene.call(portal.refresh()).await;
    assert_refused(&refused, 403, "tenant_inactive");
    assert_clears(&scene.call(portal.log_out()).await);
}

#[tokio::test]
async fn an_operator_signs_in_as_a_browser_too() {
    let scene = Scene::new(958).await;
    scene.world.operator().await.unwrap();
    let portal = scene.portal(&Owner::operator(), None).await;
    let list = portal.read(Call::get("/api/v1/admin/tenants"));
    assert_eq!(scene.call(list).await.status, 200);
    let tenant = scene.register("acme", &Owner::named("acme")).await;
    let path = format!("/api/v1/admin/tenants/{tenant}/suspend");
    let suspend = Call::post(path, &json!({ "reason": "unpaid" }));
    let foreign = scene.call(portal.read(suspend.clone())).await;
    assert_refused(&foreign, 403, "cross_site");
    assert_eq!(scene.call(portal.write(suspend)).await.status, 200);
}
