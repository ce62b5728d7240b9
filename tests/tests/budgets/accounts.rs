//! What the routes of identity cost.

use jiff::SignedDuration;
use kernel::Clock;
use serde_json::{Value, json};
use tenancy::Role;
use tests::abuse::{APPEALS, appeal_of_suspended};
use tests::client::Call;
use tests::walkthrough::{
    CODE_STEP_S, Owner, begin_sign_in, enroll as enroll_with, give_phone, sign_in,
};
use tests::world::World;

use crate::file::hold_routes;
use crate::ledger::Ledger;
use crate::scene::Scene;
use crate::support;

const KEYS: &str = "/.well-known/jwks.json";

async fn tokens(scene: &Scene, ledger: &mut Ledger) {
    let world = &scene.world;
    let register = async || {
        let owner = Owner::named(&scene.name());
        owner.registration()
    };
    let what = "POST /api/v1/auth/register";
    ledger.repeatable(world, what, register).await;
    let owner = &scene.acme.owner;
    let credentials = json!({ "email": owner.email, "password": owner.password });
    let log_in = async || Call::post("/api/v1/auth/login", &credentials);
    ledger.route(world, "POST /api/v1/auth/login", log_in).await;
    let refreshable = async || {
        let tokens = sign_in(&world.client(), owner).await.unwrap();
        json!({ "refreshToken": tokens.refresh })
    };
    for verb in ["refresh", "logout"] {
        let path = format!("/api/v1/auth/{verb}");
        let call = async || Call::post(&path, &refreshable().await);
        ledger.route(world, &format!("POST {path}"), call).await;
    }
    let signed_in = async || {
        // Later than what was ended before.
        world.clock.advance(SignedDuration::from_millis(1));
        sign_in(&world.client(), owner).await.unwrap().access
    };
    let sessions = "/api/v1/auth/sessions";
    let list = async || Call::get(sessions).bearer(&signed_in().await);
    ledger.route(world, &format!("GET {sessions}"), list).await;
    let end_one = async || {
        let token = signed_in().await;
        let all = world
            .client()
            .call(Call::get(sessions).bearer(&token))
            .await;
        let newest = all.unwrap().at("/items/0/id").unwrap();
        Call::delete(format!("{sessions}/{newest}")).bearer(&token)
    };
    let what = format!("DELETE {sessions}/{{session}}");
    ledger.route(world, &what, end_one).await;
    let end_all = async || Call::delete(sessions).bearer(&signed_in().await);
    ledger
        .route(world, &format!("DELETE {sessions}"), end_all)
        .await;
    for path in [KEYS, "/.well-known/openid-configuration"] {
        let get = async || Call::get(path);
        ledger.route(world, &format!("GET {path}"), get).await;
    }
}

/// What concerns a person alone, in whichever tenant.
async fn own(scene: &Scene, ledger: &mut Ledger) {
    let world = &scene.world;
    let join = async || scene.join(Role::ContentEditor).await;
    let tenants = "/api/v1/auth/tenants";
    let list = async || {
        let member = join().await;
        Call::get(tenants).bearer(&scene.sign_in_to_acme(&member).await)
    };
    ledger.route(world, &format!("GET {tenants}"), list).await;
    let leave = async || {
        let member = join().await;
        let token = scene.sign_in_to_acme(&member).await;
        Call::delete(format!("{tenants}/{}", scene.acme.tenant)).bearer(&token)
    };
    let what = format!("DELETE {tenants}/{{tenant}}");
    ledger.route(world, &what, leave).await;
    let path = "/api/v1/auth/switch";
    let switch = async || {
        let token = scene.sign_in_to_acme(&join().await).await;
        Call::post(path, &json!({ "tenantId": scene.acme.tenant })).bearer(&token)
    };
    ledger.route(world, &format!("POST {path}"), switch).await;
    for path in [
        "/api/v1/auth/password",
        "/api/v1/users/{person}/change_password",
    ] {
        let change = async || {
            let member = join().await;
            let token = scene.sign_in_to_acme(&member).await;
            let body = json!({
                "currentPassword": member.owner.password,
                "newPassword": "a horse of another colour",
            });
            Call::post(path.replace("{person}", &member.person), &body).bearer(&token)
        };
        ledger.route(world, &format!("POST {path}"), change).await;
    }
}

