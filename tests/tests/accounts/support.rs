//! Support sessions and the break-glass key: how operators come into a tenant, what they can do there, and what is
//! known of it afterwards.

use futures_util::future::join_all;
use kernel::limits::SUPPORT_MINUTES_MAX;
use serde_json::{Value, json};
use tenancy::{PermissionSet, Role};
use tests::client::{Answer, Call, assert_refused, pointers};
use tests::support::{ADMIN_SESSIONS, Entered, SESSIONS, begin, enter, entered};
use tests::walkthrough::{Owner, register, sign_in_to};
use tests::world::{Settled, World};

mod break_glass;

const PROFILE: &str = "/api/v1/tenant/profile";
const AUDIT: &str = "/api/v1/tenant/audit";

/// A platform with a tenant and an operator.
struct Scene {
    world: World,
    acme: Settled,
    operator: String,
}

impl Scene {
    async fn new(seed: u64) -> Self {
        Self::of(World::new(seed).await.unwrap()).await
    }

    async fn of(world: World) -> Self {
        let acme = world.settled_tenant("acme").await.unwrap();
        let operator = world.operator().await.unwrap();
        Self {
            world,
            acme,
            operator,
        }
    }

    async fn call(&self, call: Call) -> Answer {
        self.world.client().call(call).await.unwrap()
    }

    async fn as_admin(&self, call: Call) -> Answer {
        self.call(call.bearer(&self.acme.tokens.access)).await
    }

    async fn as_operator(&self, call: Call) -> Answer {
        self.call(call.bearer(&self.operator)).await
    }

    async fn enters(&self, may_change: bool) -> Entered {
        let who = [
            self.acme.tokens.access.as_str(),
            &self.operator,
            &self.acme.tenant,
        ];
        entered(&self.world, who, may_change).await.unwrap()
    }

    async fn begin(&self, minutes: u32) -> String {
        let begun = self.as_admin(begin(minutes, false)).await;
        assert_eq!(begun.status, 201, "{}", begun.text());
        begun.at("/id").unwrap()
    }

    async fn end(&self, support: &str) -> Answer {
        let call = Call::delete(format!("{SESSIONS}/{support}"));
        self.as_admin(call).await
    }

    async fn enter(&self, support: &str) -> Answer {
        self.as_operator(enter(&self.acme.tenant, support)).await
    }

    async fn profile(&self, access: &str) -> Answer {
        self.call(Call::get(PROFILE).bearer(access)).await
    }

    async fn describe(&self, access: &str, description: &str) -> Answer {
        let read = self.profile(access).await;
        let body = json!({ "name": "acme", "description": description });
        let call = Call::put(PROFILE, &body).if_match(read.header("etag"));
        self.call(call.bearer(access)).await
    }

    async fn entries(&self, query: &str) -> Vec<Value> {
        let answer = self.as_admin(Call::get(format!("{AUDIT}{query}"))).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["items"].as_array().unwrap().clone()
    }
}

fn items(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["items"].as_array().unwrap().clone()
}

