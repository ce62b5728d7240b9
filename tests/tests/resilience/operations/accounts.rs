//! The operations of people, tenants and operators.

use kernel::Clock;
use serde_json::json;
use tests::client::Call;
use tests::reports::{PUBLISHED_AT, isolation_report};
use tests::support::{ADMIN_SESSIONS, SESSIONS, begin, enter};
use tests::walkthrough::Owner;
use tests::world::BREAK_GLASS_KEY;

use super::{
    CODES, Cases, ENROLLMENTS, GONE, LINKS, OVER, OVER_OR_GONE, PROOFS, READINGS, SIGN_INS, STALE,
};
use crate::scene::{Cast, etag, post};

pub(super) async fn identity(cases: &mut Cases, cast: &Cast) {
    let call = Owner::named("new").registration();
    cases.add(
        "register_tenant",
        "",
        202,
        call.with("idempotency-key", "registration"),
    );
    let owner = &cast.acme.owner;
    let login = json!({
        "email": owner.email, "password": owner.password, "tenantId": cast.acme.tenant,
    });
    cases.add("log_in", "", 200, Call::post("/api/v1/auth/login", &login));
    if let Some(case) = cases.made.last_mut() {
        case.repeated = SIGN_INS;
    }
    let refresh = json!({ "refreshToken": cast.acme.tokens.refresh });
    cases.add(
        "refresh_tokens",
        "",
        200,
        Call::post("/api/v1/auth/refresh", &refresh),
    );
    cases.add(
        "log_out",
        "",
        204,
        Call::post("/api/v1/auth/logout", &refresh),
    );
    let token = cast.acme.tokens.access.as_str();
    let sessions = "/api/v1/auth/sessions";
    let list = || Call::get(sessions).bearer(token);
    cases.add("list_sessions", "", 200, list());
    let call = Call::delete(sessions).bearer(token);
    cases.add_again("end_sessions", "", (204, OVER), call);
    let client = cases.base.world.client();
    let all = client.call(list()).await.unwrap();
    let call = Call::delete(format!("{sessions}/{}", all.at("/items/1/id").unwrap()));
    cases.add_again("end_session", "", (204, GONE), call.bearer(token));
    own(cases, cast);
    second_factors(cases, cast);
    members(cases, cast).await;
    invitations(cases, cast).await;
    api_keys(cases, cast).await;
    support(cases, cast);
    let keys = "/.well-known/jwks.json";
    cases.add("get_jwks", "", 200, Call::get(keys));
    let discovery = "/.well-known/openid-configuration";
    cases.add("get_openid_configuration", "", 200, Call::get(discovery));
}

/// What concerns a person alone.
fn own(cases: &mut Cases, cast: &Cast) {
    let token = cast.acme.tokens.access.as_str();
    let tenants = "/api/v1/auth/tenants";
    cases.add(
        "list_own_tenants",
        "",
        200,
        Call::get(tenants).bearer(token),
    );
    let switch = json!({ "tenantId": cast.elsewhere });
    let switch = Call::post("/api/v1/auth/switch", &switch).bearer(token);
    cases.add("switch_tenant", "", 200, switch);
    if let Some(case) = cases.made.last_mut() {
        case.repeated = SIGN_INS;
    }
    for (way, tenant, again) in [
        ("", &cast.acme.tenant, OVER_OR_GONE),
        ("elsewhere", &cast.elsewhere, GONE),
    ] {
        let leave = Call::delete(format!("{tenants}/{tenant}")).bearer(token);
        cases.add_again("leave_tenant", way, (204, again), leave);
    }
    let change = json!({
        "currentPassword": cast.acme.owner.password,
        "newPassword": "a horse of another colour",
    });
    let forgotten = json!({ "email": cast.acme.owner.email });
    let path = "/api/v1/auth/password/forgot";
    cases.add("forget_password", "", 204, Call::post(path, &forgotten));
    if let Some(case) = cases.made.last_mut() {
        case.repeated = LINKS;
    }
    let again = Call::new(http::Method::POST, "/api/v1/auth/verification");
    let again = again.bearer(&cast.unproved);
    cases.add("ask_for_verification", "", 204, again);
    if let Some(case) = cases.made.last_mut() {
        case.repeated = LINKS;
    }
    let path = "/api/v1/auth/verify";
    let followed = json!({ "token": cast.verification });
    cases.add("verify_email", "", 204, Call::post(path, &followed));
    cases.add_again("appeal", "", (204, &[410]), cast.appeal.clone());
    let path = "/api/v1/auth/password/reset";
    let reset = json!({ "token": cast.reset, "newPassword": "a horse of another colour" });
    let reset = Call::post(path, &reset);
    cases.add_again("reset_password", "", (204, &[410]), reset);
    let path = "/api/v1/auth/password";
    let call = Call::post(path, &change).bearer(token);
    cases.add_again("change_password", "", (204, OVER), call);
    let path = format!("/api/v1/users/{}/change_password", cast.owner);
    let call = Call::post(path, &change).bearer(token);
    cases.add_again("change_password_of", "", (204, OVER), call);
}