/// Links to somebody's address, asked for and followed.
async fn mailbox(scene: &Scene, ledger: &mut Ledger) {
    let world = &scene.world;
    let join = async || scene.join(Role::ContentEditor).await;
    let path = "/api/v1/auth/verification";
    let again = async || {
        let token = scene.sign_in_to_acme(&join().await).await;
        Call::new(http::Method::POST, path).bearer(&token)
    };
    ledger.route(world, &format!("POST {path}"), again).await;
    let path = "/api/v1/auth/verify";
    let verify = async || {
        let member = join().await;
        let token = world.token_to(&member.owner.email).await.unwrap();
        Call::post(path, &json!({ "token": token }))
    };
    ledger.route(world, &format!("POST {path}"), verify).await;
    let forgotten = "/api/v1/auth/password/forgot";
    let forget = async || {
        let email = join().await.owner.email;
        Call::post(forgotten, &json!({ "email": email }))
    };
    let what = format!("POST {forgotten}");
    ledger.route(world, &what, forget).await;
    let path = "/api/v1/auth/password/reset";
    let reset = async || {
        let call = forget().await;
        let email: Value = serde_json::from_slice(&call.body).unwrap();
        world.client().call(call).await.unwrap();
        world.advance(0).await.unwrap();
        let token = world.token_to(email["email"].as_str().unwrap()).await;
        let body = json!({
            "token": token.unwrap(),
            "newPassword": "a horse of another colour",
        });
        Call::post(path, &body)
    };
    ledger.route(world, &format!("POST {path}"), reset).await;
    let (operator, website) = (&scene.operator, &scene.acme.website);
    let appeal = async || {
        let subdomain = scene.name();
        let appeal = appeal_of_suspended(world, operator, &subdomain, website);
        appeal.await.unwrap()
    };
    let what = format!("POST {APPEALS}");
    ledger.route(world, &what, appeal).await;
}

/// What people have beside a password.
async fn second_factors(scene: &Scene, ledger: &mut Ledger) {
    const MFA: &str = "/api/v1/auth/mfa";
    let world = &scene.world;
    let signed_in = async || {
        let member = scene.join(Role::ContentEditor).await;
        world.verify(&member.owner.email).await.unwrap();
        let access = scene.sign_in_to_acme(&member).await;
        (member.owner, access)
    };
    let careful = async || {
        let (owner, access) = signed_in().await;
        let (client, now) = (world.client(), world.clock.now());
        let phone = give_phone(&client, &access, &owner, now).await.unwrap();
        (owner, access, phone)
    };
    let get = async || Call::get(MFA).bearer(&careful().await.1);
    ledger.route(world, &format!("GET {MFA}"), get).await;
    let enroll = async || {
        let (owner, access) = signed_in().await;
        Call::post(MFA, &json!({ "password": owner.password })).bearer(&access)
    };
    ledger.route(world, &format!("POST {MFA}"), enroll).await;
    let path = format!("{MFA}/confirm");
    let confirm = async || {
        let (owner, access) = signed_in().await;
        let phone = enroll_with(&world.client(), &access, &owner).await.unwrap();
        let code = json!({ "code": phone.code(world.clock.now()) });
        Call::post(&path, &code).bearer(&access)
    };
    ledger.route(world, &format!("POST {path}"), confirm).await;
    let path = format!("{MFA}/recovery-codes");
    let renew = async || {
        let (owner, access, phone) = careful().await;
        // The code of now was taken.
        let next = world.clock.now() + SignedDuration::from_secs(CODE_STEP_S);
        let body = json!({ "password": owner.password, "code": phone.code(next) });
        Call::post(&path, &body).bearer(&access)
    };
    ledger.route(world, &format!("POST {path}"), renew).await;
    let path = format!("{MFA}/disable");
    let disable = async || {
        let (owner, access, phone) = careful().await;
        let body = json!({ "password": owner.password, "code": phone.recovery_codes[0] });
        Call::post(&path, &body).bearer(&access)
    };
    ledger.route(world, &format!("POST {path}"), disable).await;
    let path = format!("{MFA}/verify");
    let verify = async || {
        let (owner, _, phone) = careful().await;
        let half = begin_sign_in(&world.client(), &owner).await.unwrap();
        let tenant = &scene.acme.tenant;
        let code = &phone.recovery_codes[0];
        Call::post(
            &path,
            &json!({ "mfaToken": half, "code": code, "tenantId": tenant }),
        )
    };
    ledger.route(world, &format!("POST {path}"), verify).await;
}

