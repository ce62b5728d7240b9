//! What people do to services, done once: as members of a tenant, and with what comes to their mailbox.

use http::{Method, StatusCode};
use jiff::SignedDuration;
use kernel::Clock;
use serde_json::json;
use tenancy::Role;
use tests::client::{Call, Client};
use tests::support::{ADMIN_SESSIONS, SESSIONS, begin, enter};
use tests::walkthrough::{
    CODE_STEP_S, begin_sign_in, give_phone, make_api_key, make_website, sign_in_to,
};
use tests::world::{BREAK_GLASS_KEY, Settled, World};

use super::rounds::{call, change, delete};

/// Members of a tenant: seen, changed, let go; and one who leaves.
pub(super) async fn members(world: &World, client: &Client<'_>, acme: &Settled, rival: &Settled) {
    let token = acme.tokens.access.as_str();
    let join = async || {
        let (email, role) = (&rival.owner.email, Role::TenantAdmin);
        let person = world.join(&acme.tenant, email, role).await.unwrap();
        format!("/api/v1/tenant/users/{person}")
    };
    let place = join().await;
    let list = Call::get("/api/v1/tenant/users").bearer(token);
    call(client, StatusCode::OK, list).await;
    let toggle = Call::new(Method::POST, format!("{place}/toggle_status")).bearer(token);
    call(client, StatusCode::OK, toggle).await;
    let operator = world.operator().await.unwrap();
    let tier = format!("/api/v1/admin/tenants/{}/tier", acme.tenant);
    let tier = Call::put(tier, &json!({ "tier": "Professional" })).bearer(&operator);
    call(client, StatusCode::OK, tier).await;
    let second = make_website(client, token, "second").await.unwrap();
    let on = |website: &str| {
        let id = website.rsplit('/').next();
        json!({ "websiteId": id, "role": "contentEditor" })
    };
    let websites = [on(&acme.website), on(&second)];
    let editor = json!({ "role": "member", "state": "active", "websites": websites });
    change(client, token, &place, &editor).await;
    let signed_in = sign_in_to(client, &rival.owner, &acme.tenant).await;
    let list = Call::get("/api/v1/websites").bearer(&signed_in.unwrap().access);
    call(client, StatusCode::OK, list).await;
    delete(client, token, &place, StatusCode::NO_CONTENT).await;
    let gone = Call::get(&place).bearer(token);
    call(client, StatusCode::NOT_FOUND, gone).await;
    join().await;
    let own = Call::get("/api/v1/auth/tenants").bearer(&rival.tokens.access);
    call(client, StatusCode::OK, own).await;
    let leave = format!("/api/v1/auth/tenants/{}", acme.tenant);
    let leave = Call::delete(leave).bearer(&rival.tokens.access);
    call(client, StatusCode::NO_CONTENT, leave).await;
}

/// An address that is invited, reminded, and accepts; and one that is not invited any more.
pub(super) async fn invitations(world: &World, client: &Client<'_>, acme: &Settled) {
    let token = acme.tokens.access.as_str();
    world.verify(&acme.owner.email).await.unwrap();
    let invited = async |email: &str| {
        let body = json!({ "email": email, "role": "contentEditor" });
        let invite = Call::post("/api/v1/tenant/users", &body).bearer(token);
        let made = call(client, StatusCode::CREATED, invite).await;
        made.header("location").to_owned()
    };
    let place = invited("new@guests.example").await;
    let list = Call::get("/api/v1/tenant/invitations").bearer(token);
    call(client, StatusCode::OK, list).await;
    let resend = Call::new(Method::POST, format!("{place}/resend")).bearer(token);
    call(client, StatusCode::OK, resend).await;
    world.advance(0).await.unwrap();
    let link = world.token_to("new@guests.example").await.unwrap();
    let look = json!({ "token": link });
    let look = Call::post("/api/v1/auth/invitations/lookup", &look);
    call(client, StatusCode::OK, look).await;
    let accept = json!({ "token": link, "password": "a horse of another colour" });
    let accept = Call::post("/api/v1/auth/invitations/accept", &accept);
    call(client, StatusCode::OK, accept).await;
    let place = invited("other@guests.example").await;
    delete(client, token, &place, StatusCode::NO_CONTENT).await;
}