/// Threat A15: operators come for a while and for a reason, and both names stand in every answer and entry.
#[tokio::test]
async fn a_tenant_lets_operators_in_and_every_answer_and_every_entry_says_so() {
    let scene = Scene::new(970).await;
    let refused = scene.as_operator(Call::get(PROFILE)).await;
    assert_refused(&refused, 400, "tenant_required");
    let Entered { support, access } = scene.enters(true).await;
    scene.world.advance(1).await.unwrap();
    let read = scene.profile(&access).await;
    assert_eq!(read.status, 200);
    assert_eq!(read.at("/id").unwrap(), scene.acme.tenant);
    assert_eq!(read.header("support-session"), support);
    let missing = Call::get("/api/v1/websites/none").bearer(&access);
    let missing = scene.call(missing).await;
    assert_eq!(missing.status, 404);
    assert_eq!(missing.header("support-session"), support);
    let own = scene.profile(&scene.acme.tokens.access).await;
    assert_eq!(own.header("support-session"), "");
    let written = scene.describe(&access, "Mended").await;
    assert_eq!(written.status, 200, "{}", written.text());
    assert_eq!(written.header("support-session"), support);
    let newest = scene.entries("?limit=1").await.remove(0);
    assert_eq!(newest["action"], "update");
    let by = scene
        .as_admin(Call::get(format!("{SESSIONS}/{support}")))
        .await;
    let by = by.at("/createdBy").unwrap();
    assert_eq!(newest["actor"], format!("member:{by}"));
    let operator = newest["impersonator"].as_str().unwrap().to_owned();
    assert!(operator.starts_with("operator:"), "{operator}");
    // Whoever looks for the operator finds what was done in the member's name.
    let of_operator = scene.entries(&format!("?actor={operator}")).await;
    let actions: Vec<_> = of_operator.iter().map(|entry| &entry["action"]).collect();
    assert_eq!(actions, ["update", "login"]);
    let entry = &of_operator[1];
    assert_eq!(entry["resource"]["type"], "supportSession");
    assert_eq!(entry["resource"]["id"], support);
    assert_eq!(entry["impersonator"], json!(operator));
    let begun = scene.entries("?action=permission-change").await.remove(0);
    assert_eq!(begun["resource"]["id"], support);
    assert_eq!(begun["impersonator"], Value::Null);
    let file = scene
        .as_admin(Call::get(format!("{AUDIT}/export?format=csv")))
        .await;
    let file = file.text();
    let (head, rows) = file.split_once('\n').unwrap();
    assert!(head.contains(",actor,impersonator,action,"), "{head}");
    assert!(rows.contains(&format!("member:{by},{operator},update,")));
}

#[tokio::test]
async fn an_operator_in_a_tenant_reads_no_secret_and_changes_only_where_it_may() {
    let scene = Scene::new(971).await;
    for may_change in [false, true] {
        let access = scene.enters(may_change).await.access;
        let write = scene.describe(&access, "Mended").await;
        let page = json!({
            "title": "Help", "slug": "help",
            "content": { "format": "markdown", "value": "Text." },
        });
        let page = Call::post(format!("{}/pages", scene.acme.website), &page);
        let page = scene.call(page.bearer(&access)).await;
        if may_change {
            assert_eq!(write.status, 200, "{}", write.text());
            assert_eq!(page.status, 201, "{}", page.text());
        } else {
            assert_refused(&write, 403, "forbidden");
            assert_refused(&page, 403, "forbidden");
        }
        let read = [scene.acme.website.as_str(), AUDIT, "/api/v1/tenant/users"];
        for path in read {
            let answer = scene.call(Call::get(path).bearer(&access)).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        }
        let scopes = PermissionSet::of("content.read");
        let key = json!({ "name": "A program", "scopes": scopes });
        let invited = json!({ "email": "mallory@example.com", "role": "tenantAdmin" });
        let roles = json!({ "roles": [] });
        for call in [
            Call::post("/api/v1/tenant/api-keys", &key),
            Call::post("/api/v1/tenant/users", &invited),
            Call::put("/api/v1/tenant/roles", &roles).if_match("*"),
            begin(60, true),
            Call::get(SESSIONS),
        ] {
            assert_refused(&scene.call(call.bearer(&access)).await, 403, "forbidden");
        }
        let releases = format!("{}/releases", scene.acme.website);
        let releases = scene.call(Call::get(releases).bearer(&access)).await;
        let live = items(&releases)[0]["id"].as_str().unwrap().to_owned();
        let preview = format!("{}/releases/{live}/preview", scene.acme.website);
        let preview = Call::post(preview, &json!({})).bearer(&access);
        assert_refused(&scene.call(preview).await, 403, "forbidden");
        // It is nobody's own sign-in, and no way to the platform or to another tenant.
        for call in [
            Call::get("/api/v1/auth/sessions"),
            Call::post(
                "/api/v1/auth/switch",
                &json!({ "tenantId": scene.acme.tenant }),
            ),
            Call::get("/api/v1/admin/tenants"),
            Call::get(PROFILE).with("x-tenant-id", "01a1fd1e-8c00-7b16-94ea-1a00db30281e"),
        ] {
            assert_refused(&scene.call(call.bearer(&access)).await, 403, "forbidden");
        }
    }
}

