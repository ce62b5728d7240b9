//! How often a tenant, a key, an operator and a network may ask: through the gateway, and by many authorizers at once.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};

use futures_util::future::join_all;
use jiff::SignedDuration;
use kernel::Clock;
use kernel::limits::TENANT_STATUS_CACHE_S;
use lambda_runtime::Context;
use runtime::Function;
use serde_json::{Value, json};
use tenancy::rate_plan::{Period, RatePlan};
use tenancy::records::Tier;
use tenancy::{GatewayContext, Outcome, Refusal};
use tests::client::{Answer, Call, assert_refused, pointers};
use tests::walkthrough::sign_in;
use tests::world::{Settled, World};

mod contracts;
mod leases;

const KEYS: &str = "/api/v1/tenant/api-keys";
const LIMITS: &str = "/api/v1/tenant/limits";
const PROFILE: &str = "/api/v1/tenant/profile";
const WEBSITES: &str = "/api/v1/websites";

/// A tenant, and an operator.
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

    /// Goes to where the next of these periods begins.
    fn begin(&self, period: Period) {
        let now = self.world.clock.now();
        let rest = period.end(now).duration_since(now);
        self.world.clock.advance(rest);
    }

    /// Signs its admin in again, since nobody stays signed in for an hour.
    async fn sign_in(&mut self) {
        let client = self.world.client();
        self.acme.tokens = sign_in(&client, &self.acme.owner).await.unwrap();
    }

    fn pass(&self, seconds: i64) {
        self.world.clock.advance(SignedDuration::from_secs(seconds));
    }

    async fn key(&self) -> String {
        let body = json!({ "name": "Build", "scopes": ["websites.list", "tenant.read"] });
        let made = self.as_admin(Call::post(KEYS, &body)).await;
        made.at("/key").unwrap()
    }

    /// Asks until it is refused. Returns how often it was answered before, and the refusal.
    async fn ask_until_refused(&self, call: Call) -> (u32, Answer) {
        let mut answered = 0;
        loop {
            let answer = self.call(call.clone()).await;
            if answer.status == 429 {
                return (answered, answer);
            }
            assert_eq!(answer.status, 200, "{}", answer.text());
            answered += 1;
        }
    }

    async fn tier(&self, tier: &str) {
        let path = format!("/api/v1/admin/tenants/{}/tier", self.acme.tenant);
        let call = Call::put(path, &json!({ "tier": tier }));
        let changed = self.as_operator(call).await;
        assert_eq!(changed.status, 200, "{}", changed.text());
    }

    async fn agree(&self, body: &Value) -> Answer {
        let path = format!("/api/v1/admin/tenants/{}", self.acme.tenant);
        let mut whole = json!({ "name": "Acme" });
        let fields = body.as_object().unwrap().clone();
        whole.as_object_mut().unwrap().extend(fields);
        self.as_operator(Call::put(path, &whole).if_match("*"))
            .await
    }
}

#[tokio::test]
async fn a_tenant_is_served_up_to_its_limit_and_again_in_the_next_minute() {
    let scene = Scene::new(940).await;
    let limit = RatePlan::Default.limits(Tier::Free).tenant[0].requests;
    let ask = || Call::get(PROFILE).bearer(&scene.acme.tokens.access);
    for _ in 0..2 {
        scene.begin(Period::Minute);
        scene.pass(20);
        let first = scene.call(ask()).await;
        assert_eq!(first.status, 200);
        let policy = format!("\"tenant-minute\";q={limit};w=60");
        assert_eq!(first.header("ratelimit-policy"), policy);
        let state = format!("\"tenant-minute\";r={};t=40", limit - 1);
        assert_eq!(first.header("ratelimit"), state);
        let (answered, refused) = scene.ask_until_refused(ask()).await;
        assert_eq!(answered + 1, limit);
        assert_refused(&refused, 429, "rate_limited");
        assert_eq!(refused.header("retry-after"), "40");
        assert_eq!(refused.header("ratelimit-policy"), policy);
        assert_eq!(refused.header("ratelimit"), "\"tenant-minute\";r=0;t=40");
        // Whatever is asked, also what is not there.
        let nothing = scene.as_admin(Call::get("/api/v1/tenant/nothing")).await;
        assert_refused(&nothing, 429, "rate_limited");
    }
    // Visitors are no programs: what they read is not counted with it.
    let seen = scene.world.client().visit(&scene.acme.host(), "/").await;
    assert_eq!(seen.unwrap().status, 404, "there is no page yet");
}

