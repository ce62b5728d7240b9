//! Features: what tenants have by their tier or their contract, and what becomes of asking for more.

use kernel::limits::TENANT_STATUS_CACHE_S;
use serde_json::{Value, json};
use tenancy::Feature;
use tenancy::records::Tier;
use tests::client::{Answer, Call, assert_refused, pointers};
use tests::walkthrough::make_api_key;
use tests::world::{Settled, World};

/// A tenant, and an operator.
struct Scene {
    world: World,
    acme: Settled,
    operator: String,
}

impl Scene {
    async fn new(seed: u64) -> Self {
        let world = World::new(seed).await.unwrap();
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

    async fn tier(&self, tier: &str) -> Answer {
        let path = format!("/api/v1/admin/tenants/{}/tier", self.acme.tenant);
        let call = Call::put(path, &json!({ "tier": tier }));
        self.call(call.bearer(&self.operator)).await
    }

    async fn agree(&self, features: &[&str]) -> Answer {
        let path = format!("/api/v1/admin/tenants/{}", self.acme.tenant);
        let body = json!({ "name": "Acme", "features": features });
        let call = Call::put(path, &body).if_match("*");
        self.call(call.bearer(&self.operator)).await
    }

    async fn told(&self) -> Value {
        let profile = self.as_admin(Call::get("/api/v1/tenant/profile")).await;
        profile.json()["features"].clone()
    }

    /// Lets pass what an authorizer may take until it knows.
    async fn minute(&self) {
        self.world.advance(TENANT_STATUS_CACHE_S).await.unwrap();
    }
}

fn of_tier(tier: Tier) -> Value {
    let comes = |(.., least): &(Feature, &str, Tier)| *least <= tier;
    let with = Feature::CHART.into_iter().filter(comes);
    with.map(|(_, name, _)| name).collect()
}

#[tokio::test]
async fn features_come_with_the_tier_and_a_contract_says_others() {
    let scene = Scene::new(920).await;
    assert_eq!(scene.told().await, json!(["apiAccess"]));
    for tier in Tier::ALL {
        let changed = scene.tier(tier.name()).await;
        assert_eq!(changed.json()["features"], of_tier(tier), "{tier:?}");
        assert_eq!(scene.told().await, of_tier(tier), "{tier:?}");
    }
    let agreed = scene.agree(&["sso", "apiAccess"]).await;
    assert_eq!(agreed.json()["features"], json!(["apiAccess", "sso"]));
    let refused = scene.agree(&["sso", "wishes"]).await;
    assert_eq!(pointers(&refused), ["/features/1"]);
    // What is left out stays, and what was agreed goes with the tier.
    let path = format!("/api/v1/admin/tenants/{}", scene.acme.tenant);
    let rename = Call::put(path, &json!({ "name": "Acme & Co" })).if_match("*");
    let renamed = scene.call(rename.bearer(&scene.operator)).await;
    assert_eq!(renamed.json()["features"], json!(["apiAccess", "sso"]));
    assert_eq!(
        scene.tier("Starter").await.json()["features"],
        of_tier(Tier::Starter)
    );
    assert_eq!(pointers(&scene.agree(&["sso"]).await), ["/features"]);
}

#[tokio::test]
async fn programs_are_let_in_where_the_tenant_has_them_and_nowhere_else() {
    const KEYS: &str = "/api/v1/tenant/api-keys";
    let scene = Scene::new(921).await;
    let client = scene.world.client();
    let (place, key) = make_api_key(&client, &scene.acme.tokens.access)
        .await
        .unwrap();
    let ask = async || {
        let list = Call::get("/api/v1/websites").bearer(&key);
        scene.call(list).await
    };
    assert_eq!(ask().await.status, 200);
    scene.tier("Custom").await;
    scene.agree(&["customDomains"]).await;
    scene.minute().await;
    let refused = ask().await;
    assert_refused(&refused, 403, "feature_unavailable");
    assert_eq!(refused.json()["feature"], "apiAccess");
    let new = json!({ "name": "Build", "scopes": ["content.read"] });
    let refused = scene.as_admin(Call::post(KEYS, &new)).await;
    assert_refused(&refused, 403, "feature_unavailable");
    // What there is can be seen and ended.
    assert_eq!(scene.as_admin(Call::get(KEYS)).await.status, 200);
    scene.agree(&["apiAccess"]).await;
    scene.minute().await;
    assert_eq!(ask().await.status, 200);
    scene.agree(&[]).await;
    scene.minute().await;
    let rotate = Call::post(format!("{place}/rotate"), &json!({})).if_match("*");
    let refused = scene.as_admin(rotate).await;
    assert_refused(&refused, 403, "feature_unavailable");
    let read = scene.as_admin(Call::get(&place)).await;
    let delete = Call::delete(&place).if_match(read.header("etag"));
    assert_eq!(scene.as_admin(delete).await.status, 204);
}
