//! The audit trail as those read it who may: what stands in an entry, which entries are found, and in which files they
//! are given away.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use kernel::Clock;
use kernel::limits::{AUDIT_LIFE_S, AUDIT_LONG_LIFE_S};
use serde_json::{Value, json};
use tenancy::records::Tier;
use tenancy::{Action, Role};
use tests::client::{Answer, Call, assert_refused, pointers};
use tests::walkthrough::{sign_in, sign_in_to};
use tests::world::{Settled, World};

mod files;
mod operators;
mod security;

const AUDIT: &str = "/api/v1/tenant/audit";
const PROFILE: &str = "/api/v1/tenant/profile";

/// A platform with one tenant.
struct Scene {
    world: World,
    acme: Settled,
}

impl Scene {
    async fn new(seed: u64) -> Self {
        let world = World::new(seed).await.unwrap();
        let acme = world.settled_tenant("acme").await.unwrap();
        Self { world, acme }
    }

    /// The same, where the admin signs in once more.
    async fn signed_in_again(self) -> Self {
        let tokens = sign_in(&self.world.client(), &self.acme.owner)
            .await
            .unwrap();
        let acme = Settled {
            tokens,
            ..self.acme
        };
        Self { acme, ..self }
    }

    async fn call(&self, call: Call) -> Answer {
        self.world.client().call(call).await.unwrap()
    }

    async fn as_admin(&self, call: Call) -> Answer {
        self.call(call.bearer(&self.acme.tokens.access)).await
    }

    /// Says something about the tenant.
    async fn describe(&self, description: &str) -> Answer {
        let read = self.as_admin(Call::get(PROFILE)).await;
        let body = json!({"name": "acme", "description": description, "contactEmail": "front@acme.example"});
        let call = Call::put(PROFILE, &body).if_match(read.header("etag"));
        let written = self.as_admin(call).await;
        assert_eq!(written.status, 200, "{}", written.text());
        written
    }

    async fn entries(&self, query: &str) -> Vec<Value> {
        let answer = self.as_admin(Call::get(format!("{AUDIT}{query}"))).await;
        items(&answer)
    }
}

fn items(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["items"].as_array().unwrap().clone()
}

fn texts(entries: &[Value], pointer: &str) -> Vec<String> {
    let text = |entry: &Value| entry.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    entries.iter().map(text).collect()
}

#[tokio::test]
async fn an_entry_says_who_changed_what_from_where_and_until_when_it_is_kept() {
    let scene = Scene::new(900).await;
    scene.describe("Websites for shops").await;
    // Of what is done in the same millisecond, nothing says what came first.
    scene.world.clock.advance(SignedDuration::from_millis(1));
    let call = Call::get(PROFILE).with("user-agent", "Desk/1");
    let etag = scene.as_admin(call).await.header("etag").to_owned();
    let body = json!({"name": "acme", "description": "Websites for all", "contactEmail": "other@acme.example"});
    let call = Call::put(PROFILE, &body)
        .if_match(&etag)
        .with("user-agent", "Desk/1");
    let written = scene.as_admin(call).await;
    let newest = scene.entries("?limit=1").await.remove(0);
    assert_eq!(newest["action"], "update");
    assert_eq!(newest["resource"]["type"], "tenant");
    assert_eq!(newest["resource"]["id"], scene.acme.tenant);
    assert_eq!(newest["tenantId"], scene.acme.tenant);
    assert!(newest["actor"].as_str().unwrap().starts_with("member:"));
    assert_eq!(newest["requestId"], written.header("x-request-id"));
    assert_eq!(newest["address"], "127.0.0.1");
    assert_eq!(newest["agent"], "Desk/1");
    let changes = newest["changes"].as_array().unwrap();
    let change = |field: &str| {
        changes
            .iter()
            .find(|change| change["field"] == field)
            .unwrap()
    };
    assert_eq!(
        change("profile.description"),
        &json!({
            "field": "profile.description",
            "before": "Websites for shops",
            "after": "Websites for all",
            "isMasked": false,
        })
    );
    assert_eq!(
        change("profile.contactEmail"),
        &json!({"field": "profile.contactEmail", "isMasked": true})
    );
    assert!(!newest.to_string().contains("other@acme.example"));
    let instant = |name: &str| {
        newest[name]
            .as_str()
            .unwrap()
            .parse::<jiff::Timestamp>()
            .unwrap()
    };
    let kept_s = instant("keptUntil").as_second() - instant("at").as_second();
    assert_eq!(kept_s, AUDIT_LIFE_S);
}

