//! API keys: what a program can do with one, for how long, and where its secret is.

use http::Method;
use kernel::limits::{
    API_KEY_CACHE_S, API_KEY_OVERLAP_S, API_KEY_USE_NOTED_S, API_KEYS_MAX, TENANT_STATUS_CACHE_S,
};
use serde_json::{Value, json};
use tenancy::records::Tier;
use tests::client::{Answer, Call, assert_refused, pointers};
use tests::walkthrough::make_website;
use tests::world::{Settled, World};

use super::contents;

const KEYS: &str = "/api/v1/tenant/api-keys";
const WEBSITES: &str = "/api/v1/websites";

mod ends;

/// A tenant with a website, whose admin makes keys.
struct Scene {
    world: World,
    acme: Settled,
}

/// A key, as the answer that made it says.
struct Made {
    place: String,
    key: String,
}

impl Scene {
    async fn new(seed: u64) -> Self {
        let world = World::new(seed).await.unwrap();
        let acme = world.settled_tenant("acme").await.unwrap();
        Self { world, acme }
    }

    async fn call(&self, call: Call) -> Answer {
        self.world.client().call(call).await.unwrap()
    }

    async fn as_admin(&self, call: Call) -> Answer {
        self.call(call.bearer(&self.acme.tokens.access)).await
    }

    async fn create(&self, body: &Value) -> Answer {
        self.as_admin(Call::post(KEYS, body)).await
    }

