//! A tenant, its owner at work on a website, and what that costs.

use http::{Method, StatusCode};
use jiff::SignedDuration;
use local::history::{CallRecord, Mark, Outcome, Service};
use serde_json::{Value, json};
use tenancy::records::Tier;
use tests::client::{Answer, Call};
use tests::walkthrough::{Owner, make_website, register, sign_in};
use tests::world::World;

/// No website, page or release has it.
pub(crate) const NO_ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// The address of all websites in the API.
pub(crate) const WEBSITES: &str = "/api/v1/websites";

/// The host of the website of [`Scene::new`].
pub(crate) const HOST: &str = "main.acme.localhost";

/// Long enough for every purge to have left and every environment to have looked again.
const REST_S: i64 = 60;

/// A platform, and one of its tenants.
pub(crate) struct Scene {
    pub(crate) world: World,
    owner: Owner,
    tenant: String,
    token: String,
    /// The address of the tenant's website in the API.
    pub(crate) website: String,
}

impl Scene {
    /// Makes a tenant with the website `main`, without pages.
    pub(crate) async fn new() -> Self {
        let mut scene = Self::bare().await;
        let made = make_website(&scene.world.client(), &scene.token, "main").await;
        scene.website = made.unwrap();
        scene
    }

    /// Makes a tenant without websites.
    pub(crate) async fn bare() -> Self {
        let world = World::new(80).await.unwrap();
        let owner = Owner::named("acme");
        let tenant = register(&world.client(), &owner).await.unwrap();
        let tokens = sign_in(&world.client(), &owner).await.unwrap();
        Self {
            world,
            owner,
            tenant,
            token: tokens.access,
            website: String::new(),
        }
    }

    /// Makes two requests to a function go as fast as each other: none waits for a cold start.
    pub(crate) async fn warm_up(&self, function: &str) {
        for function in ["authorizer", function] {
            let pools = self.world.platform.pools();
            pools.warm_up(function, 2).await.unwrap();
        }
    }

    /// Lets the tenant have three websites.
    pub(crate) async fn upgrade(&self) {
        let raised = self.world.set_tier(&self.tenant, Tier::Starter);
        raised.await.unwrap();
    }

    /// Lets time pass, and what falls due at its end happen.
    pub(crate) async fn pass(&self, seconds: i64) {
        self.world.clock.advance(SignedDuration::from_secs(seconds));
        self.world.platform.settle().await.unwrap();
    }

    /// Lets so much time pass that visitors see what is.
    pub(crate) async fn rest(&self) {
        self.world.advance(REST_S).await.unwrap();
    }

    /// Signs the owner in again.
    pub(crate) async fn sign_in(&mut self) {
        let tokens = sign_in(&self.world.client(), &self.owner).await;
        self.token = tokens.unwrap().access;
    }

    /// Calls the API as the owner, a millisecond after the call before.
    pub(crate) async fn call(&self, call: Call) -> Answer {
        self.world.clock.advance(SignedDuration::from_millis(1));
        let client = self.world.client();
        client.call(self.as_owner(call)).await.unwrap()
    }

    /// Makes a request the owner's.
    pub(crate) fn as_owner(&self, call: Call) -> Call {
        call.bearer(&self.token)
    }

    /// Returns an address below the website.
    pub(crate) fn at(&self, below: &str) -> String {
        format!("{}{below}", self.website)
    }

    /// Reads what is below the website.
    pub(crate) async fn get(&self, below: &str) -> Answer {
        self.call(Call::get(self.at(below))).await
    }

    /// Replaces what is below the website, at its present version.
    pub(crate) async fn put(&self, below: &str, body: &Value) -> Answer {
        self.put_to(&self.at(below), body).await
    }

    /// Replaces what is at an address, at its present version.
    pub(crate) async fn put_to(&self, path: &str, body: &Value) -> Answer {
        let etag = self.etag(path).await;
        self.call(Call::put(path, body).if_match(&etag)).await
    }

    /// Deletes what is at an address, at its present version.
    pub(crate) async fn delete(&self, path: &str) -> Answer {
        let etag = self.etag(path).await;
        self.call(Call::delete(path).if_match(&etag)).await
    }

    /// Does what an address names.
    pub(crate) async fn act(&self, path: &str) -> Answer {
        self.call(Call::new(Method::POST, path)).await
    }