#[tokio::test]
async fn what_is_large_is_named_by_its_hash_and_what_is_secret_not_at_all() {
    let scene = Scene::new(901).await;
    let large = "a long story ".repeat(40);
    scene.describe(&large).await;
    let newest = scene.entries("?limit=1").await.remove(0);
    let changes = newest["changes"].as_array().unwrap();
    let described = changes
        .iter()
        .find(|change| change["field"] == "profile.description")
        .unwrap();
    assert_eq!(described["after"]["bytes"], large.len() + 2);
    assert_eq!(described["after"]["sha256"].as_str().unwrap().len(), 64);
    let body = json!({"name": "robot", "scopes": ["tenant.read"]});
    let made = scene
        .as_admin(Call::post("/api/v1/tenant/api-keys", &body))
        .await;
    let key = made.at("/id").unwrap();
    let rotated = format!("/api/v1/tenant/api-keys/{key}/rotate");
    let rotated = scene
        .as_admin(Call::post(rotated, &json!({})).if_match("*"))
        .await;
    assert_eq!(rotated.status, 200, "{}", rotated.text());
    let about = scene
        .entries(&format!("?resourceId={key}&resourceType=apiKey"))
        .await;
    assert_eq!(about.len(), 2);
    let changes = about[0]["changes"].as_array().unwrap();
    let secret = changes
        .iter()
        .find(|change| change["field"] == "secret")
        .unwrap();
    assert_eq!(secret, &json!({"field": "secret", "isMasked": true}));
}

#[tokio::test]
async fn what_was_deleted_is_still_said() {
    let scene = Scene::new(902).await;
    let body = json!({"name": "robot", "scopes": ["tenant.read"]});
    let made = scene
        .as_admin(Call::post("/api/v1/tenant/api-keys", &body))
        .await;
    let at = format!("/api/v1/tenant/api-keys/{}", made.at("/id").unwrap());
    let etag = made.header("etag").to_owned();
    // Of what is done in the same millisecond, nothing says what came first.
    scene.world.clock.advance(SignedDuration::from_millis(1));
    let gone = scene.as_admin(Call::delete(at).if_match(&etag)).await;
    assert_eq!(gone.status, 204, "{}", gone.text());
    let newest = scene.entries("?limit=1").await.remove(0);
    let changes = newest["changes"].as_array().unwrap();
    let name = changes
        .iter()
        .find(|change| change["field"] == "name")
        .unwrap();
    assert_eq!(
        name,
        &json!({"field": "name", "before": "robot", "isMasked": false})
    );
    assert!(changes.iter().all(|change| change["isMasked"] == false));
}

#[tokio::test]
async fn entries_are_found_by_what_they_say_and_by_their_time() {
    let scene = Scene::new(903).await;
    scene.world.advance(60).await.unwrap();
    let noon = scene.world.clock.now();
    scene.describe("One").await;
    scene.world.advance(60).await.unwrap();
    let later = scene.world.clock.now();
    sign_in(&scene.world.client(), &scene.acme.owner)
        .await
        .unwrap();
    let all = scene.entries("?limit=100").await;
    let ids = |entries: &[Value]| texts(entries, "/id");
    for (query, holds) in [
        ("action=login".to_owned(), "/action login"),
        ("resourceType=tenant".to_owned(), "/resource/type tenant"),
        (
            "actor=system:provisioning".to_owned(),
            "/actor system:provisioning",
        ),
    ] {
        let (pointer, value) = holds.split_once(' ').unwrap();
        let found = scene.entries(&format!("?limit=100&{query}")).await;
        let wanted: Vec<Value> = all
            .iter()
            .filter(|entry| entry.pointer(pointer).unwrap() == value)
            .cloned()
            .collect();
        assert!(!wanted.is_empty() && wanted.len() < all.len(), "{query}");
        assert_eq!(ids(&found), ids(&wanted), "{query}");
    }
    let within = scene.entries(&format!("?from={noon}&to={later}")).await;
    assert_eq!(texts(&within, "/action"), ["update"]);
    let before = scene.entries(&format!("?limit=100&to={noon}")).await;
    let since = scene.entries(&format!("?limit=100&from={noon}")).await;
    let parts: Vec<Value> = since.iter().chain(&before).cloned().collect();
    assert_eq!(ids(&parts), ids(&all));
    assert!(scene.entries("?actor=system:nobody").await.is_empty());
}