#[tokio::test]
async fn a_key_has_less_than_its_tenant_and_one_key_nothing_of_another() {
    let scene = Scene::new(941).await;
    let limits = RatePlan::Default.limits(Tier::Free);
    let (of_key, of_tenant) = (limits.key[0].requests, limits.tenant[0].requests);
    let keys = [scene.key().await, scene.key().await, scene.key().await];
    scene.begin(Period::Minute);
    for (key, state) in keys.iter().zip([
        "\"tenant-minute\";r=100;t=60, \"key-minute\";r=0;t=60",
        "\"tenant-minute\";r=0;t=60",
    ]) {
        let ask = Call::get(WEBSITES).bearer(key);
        let (answered, refused) = scene.ask_until_refused(ask).await;
        assert_eq!(answered, of_key);
        assert_refused(&refused, 429, "rate_limited");
        assert_eq!(refused.header("retry-after"), "60");
        assert_eq!(refused.header("ratelimit"), state);
    }
    // What was refused to a key was not counted to the tenant; and two keys have used it up.
    assert_eq!(2 * of_key, of_tenant);
    let third = scene.call(Call::get(WEBSITES).bearer(&keys[2])).await;
    assert_refused(&third, 429, "rate_limited");
    assert_eq!(third.header("ratelimit"), "\"tenant-minute\";r=0;t=60");
    assert_refused(
        &scene.as_admin(Call::get(PROFILE)).await,
        429,
        "rate_limited",
    );
}

#[tokio::test]
async fn one_tenant_uses_up_nothing_of_another() {
    let scene = Scene::new(942).await;
    let other = scene.world.settled_tenant("other").await.unwrap();
    scene.begin(Period::Minute);
    let ask = Call::get(PROFILE).bearer(&scene.acme.tokens.access);
    scene.ask_until_refused(ask).await;
    let look = Call::get(LIMITS).bearer(&other.tokens.access);
    let limits = scene.call(look).await;
    assert_eq!(limits.status, 200);
    let limit = RatePlan::Default.limits(Tier::Free).tenant[0].requests;
    let state = format!("\"tenant-minute\";r={};t=60", limit - 1);
    assert_eq!(limits.header("ratelimit"), state);
}

#[tokio::test]
async fn without_a_credential_a_network_asks_so_often_an_hour_whatever_it_asks() {
    const LIMIT: u32 = 50;
    let world = World::as_by_default(943).await.unwrap();
    let acme = world.settled_tenant("acme").await.unwrap();
    let operator = String::new();
    let mut scene = Scene {
        world,
        acme,
        operator,
    };
    let from = |last: u16| IpAddr::from(Ipv6Addr::new(0x2001, 0xdb8, 0, 7, 0, 0, 0, last));
    scene.begin(Period::Hour);
    let paths = ["/api/v1/openapi.json", "/api/v1/problems", WEBSITES];
    let mut answered = BTreeMap::new();
    for number in 0..LIMIT {
        let path = paths[usize::try_from(number).unwrap() % paths.len()];
        // Another address of the same network, with and without a forged token.
        let address = from(u16::try_from(number).unwrap());
        let call = Call::get(path).from(address);
        let call = if number % 2 == 0 {
            call
        } else {
            call.bearer("forged")
        };
        let status = scene.call(call).await.status.as_u16();
        *answered.entry(status).or_insert(0) += 1;
    }
    assert_eq!(answered.keys().collect::<Vec<_>>(), [&200, &401]);
    for path in paths {
        let refused = scene.call(Call::get(path).from(from(1))).await;
        assert_refused(&refused, 429, "rate_limited");
        assert_eq!(refused.header("retry-after"), "3600");
        assert_eq!(refused.header("ratelimit"), "\"network-hour\";r=0;t=3600");
    }
    // A member there is served, whoever is in the same network; and so is another network.
    scene.sign_in().await;
    let member = Call::get(PROFILE).from(from(1));
    assert_eq!(scene.as_admin(member).await.status, 200);
    let other = Ipv6Addr::new(0x2001, 0xdb8, 0, 8, 0, 0, 0, 1);
    let other = scene.call(Call::get(paths[0]).from(other)).await;
    assert_eq!(other.status, 200);
    // Signing in and what is read to check tokens have counts of their own.
    let keys = scene
        .call(Call::get("/.well-known/jwks.json").from(from(1)))
        .await;
    assert_eq!(keys.status, 200);
    scene.begin(Period::Hour);
    let again = scene.call(Call::get(paths[0]).from(from(1))).await;
    assert_eq!(again.status, 200);
}