/// What people have beside a password. Recovery codes are good at any time.
fn second_factors(cases: &mut Cases, cast: &Cast) {
    const MFA: &str = "/api/v1/auth/mfa";
    let (token, careful) = (cast.acme.tokens.access.as_str(), &cast.careful);
    let get = Call::get(MFA).bearer(&careful.access);
    cases.add("get_second_factor", "", 200, get);
    let begin = cases.made.len();
    let body = json!({ "password": cast.acme.owner.password });
    let enroll = Call::post(MFA, &body).bearer(token);
    cases.add("enroll_authenticator", "", 200, enroll);
    let code = |number: usize| &careful.phone.recovery_codes[number];
    let body = json!({ "password": careful.owner.password, "code": code(1) });
    let enroll = Call::post(MFA, &body).bearer(&careful.access);
    cases.add_again("enroll_authenticator", "again", (200, OVER), enroll);
    for case in &mut cases.made[begin..] {
        case.repeated = ENROLLMENTS;
    }
    let begin = cases.made.len();
    let first = cast.starting.phone.code(cases.base.world.clock.now());
    let confirm = Call::post(format!("{MFA}/confirm"), &json!({ "code": first }));
    let confirm = confirm.bearer(&cast.starting.access);
    cases.add("confirm_authenticator", "", 204, confirm);
    let shown = careful.phone.code(cases.base.world.clock.now());
    let both = json!({ "password": careful.owner.password, "code": shown });
    let renew = Call::post(format!("{MFA}/recovery-codes"), &both);
    let renew = renew.bearer(&careful.access);
    cases.add_again("renew_recovery_codes", "", (200, OVER), renew);
    let disable = Call::post(format!("{MFA}/disable"), &body).bearer(&careful.access);
    cases.add_again("remove_second_factor", "", (204, &[409]), disable);
    let body = json!({ "mfaToken": careful.half, "code": code(1) });
    let verify = Call::post(format!("{MFA}/verify"), &body);
    cases.add_again("verify_code", "", (200, OVER), verify);
    for case in &mut cases.made[begin..] {
        case.repeated = CODES;
    }
}

/// What a tenant admin does with the others.
async fn members(cases: &mut Cases, cast: &Cast) {
    let token = cast.acme.tokens.access.as_str();
    let members = "/api/v1/tenant/users";
    let member = format!("{members}/{}", cast.admin);
    cases.add("list_members", "", 200, Call::get(members).bearer(token));
    cases.add("get_member", "", 200, Call::get(&member).bearer(token));
    let version = etag(&cases.base.world, token, &member).await;
    let body = json!({ "role": "contentEditor", "state": "disabled" });
    let call = Call::put(&member, &body).bearer(token).if_match(&version);
    cases.add_again("update_member", "", (200, STALE), call);
    let call = Call::delete(&member).bearer(token).if_match(&version);
    cases.add_again("remove_member", "", (204, GONE), call);
    let roles = "/api/v1/tenant/roles";
    cases.add("get_roles", "", 200, Call::get(roles).bearer(token));
    let version = etag(&cases.base.world, token, roles).await;
    let body = json!({ "roles": [{ "role": "member", "permissions": ["tenant.read"] }] });
    let call = Call::put(roles, &body).bearer(token).if_match(&version);
    cases.add_again("set_roles", "", (200, STALE), call);
    let call = post(format!("{member}/toggle_status")).bearer(token);
    let call = call.with("idempotency-key", "once");
    cases.add("toggle_member", "keyed", 200, call);
}