#[tokio::test]
async fn pages_hold_every_entry_once() {
    let scene = Scene::new(904).await;
    for number in 0..5 {
        scene.describe(&format!("Number {number}")).await;
    }
    let all = texts(&scene.entries("?limit=100").await, "/id");
    for filter in ["", "&resourceType=tenant"] {
        let whole = texts(&scene.entries(&format!("?limit=100{filter}")).await, "/id");
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = format!("{AUDIT}?limit=3{filter}{cursor}");
            let page = scene.as_admin(Call::get(page)).await;
            found.extend(texts(&items(&page), "/id"));
            match page.json()["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(found, whole, "{filter}");
    }
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
}

#[tokio::test]
async fn a_question_that_cannot_be_is_refused_where_it_is_wrong() {
    let scene = Scene::new(905).await;
    for (query, field) in [
        ("action=dance", "query:action"),
        ("from=yesterday", "query:from"),
        ("to=2026-13-01", "query:to"),
        (
            "from=2026-07-02T00:00:00Z&to=2026-07-01T00:00:00Z",
            "query:to",
        ),
        ("tenantId=platform", "query:tenantId"),
        ("limit=0", "query:limit"),
    ] {
        let answer = scene.as_admin(Call::get(format!("{AUDIT}?{query}"))).await;
        assert_refused(&answer, 422, "validation_failed");
        assert_eq!(pointers(&answer), [field], "{query}");
    }
    for action in Action::ALL {
        assert_eq!(Action::of_name(action.name()), Some(action));
    }
}

#[tokio::test]
async fn who_may_not_read_it_is_refused_and_a_program_may_where_it_was_let() {
    let scene = Scene::new(906).await;
    let tenant = &scene.acme.tenant;
    let other = scene.world.settled_tenant("other").await.unwrap().owner;
    let joined = scene.world.join(tenant, &other.email, Role::ContentEditor);
    joined.await.unwrap();
    let client = scene.world.client();
    let editor = sign_in_to(&client, &other, tenant).await.unwrap().access;
    let refused = scene.call(Call::get(AUDIT).bearer(&editor)).await;
    assert_refused(&refused, 403, "forbidden");
    for (scope, status) in [("audit.read", 200), ("tenant.read", 403)] {
        let body = json!({"name": "robot", "scopes": [scope]});
        let made = scene
            .as_admin(Call::post("/api/v1/tenant/api-keys", &body))
            .await;
        let secret = made.at("/key").unwrap();
        let answer = scene.call(Call::get(AUDIT).bearer(&secret)).await;
        assert_eq!(answer.status, status, "{scope}");
    }
    let operator = scene.world.operator().await.unwrap();
    let refused = scene.call(Call::get(AUDIT).bearer(&operator)).await;
    assert_refused(&refused, 400, "tenant_required");
}

#[tokio::test]
async fn entries_are_kept_as_long_as_the_tier_says() {
    let scene = Scene::new(907).await;
    for (tier, life_s) in [
        (Tier::Free, AUDIT_LIFE_S),
        (Tier::Professional, AUDIT_LIFE_S),
        (Tier::Enterprise, AUDIT_LONG_LIFE_S),
    ] {
        scene
            .world
            .set_tier(&scene.acme.tenant, tier)
            .await
            .unwrap();
        scene.world.advance(61).await.unwrap();
        scene.describe(&format!("{tier:?}")).await;
        let query = format!("{AUDIT}?resourceType=tenant&action=update&limit=1");
        let newest = items(&scene.as_admin(Call::get(query)).await).remove(0);
        let instant = |name: &str| {
            newest[name]
                .as_str()
                .unwrap()
                .parse::<jiff::Timestamp>()
                .unwrap()
        };
        let kept_s = instant("keptUntil").as_second() - instant("at").as_second();
        assert_eq!(kept_s, life_s, "{tier:?}");
    }
}