#[tokio::test]
async fn a_support_session_is_over_at_its_end_and_within_a_minute_of_being_ended() {
    let scene = Scene::new(972).await;
    let support = scene.begin(5).await;
    let entered = scene.enter(&support).await;
    assert_eq!(entered.json()["expiresIn"], 300);
    assert!(entered.json().get("refreshToken").is_none());
    let access = entered.at("/accessToken").unwrap();
    assert_eq!(scene.profile(&access).await.status, 200);
    scene.world.advance(300).await.unwrap();
    assert_refused(&scene.profile(&access).await, 401, "token_expired");
    assert_refused(&scene.enter(&support).await, 409, "conflict");
    assert_eq!(scene.end(&support).await.status, 204);

    let scene = Scene::new(973).await;
    let Entered { support, access } = scene.enters(true).await;
    assert_eq!(scene.profile(&access).await.status, 200);
    let ended = join_all((0..4).map(|_| scene.end(&support))).await;
    assert!(ended.iter().all(|answer| answer.status == 204));
    assert_refused(&scene.enter(&support).await, 409, "conflict");
    scene.world.advance(60).await.unwrap();
    assert_refused(&scene.profile(&access).await, 401, "token_expired");
    let read = scene
        .as_admin(Call::get(format!("{SESSIONS}/{support}")))
        .await;
    let read = read.json();
    assert_eq!(
        (&read["isOpen"], read["endedAt"].is_string()),
        (&json!(false), true)
    );
    let ends = scene.entries("?resourceType=supportSession").await;
    assert_eq!(ends.len(), 3, "begun, entered, ended once: {ends:?}");
}

#[tokio::test]
async fn an_operator_who_signs_out_is_out_of_every_tenant() {
    let scene = Scene::new(974).await;
    let access = scene.enters(false).await.access;
    let out = scene
        .as_operator(Call::delete("/api/v1/auth/sessions"))
        .await;
    assert_eq!(out.status, 204, "{}", out.text());
    scene.world.advance(60).await.unwrap();
    assert_refused(&scene.profile(&access).await, 401, "token_expired");
    let support = scene.begin(60).await;
    assert_refused(&scene.enter(&support).await, 401, "token_expired");
}

#[tokio::test]
async fn only_admins_let_operators_in_and_only_operators_come() {
    let scene = Scene::new(975).await;
    let support = scene.begin(60).await;
    let client = scene.world.client();
    let grace = Owner::named("grace");
    register(&client, &grace).await.unwrap();
    let tenant = &scene.acme.tenant;
    let role = Role::WebsiteAdmin;
    scene.world.join(tenant, &grace.email, role).await.unwrap();
    let grace = sign_in_to(&client, &grace, tenant).await.unwrap().access;
    let other = scene.world.settled_tenant("other").await.unwrap();
    let path = format!("{SESSIONS}/{support}");
    for call in [
        begin(60, true),
        Call::get(SESSIONS),
        Call::get(&path),
        Call::delete(&path),
    ] {
        assert_refused(
            &scene.call(call.clone().bearer(&grace)).await,
            403,
            "forbidden",
        );
        let by_operator = scene.as_operator(call).await;
        assert_refused(&by_operator, 400, "tenant_required");
    }
    for call in [Call::get(&path), Call::delete(&path)] {
        let foreign = scene.call(call.bearer(&other.tokens.access)).await;
        assert_refused(&foreign, 404, "not_found");
    }
    for access in [&scene.acme.tokens.access, &grace] {
        let by_member = scene.call(enter(tenant, &support).bearer(access)).await;
        assert_refused(&by_member, 403, "forbidden");
    }
    let list = format!("{ADMIN_SESSIONS}?tenantId={tenant}");
    let by_member = scene.as_admin(Call::get(&list)).await;
    assert_refused(&by_member, 403, "forbidden");
    // A session opens the tenant that began it.
    let elsewhere = scene.as_operator(enter(&other.tenant, &support)).await;
    assert_refused(&elsewhere, 404, "not_found");
    assert_eq!(items(&scene.as_operator(Call::get(&list)).await).len(), 1);
    let of_other = format!("{ADMIN_SESSIONS}?tenantId={}", other.tenant);
    assert!(items(&scene.as_operator(Call::get(&of_other)).await).is_empty());
}