    async fn made(&self, body: &Value) -> Made {
        let made = self.create(body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        Made {
            place: made.header("location").to_owned(),
            key: made.at("/key").unwrap(),
        }
    }

    /// Makes a key that reads.
    async fn reader(&self) -> Made {
        let scopes = ["websites.list", "websites.read", "content.read"];
        self.made(&json!({ "name": "Reader", "scopes": scopes }))
            .await
    }

    async fn show(&self, key: &str) -> Answer {
        self.call(Call::get(WEBSITES).bearer(key)).await
    }

    async fn look(&self, made: &Made) -> Value {
        let read = self.as_admin(Call::get(made.place.as_str())).await;
        assert_eq!(read.status, 200, "{}", read.text());
        read.json()
    }

    async fn rotate(&self, made: &Made, body: &Value) -> Answer {
        let path = format!("{}/rotate", made.place);
        self.as_admin(Call::post(path, body).if_match("*")).await
    }

    async fn rotated(&self, made: &Made, body: &Value) -> String {
        let rotated = self.rotate(made, body).await;
        assert_eq!(rotated.status, 200, "{}", rotated.text());
        rotated.at("/key").unwrap()
    }

    async fn put(&self, made: &Made, body: &Value) -> Answer {
        let read = self.as_admin(Call::get(made.place.as_str())).await;
        let put = Call::put(made.place.as_str(), body);
        self.as_admin(put.if_match(read.header("etag"))).await
    }

    async fn delete(&self, made: &Made) {
        let read = self.as_admin(Call::get(made.place.as_str())).await;
        let delete = Call::delete(made.place.as_str()).if_match(read.header("etag"));
        assert_eq!(self.as_admin(delete).await.status, 204);
    }

    async fn pass(&self, seconds: i64) {
        self.world.advance(seconds).await.unwrap();
    }
}

/// Threat C7: a key is shown once and is nowhere else: in no other answer, no item and no log.
#[tokio::test]
async fn a_key_is_shown_by_the_answer_that_makes_it_and_by_nothing_else() {
    let scene = Scene::new(830).await;
    let body = json!({ "name": " Build ", "scopes": ["websites.list", "websites.read"] });
    let answer = scene.create(&body).await;
    let made = Made {
        place: answer.header("location").to_owned(),
        key: answer.at("/key").unwrap(),
    };
    assert_eq!(answer.header("cache-control"), "no-store");
    let (prefix, secret) = made.key.split_once('.').unwrap();
    assert_eq!(answer.at("/prefix").unwrap(), prefix);
    assert_eq!(answer.at("/name").unwrap(), "Build");
    for call in [
        Call::get(WEBSITES).bearer(&made.key),
        Call::get(WEBSITES).with("x-api-key", made.key.as_str()),
    ] {
        assert_eq!(scene.call(call).await.status, 200);
    }
    let rotated = scene.rotated(&made, &json!({})).await;
    assert!(rotated.starts_with(prefix) && rotated != made.key);
    for path in [KEYS, &made.place] {
        let read = scene.as_admin(Call::get(path)).await.text();
        assert!(read.contains(prefix) && !read.contains(secret), "{read}");
    }
    let newer = rotated.split_once('.').unwrap().1;
    let items = format!("{:?}", contents::items(&scene.world).await);
    assert!(items.contains("Build"));
    assert!(!items.contains(secret) && !items.contains(newer));
}

#[tokio::test]
async fn when_a_key_was_used_last_is_known_within_minutes() {
    let scene = Scene::new(831).await;
    let made = scene.reader().await;
    assert_eq!(scene.look(&made).await["lastUsedAt"], Value::Null);
    scene.show(&made.key).await;
    let first = scene.look(&made).await["lastUsedAt"].clone();
    assert!(first.is_string());
    scene.pass(60).await;
    scene.show(&made.key).await;
    assert_eq!(scene.look(&made).await["lastUsedAt"], first);
    scene.pass(API_KEY_USE_NOTED_S).await;
    scene.show(&made.key).await;
    let list = scene.as_admin(Call::get(KEYS)).await.json();
    assert!(list["items"][0]["lastUsedAt"].as_str() > first.as_str());
    let forged = format!("{}0", &made.key[..made.key.len() - 1]);
    scene.pass(API_KEY_USE_NOTED_S).await;
    let used = scene.look(&made).await;
    scene.show(&forged).await;
    assert_eq!(scene.look(&made).await, used);
}

/// Threat C7: a key lets do what its scopes say, and is no person.
#[tokio::test]
async fn a_program_does_what_its_key_is_for_and_nothing_else() {
    let scene = Scene::new(832).await;
    let made = scene.reader().await;
    let by_key = async |call: Call| scene.call(call.bearer(&made.key)).await;
    let pages = format!("{}/pages", scene.acme.website);
    assert_eq!(by_key(Call::get(pages.as_str())).await.status, 200);
    let page = json!({
        "title": "About",
        "slug": "about",
        "content": { "format": "markdown", "value": "Us." },
    });
    let refused = [
        Call::post(pages.as_str(), &page),
        Call::get(KEYS),
        Call::post(KEYS, &json!({ "name": "More", "scopes": ["content.edit"] })),
        Call::post(format!("{}/rotate", made.place), &json!({})),
        Call::get("/api/v1/tenant/users"),
        Call::get("/api/v1/auth/sessions"),
        Call::new(Method::POST, "/api/v1/auth/verification"),
        Call::get("/api/v1/admin/tenants"),
        Call::get(WEBSITES).with("x-tenant-id", "01890a5d-ac96-774b-bcce-b302099a8057"),
    ];
    for call in refused {
        let path = call.path.clone();
        let answer = by_key(call).await;
        assert_refused(&answer, 403, "forbidden");
        assert!(!answer.text().contains("about"), "{path}");
    }
    let own = Call::get(WEBSITES).with("x-tenant-id", scene.acme.tenant.as_str());
    assert_eq!(by_key(own).await.status, 200);
    let scopes = json!(["content.read", "content.edit", "content.publish"]);
    let wider = json!({ "name": "Writer", "scopes": scopes });
    assert_eq!(scene.put(&made, &wider).await.status, 200);
    scene.pass(API_KEY_CACHE_S).await;
    let by = by_key(Call::post(pages.as_str(), &page)).await;
    assert_eq!(by.status, 201, "{}", by.text());
    assert_refused(&by_key(Call::get(WEBSITES)).await, 403, "forbidden");
}

#[tokio::test]
async fn a_key_for_a_website_finds_no_other_one() {
    let scene = Scene::new(833).await;
    let raised = scene.world.set_tier(&scene.acme.tenant, Tier::Enterprise);
    raised.await.unwrap();
    let client = scene.world.client();
    let second = make_website(&client, &scene.acme.tokens.access, "second").await;
    let (first, second) = (scene.acme.website.as_str(), second.unwrap());
    let id = first.rsplit('/').next().unwrap();
    let scopes = ["websites.list", "websites.read"];
    let body = json!({ "name": "One", "scopes": scopes, "websites": [id] });
    let made = scene.made(&body).await;
    let get = async |path: &str| scene.call(Call::get(path).bearer(&made.key)).await;
    assert_eq!(get(first).await.status, 200);
    assert_refused(&get(&second).await, 404, "not_found");
    let listed = get(WEBSITES).await.json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    // Another name makes it no wider.
    let renamed = scene.put(&made, &json!({ "name": "Another" })).await;
    assert_eq!(
        renamed.json()["websites"],
        json!([id]),
        "{}",
        renamed.text()
    );
    assert_eq!(renamed.json()["scopes"], json!(scopes));
    for (websites, pointer) in [
        (json!([]), "/websites"),
        (json!([id, id]), "/websites"),
        (json!([scene.acme.tenant]), "/websites"),
    ] {
        let body = json!({ "name": "One", "scopes": ["websites.read"], "websites": websites });
        assert_eq!(pointers(&scene.create(&body).await), [pointer]);
    }
}

#[tokio::test]
async fn what_no_key_can_be_is_refused() {
    let scene = Scene::new(834).await;
    for (body, pointer) in [
        (json!({ "name": "", "scopes": ["content.read"] }), "/name"),
        (json!({ "name": "a", "scopes": [] }), "/scopes"),
        (
            json!({ "name": "a", "scopes": ["apiKeys.manage"] }),
            "/scopes/0",
        ),
        (
            json!({ "name": "a", "scopes": ["content.read", "members.manage"] }),
            "/scopes/1",
        ),
        (
            json!({ "name": "a", "scopes": ["everything"] }),
            "/scopes/0",
        ),
        (
            json!({ "name": "a", "scopes": ["content.read"], "endsAt": "2020-01-01T00:00:00Z" }),
            "/endsAt",
        ),
        (
            json!({ "name": "a", "scopes": ["content.read"], "endsAt": "2099-01-01T00:00:00Z" }),
            "/endsAt",
        ),
    ] {
        assert_eq!(pointers(&scene.create(&body).await), [pointer], "{body}");
    }
    let made = scene.reader().await;
    for overlap in [-1, API_KEY_OVERLAP_S * 8] {
        let body = json!({ "overlapSeconds": overlap });
        let refused = scene.rotate(&made, &body).await;
        assert_eq!(pointers(&refused), ["/overlapSeconds"]);
    }
    let list = scene.as_admin(Call::get(KEYS)).await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_tenant_has_so_many_keys_and_no_more() {
    let scene = Scene::new(835).await;
    let body = json!({ "name": "One of many", "scopes": ["content.read"] });
    let first = scene.made(&body).await;
    for _ in 1..API_KEYS_MAX {
        scene.world.advance(0).await.unwrap();
        scene.made(&body).await;
    }
    assert_refused(&scene.create(&body).await, 429, "quota_exceeded");
    let list = scene.as_admin(Call::get(format!("{KEYS}?limit=100"))).await;
    let items = list.json()["items"].as_array().unwrap().len();
    assert_eq!(items, API_KEYS_MAX as usize);
    scene.delete(&first).await;
    scene.made(&body).await;
}

#[tokio::test]
async fn nothing_but_the_whole_key_is_good() {
    let scene = Scene::new(836).await;
    let (made, other) = (scene.reader().await, scene.reader().await);
    let (name, secret) = made.key.split_once('.').unwrap();
    let (other_name, _) = other.key.split_once('.').unwrap();
    let birch = scene.world.settled_tenant("birch").await.unwrap();
    let mut forged = vec![
        format!("{other_name}.{secret}"),
        name.replace(&scene.acme.tenant, &birch.tenant) + "." + secret,
        name.to_owned(),
        format!("{name}."),
        made.key.to_uppercase(),
        format!("{}00", made.key),
        format!("hsk_{}", "0".repeat(300)),
        secret.to_owned(),
    ];
    for place in (0..secret.len()).step_by(7) {
        let mut wrong = secret.to_owned().into_bytes();
        wrong[place] = if wrong[place] == b'0' { b'1' } else { b'0' };
        forged.push(format!("{name}.{}", String::from_utf8(wrong).unwrap()));
    }
    for wrong in forged {
        let bearer = Call::get(WEBSITES).bearer(&wrong);
        let header = Call::get(WEBSITES).with("x-api-key", wrong.as_str());
        for call in [bearer, header] {
            assert_refused(&scene.call(call).await, 401, "unauthenticated");
        }
    }
    let both = Call::get(WEBSITES).bearer(&made.key);
    let both = both.with("x-api-key", made.key.as_str());
    assert_refused(&scene.call(both).await, 401, "unauthenticated");
    let token = Call::get(WEBSITES).with("x-api-key", scene.acme.tokens.access.as_str());
    assert_refused(&scene.call(token).await, 401, "unauthenticated");
    assert_eq!(scene.show(&made.key).await.status, 200);
}

#[tokio::test]
async fn a_key_is_as_good_as_its_tenant() {
    let scene = Scene::new(837).await;
    let made = scene.reader().await;
    let operator = scene.world.operator().await.unwrap();
    let tenant = format!("/api/v1/admin/tenants/{}", scene.acme.tenant);
    for (verb, told) in [("suspend", Some("tenant_inactive")), ("activate", None)] {
        let call = Call::new(Method::POST, format!("{tenant}/{verb}")).bearer(&operator);
        assert_eq!(scene.call(call).await.status, 200);
        scene.pass(TENANT_STATUS_CACHE_S).await;
        let answer = scene.show(&made.key).await;
        match told {
            Some(told) => assert_refused(&answer, 403, told),
            None => assert_eq!(answer.status, 200, "{}", answer.text()),
        }
    }
}