/// What is done with the members of a tenant.
async fn members(scene: &Scene, ledger: &mut Ledger) {
    const MEMBERS: &str = "/api/v1/tenant/users";
    let world = &scene.world;
    let join = async || {
        let member = scene.join(Role::TenantAdmin).await;
        format!("{MEMBERS}/{}", member.person)
    };
    let list = async || scene.by_owner(Call::get(MEMBERS));
    ledger.route(world, &format!("GET {MEMBERS}"), list).await;
    let what = format!("{MEMBERS}/{{person}}");
    let get = async || scene.by_owner(Call::get(join().await));
    ledger.route(world, &format!("GET {what}"), get).await;
    let body = json!({ "role": "contentEditor", "state": "active" });
    let put = async || scene.at_version(Call::put(join().await, &body)).await;
    ledger.route(world, &format!("PUT {what}"), put).await;
    let delete = async || scene.at_version(Call::delete(join().await)).await;
    ledger.route(world, &format!("DELETE {what}"), delete).await;
    let toggle = async || scene.act(&format!("{}/toggle_status", join().await));
    let what = format!("POST {what}/toggle_status");
    ledger.repeatable(world, &what, toggle).await;
}

/// What roles may do, in a tenant with few members.
async fn roles(scene: &Scene, ledger: &mut Ledger) {
    const ROLES: &str = "/api/v1/tenant/roles";
    let world = &scene.world;
    let get = async || scene.by_owner(Call::get(ROLES));
    ledger.route(world, &format!("GET {ROLES}"), get).await;
    let put = async || {
        let now = scene.done(scene.by_owner(Call::get(ROLES))).await.json();
        let has_one = now["roles"][0]["permissions"].as_array().unwrap().len() == 1;
        let other = if has_one {
            json!(["tenant.read", "websites.list"])
        } else {
            json!(["tenant.read"])
        };
        let body = json!({ "roles": [{ "role": "member", "permissions": other }] });
        scene.at_version(Call::put(ROLES, &body)).await
    };
    ledger.route(world, &format!("PUT {ROLES}"), put).await;
}

/// How somebody becomes a member.
async fn invitations(scene: &Scene, ledger: &mut Ledger) {
    const INVITATIONS: &str = "/api/v1/tenant/invitations";
    let world = &scene.world;
    world.verify(&scene.acme.owner.email).await.unwrap();
    let email = || format!("{}@guests.example", scene.name());
    let new = |email: &str| json!({ "email": email, "role": "contentEditor" });
    let users = "/api/v1/tenant/users";
    let invite = async || scene.by_owner(Call::post(users, &new(&email())));
    let what = format!("POST {users}");
    ledger.repeatable(world, &what, invite).await;
    let invited = async || {
        let email = email();
        let call = scene.by_owner(Call::post(users, &new(&email)));
        let place = scene.done(call).await.header("location").to_owned();
        world.advance(0).await.unwrap();
        (place, world.token_to(&email).await.unwrap())
    };
    let list = async || scene.by_owner(Call::get(INVITATIONS));
    ledger
        .route(world, &format!("GET {INVITATIONS}"), list)
        .await;
    let what = format!("{INVITATIONS}/{{invitation}}");
    let get = async || scene.by_owner(Call::get(invited().await.0));
    ledger.route(world, &format!("GET {what}"), get).await;
    let delete = async || scene.at_version(Call::delete(invited().await.0)).await;
    ledger.route(world, &format!("DELETE {what}"), delete).await;
    let resend = async || scene.act(&format!("{}/resend", invited().await.0));
    let what = format!("POST {what}/resend");
    ledger.repeatable(world, &what, resend).await;
    let path = "/api/v1/auth/invitations/lookup";
    let look = async || Call::post(path, &json!({ "token": invited().await.1 }));
    ledger.route(world, &format!("POST {path}"), look).await;
    let path = "/api/v1/auth/invitations/accept";
    let accept = async || {
        let body = json!({
            "token": invited().await.1,
            "password": "a horse of another colour",
        });
        Call::post(path, &body)
    };
    ledger.route(world, &format!("POST {path}"), accept).await;
}