    /// Returns the version of what is at an address.
    pub(crate) async fn etag(&self, path: &str) -> String {
        let read = self.call(Call::get(path)).await.expect(StatusCode::OK);
        read.unwrap().header("etag").to_owned()
    }

    /// Makes a page of its slug and returns its address.
    pub(crate) async fn make(&self, slug: &str) -> String {
        let call = Call::post(self.at("/pages"), &draft(slug, slug));
        let made = self.call(call).await.expect(StatusCode::CREATED).unwrap();
        self.at(&format!("/pages/{}", made.at("/id").unwrap()))
    }

    /// Publishes a page and returns the release that is live then.
    pub(crate) async fn publish(&self, page: &str) -> String {
        let published = self.act(&format!("{page}/publish")).await;
        let published = published.expect(StatusCode::OK).unwrap();
        published.at("/release/id").unwrap()
    }

    /// Returns the status of a page.
    pub(crate) async fn status(&self, page: &str) -> String {
        let read = self.call(Call::get(page)).await.expect(StatusCode::OK);
        read.unwrap().at("/status").unwrap()
    }

    /// Makes a release live.
    pub(crate) async fn activate(&self, release: &str) -> Answer {
        let path = self.at(&format!("/releases/{release}/activate"));
        self.act(&path).await.expect(StatusCode::OK).unwrap()
    }

    /// Returns the releases, the newest first.
    pub(crate) async fn releases(&self) -> Vec<Value> {
        let list = self.get("/releases?limit=100").await;
        let list = list.expect(StatusCode::OK).unwrap().json();
        list["items"].as_array().unwrap().clone()
    }

    /// Returns the release that is live.
    pub(crate) async fn live_release(&self) -> String {
        let releases = self.releases().await;
        let live = releases.iter().find(|release| release["isLive"] == true);
        live.unwrap()["id"].as_str().unwrap().to_owned()
    }

    /// Returns the paths of the pages that are live, in order: what the live release has beyond
    /// the first, which has no pages.
    pub(crate) async fn live(&self) -> Vec<String> {
        let releases = self.releases().await;
        let first = releases.last().unwrap()["id"].as_str().unwrap().to_owned();
        let live = self.live_release().await;
        let diff = self.get(&format!("/releases/{first}/diff/{live}")).await;
        let diff = diff.expect(StatusCode::OK).unwrap().json();
        let added = diff["items"].as_array().unwrap().iter().map(|item| {
            assert_eq!(item["change"], "added", "{item}");
            item["path"].as_str().unwrap().to_owned()
        });
        added.collect()
    }

    /// Returns what a visitor gets who comes a minute later.
    pub(crate) async fn visit(&self, path: &str) -> Answer {
        self.rest().await;
        self.world.client().visit(HOST, path).await.unwrap()
    }

    /// Returns this moment.
    pub(crate) fn mark(&self) -> Mark {
        self.world.platform.history().mark()
    }

    /// Returns what a function wrote to storage since.
    pub(crate) fn cost(&self, function: &str, mark: Mark) -> Cost {
        let mut calls = self.world.platform.history().since(mark);
        let is_storage =
            |call: &CallRecord| matches!(call.service, Service::DynamoDb | Service::S3);
        calls.retain(|call| call.function == function && is_storage(call));
        calls.retain(|call| !is_read(call));
        Cost { writes: calls }
    }
}

/// What was written to storage.
pub(crate) struct Cost {
    pub(crate) writes: Vec<CallRecord>,
}

impl Cost {
    /// Returns the writes of an operation.
    pub(crate) fn writes_by(&self, operation: &str) -> Vec<&CallRecord> {
        let writes = self.writes.iter();
        writes.filter(|call| call.operation == operation).collect()
    }

    /// Returns how many transactions were refused, since others were at the same items.
    pub(crate) fn refused(&self) -> usize {
        let transactions = self.writes_by("TransactWriteItems").into_iter();
        let refused = transactions.filter(|call| call.outcome != Outcome::Succeeded);
        refused.count()
    }
}

fn is_read(call: &CallRecord) -> bool {
    ["Get", "BatchGet", "Query", "List", "Head"]
        .iter()
        .any(|begin| call.operation.starts_with(begin))
}

/// A page's draft.
pub(crate) fn draft(slug: &str, text: &str) -> Value {
    json!({
        "title": format!("The page {slug}"),
        "slug": slug,
        "content": { "format": "markdown", "value": text },
    })
}