/// How somebody becomes a member.
async fn invitations(cases: &mut Cases, cast: &Cast) {
    let token = cast.acme.tokens.access.as_str();
    let new = json!({ "email": "new@guests.example", "role": "websiteAdmin" });
    let call = Call::post("/api/v1/tenant/users", &new).bearer(token);
    cases.add_again("invite_member", "", (201, &[409]), call.clone());
    let call = call.with("idempotency-key", "invitation");
    cases.add("invite_member", "keyed", 201, call);
    let list = Call::get("/api/v1/tenant/invitations").bearer(token);
    cases.add("list_invitations", "", 200, list);
    let place = cast.invitation.as_str();
    cases.add("get_invitation", "", 200, Call::get(place).bearer(token));
    let version = etag(&cases.base.world, token, place).await;
    let call = Call::delete(place).bearer(token).if_match(&version);
    cases.add_again("withdraw_invitation", "", (204, GONE), call);
    let call = post(format!("{place}/resend")).bearer(token);
    let call = call.with("idempotency-key", "once");
    cases.add("resend_invitation", "keyed", 200, call);
    let link = json!({ "token": cast.link });
    let call = Call::post("/api/v1/auth/invitations/lookup", &link);
    cases.add("look_up_invitation", "", 200, call);
    let accept = json!({ "token": cast.link, "password": "a horse of another colour" });
    let call = Call::post("/api/v1/auth/invitations/accept", &accept);
    cases.add_again("accept_invitation", "", (200, &[410]), call);
    if let Some(case) = cases.made.last_mut() {
        case.repeated = PROOFS;
    }
}

/// What programs show.
async fn api_keys(cases: &mut Cases, cast: &Cast) {
    const KEYS: &str = "/api/v1/tenant/api-keys";
    let token = cast.acme.tokens.access.as_str();
    let new = json!({ "name": "Build", "scopes": ["content.read"] });
    let call = Call::post(KEYS, &new).bearer(token);
    let call = call.with("idempotency-key", "key");
    cases.add("create_api_key", "keyed", 201, call);
    cases.add("list_api_keys", "", 200, Call::get(KEYS).bearer(token));
    let place = cast.key.as_str();
    cases.add("get_api_key", "", 200, Call::get(place).bearer(token));
    let usage = Call::get(format!("{place}/usage")).bearer(token);
    cases.add("list_api_key_usage", "", 200, usage);
    let version = etag(&cases.base.world, token, place).await;
    let call = Call::put(place, &new).bearer(token).if_match(&version);
    cases.add_again("update_api_key", "", (200, STALE), call);
    let call = Call::delete(place).bearer(token).if_match(&version);
    cases.add_again("delete_api_key", "", (204, GONE), call);
    let call = Call::post(format!("{place}/rotate"), &json!({})).bearer(token);
    let call = call.if_match("*").with("idempotency-key", "once");
    cases.add("rotate_api_key", "keyed", 200, call);
}

/// How operators come into a tenant. That one does is noted each time.
fn support(cases: &mut Cases, cast: &Cast) {
    let (token, operator) = (cast.acme.tokens.access.as_str(), cast.operator.as_str());
    let call = begin(60, false).bearer(token);
    let call = call.with("idempotency-key", "support");
    cases.add("begin_support", "keyed", 201, call);
    cases.add("list_support", "", 200, Call::get(SESSIONS).bearer(token));
    let place = format!("{SESSIONS}/{}", cast.support);
    let get = Call::get(place.as_str()).bearer(token);
    cases.add("get_support", "", 200, get);
    let end = Call::delete(place).bearer(token);
    cases.add("end_support", "", 204, end);
    let tenant = &cast.acme.tenant;
    let list = Call::get(format!("{ADMIN_SESSIONS}?tenantId={tenant}"));
    cases.add("list_support_of", "", 200, list.bearer(operator));
    let break_glass = json!({ "key": BREAK_GLASS_KEY });
    let break_glass = Call::post("/api/v1/auth/break-glass", &break_glass);
    for (operation, call) in [
        (
            "enter_support",
            enter(tenant, &cast.support).bearer(operator),
        ),
        ("break_glass", break_glass),
    ] {
        cases.add(operation, "", 200, call);
        if let Some(case) = cases.made.last_mut() {
            case.repeated = SIGN_INS;
        }
    }
}