/// A program that acts with an API key, which is given another secret, and ends.
pub(super) async fn api_keys(client: &Client<'_>, acme: &Settled) {
    const KEYS: &str = "/api/v1/tenant/api-keys";
    let token = acme.tokens.access.as_str();
    let (place, key) = make_api_key(client, token).await.unwrap();
    let list = Call::get("/api/v1/websites").bearer(&key);
    call(client, StatusCode::OK, list).await;
    let usage = format!("{place}/usage");
    let trail = "/api/v1/tenant/audit";
    let [export, verify] = ["export", "verify"].map(|part| format!("{trail}/{part}"));
    for path in [
        KEYS,
        &place,
        &usage,
        "/api/v1/tenant/limits",
        "/api/v1/tenant/security-events",
        trail,
        &export,
        &verify,
    ] {
        call(client, StatusCode::OK, Call::get(path).bearer(token)).await;
    }
    let rotate = Call::post(format!("{place}/rotate"), &json!({})).bearer(token);
    let rotate = rotate.if_match("*");
    call(client, StatusCode::OK, rotate).await;
    let website = acme.website.rsplit('/').next();
    let narrower = json!({ "name": "Build", "scopes": ["content.read"], "websites": [website] });
    let change = Call::put(&place, &narrower).bearer(token);
    call(client, StatusCode::OK, change.if_match("\"2\"")).await;
    delete(client, token, &place, StatusCode::NO_CONTENT).await;
}

/// An operator who is let in, and sent out again.
pub(super) async fn support(client: &Client<'_>, operator: &str, acme: &Settled) {
    let token = acme.tokens.access.as_str();
    let begun = call(client, StatusCode::CREATED, begin(60, true).bearer(token)).await;
    let (id, tenant) = (begun.at("/id").unwrap(), acme.tenant.as_str());
    let place = format!("{SESSIONS}/{id}");
    for path in [SESSIONS, &place] {
        call(client, StatusCode::OK, Call::get(path).bearer(token)).await;
    }
    let list = Call::get(format!("{ADMIN_SESSIONS}?tenantId={tenant}"));
    call(client, StatusCode::OK, list.bearer(operator)).await;
    let entered = enter(tenant, &id).bearer(operator);
    let entered = client.call(entered).await.unwrap();
    let entered = entered.expect(StatusCode::OK).unwrap();
    let access = entered.at("/accessToken").unwrap();
    let profile = Call::get("/api/v1/tenant/profile").bearer(&access);
    call(client, StatusCode::OK, profile).await;
    let end = Call::delete(place).bearer(token);
    call(client, StatusCode::NO_CONTENT, end).await;
    let key = json!({ "key": BREAK_GLASS_KEY });
    let came = Call::post("/api/v1/auth/break-glass", &key);
    let came = client.call(came).await.unwrap();
    came.expect(StatusCode::OK).unwrap();
}

/// An address that is proved, and a password that is forgotten.
pub(super) async fn mailbox(world: &World, client: &Client<'_>, rival: &Settled) {
    let status = StatusCode::NO_CONTENT;
    let email = rival.owner.email.as_str();
    let again = Call::new(Method::POST, "/api/v1/auth/verification");
    call(client, status, again.bearer(&rival.tokens.access)).await;
    world.advance(0).await.unwrap();
    let token = json!({ "token": world.token_to(email).await.unwrap() });
    call(client, status, Call::post("/api/v1/auth/verify", &token)).await;
    let forgotten = Call::post("/api/v1/auth/password/forgot", &json!({ "email": email }));
    call(client, status, forgotten).await;
    world.advance(0).await.unwrap();
    let reset = json!({
        "token": world.token_to(email).await.unwrap(),
        "newPassword": rival.owner.password,
    });
    let reset = Call::post("/api/v1/auth/password/reset", &reset);
    call(client, status, reset).await;
}

/// An authenticator that is set up, asked for, and removed.
pub(super) async fn second_factor(world: &World, client: &Client<'_>, acme: &Settled) {
    const MFA: &str = "/api/v1/auth/mfa";
    let (owner, token) = (&acme.owner, acme.tokens.access.as_str());
    let now = world.clock.now();
    let phone = give_phone(client, token, owner, now).await.unwrap();
    call(client, StatusCode::OK, Call::get(MFA).bearer(token)).await;
    let half = begin_sign_in(client, owner).await.unwrap();
    let verify = |code: &str| {
        let body = json!({ "mfaToken": half, "code": code });
        Call::post(format!("{MFA}/verify"), &body)
    };
    call(client, StatusCode::UNAUTHORIZED, verify("000000")).await;
    call(client, StatusCode::OK, verify(&phone.recovery_codes[0])).await;
    // The code of now was taken.
    let next = phone.code(now + SignedDuration::from_secs(CODE_STEP_S));
    let both = json!({ "password": owner.password, "code": next });
    let renew = Call::post(format!("{MFA}/recovery-codes"), &both).bearer(token);
    let renewed = call(client, StatusCode::OK, renew).await;
    let code = renewed.at("/recoveryCodes/0").unwrap();
    let body = json!({ "password": owner.password, "code": code });
    let disable = Call::post(format!("{MFA}/disable"), &body).bearer(token);
    call(client, StatusCode::NO_CONTENT, disable).await;
}
