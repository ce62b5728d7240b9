//! The security stream: what of the trails concerns security, by itself.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use kernel::Clock;
use kernel::limits::{API_KEY_MISUSE_TOLD_S, SECURITY_STREAM_LIFE_S};
use serde_json::{Value, json};
use tests::client::{Answer, Call, assert_refused, pointers};
use tests::walkthrough::make_api_key;

use super::{Scene, items, texts};

const EVENTS: &str = "/api/v1/tenant/security-events";
const STREAM: &str = "/api/v1/admin/security-events";

impl Scene {
    /// Lets what was done come into the stream, and reads what there is of it for the tenant.
    async fn events(&self, query: &str) -> Vec<Value> {
        self.world.platform.settle().await.unwrap();
        items(&self.as_admin(Call::get(format!("{EVENTS}{query}"))).await)
    }

    async fn stream(&self, operator: &str, query: &str) -> Answer {
        self.world.platform.settle().await.unwrap();
        self.call(Call::get(format!("{STREAM}{query}")).bearer(operator))
            .await
    }

    async fn show(&self, key: &str) -> Answer {
        self.call(Call::get("/api/v1/websites").bearer(key)).await
    }

    /// Lets time pass, at once.
    fn pass(&self, seconds: i64) {
        self.world.clock.advance(SignedDuration::from_secs(seconds));
    }
}

#[tokio::test]
async fn what_concerns_security_stands_by_itself_as_it_stands_in_the_trail() {
    let scene = Scene::new(930).await;
    scene
        .world
        .set_tier(&scene.acme.tenant, tenancy::records::Tier::Enterprise)
        .await
        .unwrap();
    make_api_key(&scene.world.client(), &scene.acme.tokens.access)
        .await
        .unwrap();
    scene.pass(1);
    scene.describe("Websites for shops").await;
    let trail = scene.entries("?limit=100").await;
    let concerns = |entry: &&Value| {
        ["login", "permission-change"].contains(&entry["action"].as_str().unwrap())
            || ["apiKey", "membership"].contains(&entry["resource"]["type"].as_str().unwrap())
    };
    let expected: Vec<_> = trail.iter().filter(concerns).cloned().collect();
    assert!(expected.len() > 2 && expected.len() < trail.len());
    assert_eq!(scene.events("?limit=100").await, expected);
    let keys = scene.events("?resourceType=apiKey").await;
    assert_eq!(texts(&keys, "/action"), ["permission-change"]);
    assert!(
        scene.events("?action=update").await.is_empty(),
        "a profile is none"
    );
    let wrong = scene
        .as_admin(Call::get(format!("{EVENTS}?actor=me")))
        .await;
    assert_refused(&wrong, 422, "validation_failed");
    assert_eq!(pointers(&wrong), ["query:actor"]);
    let mut call = Call::get(format!("{EVENTS}?limit=1"));
    let mut found = Vec::new();
    loop {
        let page = scene.as_admin(call).await;
        found.extend(items(&page));
        match page.json()["nextCursor"].as_str() {
            Some(next) => call = Call::get(format!("{EVENTS}?limit=1&cursor={next}")),
            None => break,
        }
    }
    assert_eq!(found, expected, "page by page");
}

/// A key that comes with another secret is told to the tenant whose it is, and so is a refresh token that was used
/// before.
#[tokio::test]
async fn credentials_that_are_misused_are_told() {
    let scene = Scene::new(931).await;
    scene
        .world
        .set_tier(&scene.acme.tenant, tenancy::records::Tier::Enterprise)
        .await
        .unwrap();
    let made = make_api_key(&scene.world.client(), &scene.acme.tokens.access).await;
    let (place, key) = made.unwrap();
    let forged = format!("{}0", &key[..key.len() - 1]);
    let misused = async || scene.events("?action=security.misused").await;
    assert_eq!(scene.show(&key).await.status, 200);
    assert!(misused().await.is_empty());
    for _ in 0..3 {
        assert_refused(&scene.show(&forged).await, 401, "unauthenticated");
    }
    let told = misused().await;
    assert_eq!(told.len(), 1, "once a minute: {told:?}");
    assert_eq!(told[0]["resource"]["type"], "apiKey");
    assert_eq!(told[0]["resource"]["id"], place.rsplit('/').next().unwrap());
    assert_eq!(
        (&told[0]["actor"], &told[0]["address"]),
        (&json!("visitor"), &json!("127.0.0.1"))
    );
    scene.pass(API_KEY_MISUSE_TOLD_S + 1);
    assert_refused(&scene.show(&forged).await, 401, "unauthenticated");
    assert_eq!(misused().await.len(), 2);
    // A key that nobody has is nobody's to be told of.
    let nobodys = key.replacen(&key[key.len() - 60..key.len() - 50], "0000000000", 1);
    assert_refused(&scene.show(&nobodys).await, 401, "unauthenticated");
    let refresh = json!({ "refreshToken": scene.acme.tokens.refresh });
    let refresh = || scene.call(Call::post("/api/v1/auth/refresh", &refresh));
    assert_eq!(refresh().await.status, 200);
    scene.pass(31);
    assert_refused(&refresh().await, 401, "invalid_credentials");
    let scene = scene.signed_in_again().await;
    let told = scene
        .events("?action=security.misused&resourceType=session")
        .await;
    assert_eq!(told.len(), 1);
    assert!(told[0]["actor"].as_str().unwrap().starts_with("member:"));
}