pub(super) async fn tenants(cases: &mut Cases, cast: &Cast) {
    let token = cast.acme.tokens.access.as_str();
    let profile = "/api/v1/tenant/profile";
    cases.add("get_profile", "", 200, Call::get(profile).bearer(token));
    let limits = Call::get("/api/v1/tenant/limits").bearer(token);
    cases.add("get_limits", "", 200, limits);
    let version = etag(&cases.base.world, token, profile).await;
    let call = Call::put(profile, &json!({ "name": "Another", "locale": "de" }));
    let call = call.bearer(token).if_match(&version);
    cases.add_again("update_profile", "", (200, STALE), call);
    let operation = Call::get(&cast.operation).bearer(token);
    cases.add("get_operation", "", 200, operation);
    for (operation, path) in [
        ("get_openapi", "/api/v1/openapi.json"),
        ("list_problems", "/api/v1/problems"),
        ("get_problem", "/api/v1/problems/not_found"),
    ] {
        cases.add(operation, "", 200, Call::get(path));
    }
}

pub(super) fn governance(cases: &mut Cases, cast: &Cast) {
    let (tenant, operator) = (&cast.acme.tokens.access, &cast.operator);
    let (own, all) = ("/api/v1/tenant/audit", "/api/v1/admin/audit");
    let list = Call::get(format!("{own}?action=create&limit=5"));
    cases.add("list_audit", "", 200, list.bearer(tenant));
    let events = Call::get("/api/v1/tenant/security-events?limit=5");
    cases.add("list_security_events", "", 200, events.bearer(tenant));
    let verify = Call::get(format!("{own}/verify"));
    cases.add("verify_audit", "", 200, verify.bearer(tenant));
    let verify = Call::get(format!("{all}/verify?tenantId={}", cast.active));
    cases.add("verify_trail", "", 200, verify.bearer(operator));
    let report = "/api/v1/tenant/isolation-report";
    cases.add(
        "get_isolation_report",
        "",
        200,
        Call::get(report).bearer(tenant),
    );
    let publish = Call::put(PUBLISHED_AT, &isolation_report("another"));
    cases.add(
        "publish_isolation_report",
        "",
        200,
        publish.bearer(operator),
    );
    for (operation, path, token) in [
        ("export_audit", format!("{own}/export?format=csv"), tenant),
        (
            "list_trails",
            format!("{all}?tenantId={}", cast.active),
            operator,
        ),
        ("export_trails", format!("{all}/export"), operator),
        (
            "list_security_stream",
            "/api/v1/admin/security-events?limit=5".to_owned(),
            operator,
        ),
    ] {
        cases.add(operation, "", 200, Call::get(path).bearer(token));
        if let Some(case) = cases.made.last_mut() {
            case.repeated = READINGS;
        }
    }
}

pub(super) async fn operators(cases: &mut Cases, cast: &Cast) {
    let token = cast.operator.as_str();
    let all = "/api/v1/admin/tenants";
    let [active, suspended] = [&cast.active, &cast.suspended].map(|id| format!("{all}/{id}"));
    let version = etag(&cases.base.world, token, &active).await;
    for (operation, path) in [
        ("list_tenants", format!("{all}?status=Active&limit=2")),
        ("get_tenant", active.clone()),
        ("check_subdomain", format!("{all}/subdomain/acme")),
    ] {
        cases.add(operation, "", 200, Call::get(path).bearer(token));
    }
    let new = json!({
        "name": "Made", "subdomain": "made", "adminEmail": "admin@made.example",
        "adminPassword": "correct horse made",
    });
    let call = Call::post(all, &new).bearer(token);
    cases.add(
        "create_tenant",
        "",
        202,
        call.with("idempotency-key", "made"),
    );
    let call = Call::put(&active, &json!({ "name": "Renamed" })).bearer(token);
    cases.add_again("update_tenant", "", (200, STALE), call.if_match(&version));
    let call = Call::delete(&active).bearer(token).if_match(&version);
    cases.add_again("delete_tenant", "", (200, STALE), call);
    let call = Call::put(format!("{active}/tier"), &json!({ "tier": "Enterprise" }));
    cases.add("set_tenant_tier", "", 200, call.bearer(token));
    let call = Call::put(
        format!("{active}/status"),
        &json!({ "status": "Suspended" }),
    );
    cases.add("set_tenant_status", "", 200, call.bearer(token));
    for (operation, path) in [
        ("suspend_tenant", format!("{active}/suspend")),
        ("activate_tenant", format!("{suspended}/activate")),
    ] {
        cases.add(operation, "", 200, post(&path).bearer(token));
        let call = post(path).bearer(token).with("idempotency-key", "once");
        cases.add(operation, "keyed", 200, call);
    }
}