/// What programs show.
async fn api_keys(scene: &Scene, ledger: &mut Ledger) {
    const KEYS: &str = "/api/v1/tenant/api-keys";
    let world = &scene.world;
    let new = || json!({ "name": scene.name(), "scopes": ["content.read"] });
    let create = async || scene.by_owner(Call::post(KEYS, &new()));
    ledger
        .repeatable(world, &format!("POST {KEYS}"), create)
        .await;
    let made = async || {
        let made = scene.done(create().await).await;
        made.header("location").to_owned()
    };
    let list = async || scene.by_owner(Call::get(KEYS));
    ledger.route(world, &format!("GET {KEYS}"), list).await;
    let what = format!("{KEYS}/{{key}}");
    let get = async || scene.by_owner(Call::get(made().await));
    ledger.route(world, &format!("GET {what}"), get).await;
    let usage = async || scene.by_owner(Call::get(format!("{}/usage", made().await)));
    ledger
        .route(world, &format!("GET {what}/usage"), usage)
        .await;
    let put = async || scene.at_version(Call::put(made().await, &new())).await;
    ledger.route(world, &format!("PUT {what}"), put).await;
    let delete = async || scene.at_version(Call::delete(made().await)).await;
    ledger.route(world, &format!("DELETE {what}"), delete).await;
    let rotate = async || {
        let path = format!("{}/rotate", made().await);
        scene.by_owner(Call::post(path, &json!({})).if_match("*"))
    };
    let what = format!("POST {what}/rotate");
    ledger.repeatable(world, &what, rotate).await;
}

/// Making the first operator, which can be done once on a platform.
async fn bootstrap(ledger: &mut Ledger) {
    for state in ["cold", "warm"] {
        let world = World::new(111).await.unwrap();
        // A platform without keys makes them when first asked for them.
        let keys = Call::get(KEYS);
        world.client().call(keys).await.unwrap();
        let body = json!({
            "bootstrapToken": world.platform.secret("BootstrapSecret").await.unwrap(),
            "email": "operator@platform.example",
            "password": "correct horse operator",
        });
        let path = "/api/v1/auth/bootstrap";
        let call = Call::post(path, &body);
        let what = format!("POST {path}");
        ledger.request(&world, &what, state, call).await;
    }
}

/// Threat D15: every route has its ceilings, and one more call, unit or action fails.
#[tokio::test]
async fn accounts_cost_what_is_written_down() {
    let scene = Scene::new().await;
    let mut ledger = Ledger::of("identity");
    ledger.start(&scene.world).await;
    tokens(&scene, &mut ledger).await;
    // Where the owner is signed in, and nobody's tokens were taken back.
    let scene = Scene::new().await;
    roles(&scene, &mut ledger).await;
    members(&scene, &mut ledger).await;
    own(&scene, &mut ledger).await;
    mailbox(&scene, &mut ledger).await;
    second_factors(&scene, &mut ledger).await;
    invitations(&scene, &mut ledger).await;
    api_keys(&scene, &mut ledger).await;
    support::all(&scene, &mut ledger).await;
    bootstrap(&mut ledger).await;
    hold_routes("identity", &ledger.lines, identity::routes().docs());
}