#[tokio::test]
async fn a_request_to_let_operators_in_is_read_strictly_and_made_once_under_its_key() {
    let scene = Scene::new(976).await;
    let ask = |body: Value| scene.as_admin(Call::post(SESSIONS, &body));
    let most = SUPPORT_MINUTES_MAX;
    for (body, wrong) in [
        (
            json!({ "reason": "", "minutes": 0 }),
            vec!["/minutes", "/reason"],
        ),
        (
            json!({ "reason": "a\nb", "minutes": most + 1 }),
            vec!["/minutes", "/reason"],
        ),
        (json!({ "reason": "x", "minutes": -1 }), vec!["/minutes"]),
        (
            json!({ "reason": "x", "minutes": 5, "forever": true }),
            vec!["/forever"],
        ),
        (json!({ "minutes": 5 }), vec![""]),
    ] {
        assert_eq!(pointers(&ask(body.clone()).await), wrong, "{body}");
    }
    let longest = ask(json!({ "reason": "x", "minutes": most })).await;
    assert_eq!(longest.status, 201, "{}", longest.text());
    assert_eq!(longest.json()["mayChange"], false);
    let once = || {
        let call = begin(60, false).with("idempotency-key", "k");
        scene.as_admin(call)
    };
    let answers = join_all((0..3).map(|_| once())).await;
    for answer in &answers {
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(answer.header("location"), answers[0].header("location"));
    }
    scene.world.advance(1).await.unwrap();
    let newest = scene.begin(60).await;
    let page = scene
        .as_admin(Call::get(format!("{SESSIONS}?limit=2")))
        .await;
    let listed = items(&page);
    assert_eq!((listed.len(), &listed[0]["id"]), (2, &json!(newest)));
    let cursor = page.at("/nextCursor").unwrap();
    let rest = scene
        .as_admin(Call::get(format!("{SESSIONS}?cursor={cursor}")))
        .await;
    assert_eq!(items(&rest).len(), 1);
    let of_nobody = scene.as_operator(Call::get(ADMIN_SESSIONS)).await;
    assert_eq!(pointers(&of_nobody), ["query:tenantId"]);
    let of_none = Call::get(format!("{ADMIN_SESSIONS}?tenantId=acme"));
    assert_eq!(
        pointers(&scene.as_operator(of_none).await),
        ["query:tenantId"]
    );
}

#[tokio::test]
async fn what_an_operator_does_under_a_key_is_no_repetition_of_the_members_request() {
    let scene = Scene::new(979).await;
    let access = scene.enters(true).await.access;
    let mut made = Vec::new();
    for (token, slug) in [(&scene.acme.tokens.access, "one"), (&access, "two")] {
        let page = json!({
            "title": slug, "slug": slug,
            "content": { "format": "markdown", "value": "Text." },
        });
        let page = Call::post(format!("{}/pages", scene.acme.website), &page);
        let page = page.bearer(token).with("idempotency-key", "k");
        let answer = scene.call(page).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        made.push(answer.at("/id").unwrap());
    }
    assert_ne!(made[0], made[1]);
}

#[tokio::test]
async fn what_operators_ask_in_a_tenant_is_counted_to_them() {
    let world = World::with(977, "OperatorRequests", "300").await.unwrap();
    let scene = Scene::of(world).await;
    let access = scene.enters(false).await.access;
    let answer = scene.profile(&access).await;
    assert!(
        answer
            .header("ratelimit")
            .starts_with("\"operator-minute\";")
    );
}

#[tokio::test]
async fn a_suspended_tenant_lets_nobody_in() {
    let scene = Scene::new(978).await;
    let access = scene.enters(false).await.access;
    let path = format!("/api/v1/admin/tenants/{}/suspend", scene.acme.tenant);
    let suspend = Call::post(path, &json!({ "reason": "unpaid" }));
    assert_eq!(scene.as_operator(suspend).await.status, 200);
    scene.world.advance(60).await.unwrap();
    assert_refused(&scene.profile(&access).await, 403, "tenant_inactive");
}