#[tokio::test]
async fn an_operator_has_a_limit_and_no_other_operators() {
    let world = World::with(944, "OperatorRequests", "300").await.unwrap();
    let scene = Scene::of(world).await;
    scene.begin(Period::Minute);
    let ask = Call::get("/api/v1/admin/tenants").bearer(&scene.operator);
    let (answered, refused) = scene.ask_until_refused(ask).await;
    assert_eq!(answered, 300);
    assert_refused(&refused, 429, "rate_limited");
    assert_eq!(refused.header("ratelimit"), "\"operator-minute\";r=0;t=60");
    // What operators do to a tenant is none of its requests.
    let limits = scene.as_admin(Call::get(LIMITS)).await;
    assert_eq!(limits.json()["rateLimits"]["tenant"][0]["remaining"], 175);
}

#[tokio::test]
async fn a_tenant_sees_its_limits_and_what_is_left_of_them() {
    let mut scene = Scene::new(945).await;
    let path = format!("/api/v1/admin/tenants/{}", scene.acme.tenant);
    let tenant = scene.as_operator(Call::get(path)).await;
    scene.begin(Period::Day);
    scene.sign_in().await;
    let limits = scene.as_admin(Call::get(LIMITS)).await;
    assert_eq!(limits.status, 200);
    let now = scene.world.clock.now();
    // One lease of twenty-five was taken.
    assert_eq!(
        limits.json(),
        json!({
            "tier": "Free",
            "ratePlan": "default",
            "rateLimits": {
                "tenant": [{
                    "requests": 200,
                    "per": "minute",
                    "remaining": 175,
                    "resetsAt": Period::Minute.end(now).to_string(),
                }],
                "key": [{ "requests": 100, "per": "minute" }],
            },
            "requestsToday": 25,
            "abuseLimits": tenant.json()["abuseLimits"],
            "quota": tenant.json()["quota"],
            "used": { "websites": 1 },
        })
    );
    let by_key = Call::get(LIMITS).bearer(&scene.key().await);
    assert_eq!(scene.call(by_key).await.status, 200);
    let strange = scene
        .as_admin(Call::get(format!("{LIMITS}?of=other")))
        .await;
    assert_refused(&strange, 422, "validation_failed");
}

#[tokio::test]
async fn how_a_key_was_used_is_listed_by_day_and_in_pages() {
    let mut scene = Scene::new(946).await;
    let key = scene.key().await;
    let keys = scene.as_admin(Call::get(KEYS)).await;
    let place = format!("{KEYS}/{}/usage", keys.at("/items/0/id").unwrap());
    let unused = scene.as_admin(Call::get(place.as_str())).await;
    assert_eq!(unused.json(), json!({ "items": [] }));
    let mut days = Vec::new();
    for _ in 0..3 {
        scene.begin(Period::Day);
        days.insert(0, scene.world.clock.now().strftime("%F").to_string());
        let answer = scene.call(Call::get(WEBSITES).bearer(&key)).await;
        assert_eq!(answer.status, 200);
    }
    scene.sign_in().await;
    let token = scene.acme.tokens.access.clone();
    let look = |path: String| scene.call(Call::get(path).bearer(&token));
    let first = look(format!("{place}?limit=2")).await;
    let of_day = |day: &String| json!({ "day": day, "requests": 12 });
    assert_eq!(
        first.json()["items"],
        json!([of_day(&days[0]), of_day(&days[1])])
    );
    let next = first.at("/nextCursor").unwrap();
    let second = look(format!("{place}?limit=2&cursor={next}")).await;
    assert_eq!(second.json(), json!({ "items": [of_day(&days[2])] }));
    let missing = format!("{KEYS}/01890a5d-ac96-774b-bcce-b302099a8057/usage");
    assert_refused(&look(missing).await, 404, "not_found");
}