#[tokio::test]
async fn operators_have_one_stream_of_all_in_order_of_time() {
    let scene = Scene::new(932).await;
    let operator = scene.world.operator().await.unwrap();
    let rival = scene.world.settled_tenant("rival").await.unwrap();
    let body = json!({"email": rival.owner.email, "password": "another password"});
    let wrong = scene.call(Call::post("/api/v1/auth/login", &body)).await;
    assert_refused(&wrong, 401, "invalid_credentials");
    let all = items(&scene.stream(&operator, "?limit=100").await);
    assert!(
        texts(&all, "/id").is_sorted_by(|one, next| one > next),
        "the newest first"
    );
    let failed =
        |entry: &Value| entry["action"] == "login-failed" && entry.get("tenantId").is_none();
    assert_eq!(all.iter().filter(|entry| failed(entry)).count(), 1);
    let whose: BTreeSet<_> = all
        .iter()
        .filter_map(|entry| entry["tenantId"].as_str())
        .collect();
    assert_eq!(whose, BTreeSet::from([&*scene.acme.tenant, &*rival.tenant]));
    // That it was read is in it, of the platform.
    let newest = items(&scene.stream(&operator, "?limit=1").await);
    assert_eq!(
        (&newest[0]["action"], newest[0].get("tenantId")),
        (&json!("read-sensitive"), None)
    );
    let of_rival = items(
        &scene
            .stream(&operator, &format!("?tenantId={}", rival.tenant))
            .await,
    );
    let among_all = all
        .iter()
        .filter(|entry| entry["tenantId"] == *rival.tenant);
    assert_eq!(of_rival, among_all.cloned().collect::<Vec<_>>());
    let again = items(
        &scene
            .stream(&operator, &format!("?tenantId={}", rival.tenant))
            .await,
    );
    assert_eq!(
        again.len(),
        of_rival.len() + 1,
        "the tenant sees that it was read"
    );
    assert!(
        scene.events("?action=read-sensitive").await.is_empty(),
        "and no other one"
    );
    let as_member = scene.as_admin(Call::get(STREAM)).await;
    assert_refused(&as_member, 403, "forbidden");
}

#[tokio::test]
async fn the_stream_goes_on_over_months_and_ends() {
    const MONTH_S: i64 = 31 * 86_400;
    let scene = Scene::new(933).await;
    let body = json!({"email": scene.acme.owner.email, "password": "another password"});
    let mut instants = Vec::new();
    for _ in 0..3 {
        let wrong = scene.call(Call::post("/api/v1/auth/login", &body)).await;
        assert_refused(&wrong, 401, "invalid_credentials");
        instants.push(scene.world.clock.now());
        scene.pass(MONTH_S);
    }
    let operator = scene.world.operator().await.unwrap();
    let failed = "?action=login-failed&limit=2";
    let first = scene.stream(&operator, failed).await;
    let next = first.at("/nextCursor").unwrap();
    let second = scene
        .stream(&operator, &format!("{failed}&cursor={next}"))
        .await;
    assert_eq!((items(&first).len(), items(&second).len()), (2, 1));
    assert_eq!(second.json().get("nextCursor"), None);
    let within = format!("{failed}&from={}&to={}", instants[1], instants[2]);
    let within = scene.stream(&operator, &within).await;
    assert_eq!(
        texts(&items(&within), "/id"),
        [items(&first)[1]["id"].as_str().unwrap()]
    );
    let later = scene.world.clock.now() + SignedDuration::from_secs(1);
    let nothing = scene
        .stream(&operator, &format!("{failed}&from={later}"))
        .await;
    assert!(items(&nothing).is_empty() && nothing.json().get("nextCursor").is_none());
    // What is kept no longer is not looked for.
    scene.pass(SECURITY_STREAM_LIFE_S);
    let operator = scene.world.operator().await.unwrap();
    let gone = scene.stream(&operator, failed).await;
    assert!(items(&gone).is_empty() && gone.json().get("nextCursor").is_none());
}
