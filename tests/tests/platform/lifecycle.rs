//! Tenants' and websites' lives: statuses, deletion and undo, and suspension within a minute.

use std::collections::BTreeSet;

use http::StatusCode;
use local::history::Mark;
use serde_json::json;
use tests::client::{Answer, Call, Client, assert_refused};
use tests::walkthrough::{Owner, make_page, publish, register, visit_fresh};
use tests::world::{Settled, World};

use crate::contents::Contents;

/// Environments of a function that are warm.
const ENVIRONMENTS: u32 = 8;

/// Long enough for the purges that publishing makes to be over.
const REST_S: i64 = 60;

/// A tenant that is in use everywhere.
struct InUse<'a> {
    world: &'a World,
    client: Client<'a>,
    acme: Settled,
    operator: String,
}

impl InUse<'_> {
    /// Calls the API as the tenant's owner.
    async fn call(&self, call: Call) -> Answer {
        let call = call.bearer(&self.acme.tokens.access);
        self.client.call(call).await.unwrap()
    }

    /// Moves the tenant as the operator.
    async fn operate(&self, call: Call) {
        let answer = self.client.call(call.bearer(&self.operator)).await;
        answer.unwrap().expect(StatusCode::OK).unwrap();
    }

    /// Asks each environment of the API's functions and of the origin once, and returns the answers
    /// of both. Invocations go round all environments.
    async fn ask_each(&self) -> (Vec<Answer>, Vec<Answer>) {
        let (mut api, mut pages) = (Vec::new(), Vec::new());
        for number in 0..ENVIRONMENTS {
            api.push(self.call(Call::get(&self.acme.website)).await);
            let path = format!("{}/pages", self.acme.website);
            api.push(self.call(Call::get(path)).await);
            // The edge keeps a path: the origin is asked for another one each time.
            let path = match number {
                0 => "/about".to_owned(),
                number => format!("/nowhere-{number}"),
            };
            pages.push(self.client.visit(&self.acme.host(), &path).await.unwrap());
        }
        (api, pages)
    }

    /// Returns how many environments of a function called a service since `mark`.
    fn environments(&self, function: &str, mark: Mark) -> usize {
        let calls = self.world.platform.history().since(mark);
        let calls = calls.into_iter().filter(|call| call.function == function);
        let environments: BTreeSet<u32> = calls.map(|call| call.environment).collect();
        environments.len()
    }

    /// Has every environment answer, and the edge keep a page.
    async fn warm_up(&self) {
        let functions = ["authorizer", "content", "websites", "delivery"];
        for function in functions {
            let pools = self.world.platform.pools();
            pools
                .warm_up(function, ENVIRONMENTS as usize)
                .await
                .unwrap();
        }
        let mark = self.world.platform.history().mark();
        let (api, pages) = self.ask_each().await;
        for answer in api {
            answer.expect(StatusCode::OK).unwrap();
        }
        for (number, page) in pages.iter().enumerate() {
            let status = if number == 0 { 200 } else { 404 };
            assert_eq!(page.status, status, "page {number}");
        }
        for function in functions {
            let warm = self.environments(function, mark);
            assert_eq!(warm, ENVIRONMENTS as usize, "{function}");
        }
        let kept = self.client.visit(&self.acme.host(), "/about").await;
        assert_eq!(kept.unwrap().header("x-cache"), "Hit from cloudfront");
    }

    /// Checks that nothing of the tenant answers, in any environment nor at the edge.
    async fn assert_refused_everywhere(&self) {
        let mark = self.world.platform.history().mark();
        let (api, pages) = self.ask_each().await;
        for answer in api {
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.text());
            assert_eq!(answer.problem(), "tenant_inactive");
        }
        for (number, page) in pages.iter().enumerate() {
            assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{number}");
            assert_eq!(page.header("x-cache"), "Miss from cloudfront", "{number}");
            assert!(!page.header("retry-after").is_empty());
            assert!(!page.text().contains("Us."), "{}", page.text());
        }
        // Behind the authorizer no function needs to look for itself.
        for function in ["authorizer", "delivery"] {
            let asked = self.environments(function, mark);
            assert_eq!(asked, ENVIRONMENTS as usize, "{function}");
        }
        let owner = &self.acme.owner;
        for (path, body) in [
            (
                "/api/v1/auth/refresh",
                json!({ "refreshToken": self.acme.tokens.refresh }),
            ),
            (
                "/api/v1/auth/login",
                json!({ "email": owner.email, "password": owner.password }),
            ),
        ] {
            let refused = self.client.call(Call::post(path, &body)).await.unwrap();
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
            assert_eq!(refused.problem(), "tenant_inactive", "{path}");
        }
    }
}

/// What the stores hold, but for the tenant's own record, which is what was changed, and for how often somebody
/// signed in or asked something.
async fn held(world: &World) -> Vec<String> {
    let mut things = Contents::of(world).await.things;
    let others = [
        "tenant ",
        "directory ",
        "rate ",
        "traffic ",
        "callerTraffic ",
    ];
    things.retain(|thing| !others.iter().any(|other| thing.starts_with(other)));
    things
}

#[tokio::test]
async fn a_suspended_tenant_is_refused_everywhere_within_a_minute() {
    let world = World::new(10).await.unwrap();
    let client = world.client();
    let acme = world.settled_tenant("acme").await.unwrap();
    let token = acme.tokens.access.as_str();
    let page = make_page(&client, token, &acme.website, "about", "Us.").await;
    publish(&client, token, &page.unwrap()).await.unwrap();
    world.advance(REST_S).await.unwrap();
    let operator = world.operator().await.unwrap();
    let tenant = format!("/api/v1/admin/tenants/{}", acme.tenant);
    let scene = InUse {
        world: &world,
        client,
        acme,
        operator,
    };
    let tier = json!({ "tier": "Starter" });
    scene
        .operate(Call::put(format!("{tenant}/tier"), &tier))
        .await;
    world.platform.settle().await.unwrap();
    scene.warm_up().await;
    let before = held(&world).await;

    // A message is on its way when the tenant is suspended.
    let body = json!({ "name": "Second", "subdomain": "second" });
    let begun = scene.call(Call::post("/api/v1/websites", &body)).await;
    let begun = begun.expect(StatusCode::ACCEPTED).unwrap();
    assert_ne!(held(&world).await, before, "a website is on its way");
    let reason = json!({ "reason": "unpaid" });
    scene
        .operate(Call::post(format!("{tenant}/suspend"), &reason))
        .await;
    world.advance(60).await.unwrap();
    scene.assert_refused_everywhere().await;
    assert_eq!(held(&world).await, before, "the message made something");

    let activate = Call::new(http::Method::POST, format!("{tenant}/activate"));
    scene.operate(activate).await;
    world.advance(60).await.unwrap();
    let look = Call::get(begun.at("/operation/href").unwrap());
    let operation = scene.call(look).await.expect(StatusCode::OK).unwrap();
    assert_eq!(operation.at("/status").unwrap(), "failed");
    let why = operation.at("/reason").unwrap();
    assert!(why.starts_with("tenant_inactive"), "{why}");
    let (api, _) = scene.ask_each().await;
    for answer in api {
        answer.expect(StatusCode::OK).unwrap();
    }
    visit_fresh(&scene.client, &scene.acme.host(), "/about", StatusCode::OK)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_deleted_website_is_gone_at_once_and_can_be_brought_back() {
    let world = World::new(11).await.unwrap();
    let client = world.client();
    let acme = world.settled_tenant("acme").await.unwrap();
    let token = acme.tokens.access.as_str();
    let page = make_page(&client, token, &acme.website, "about", "Us.")
        .await
        .unwrap();
    publish(&client, token, &page).await.unwrap();
    let found = client
        .call(Call::get(&acme.website).bearer(token))
        .await
        .unwrap();
    let without = client
        .call(Call::delete(&acme.website).bearer(token))
        .await
        .unwrap();
    assert_eq!(without.status, StatusCode::PRECONDITION_REQUIRED);
    let stale = Call::delete(&acme.website)
        .bearer(token)
        .if_match("\"999\"");
    let stale = client.call(stale).await.unwrap();
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    let call = Call::delete(&acme.website)
        .bearer(token)
        .if_match(found.header("etag"));
    client
        .call(call)
        .await
        .unwrap()
        .expect(StatusCode::NO_CONTENT)
        .unwrap();
    world.advance(3).await.unwrap();
    let gone = client.visit(&acme.host(), "/about").await.unwrap();
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    let deleted = client
        .call(Call::get(&acme.website).bearer(token))
        .await
        .unwrap();
    let body = json!({ "name": "main", "status": "Active" });
    let call = Call::put(&acme.website, &body)
        .bearer(token)
        .if_match(deleted.header("etag"));
    client
        .call(call)
        .await
        .unwrap()
        .expect(StatusCode::OK)
        .unwrap();
    visit_fresh(&client, &acme.host(), "/about", StatusCode::OK)
        .await
        .unwrap();
}

#[tokio::test]
async fn maintenance_is_a_503_that_nobody_keeps() {
    let world = World::new(12).await.unwrap();
    let client = world.client();
    let acme = world.settled_tenant("acme").await.unwrap();
    let token = acme.tokens.access.as_str();
    let found = client
        .call(Call::get(&acme.website).bearer(token))
        .await
        .unwrap();
    let body = json!({ "name": "main", "status": "Maintenance" });
    let call = Call::put(&acme.website, &body)
        .bearer(token)
        .if_match(found.header("etag"));
    client
        .call(call)
        .await
        .unwrap()
        .expect(StatusCode::OK)
        .unwrap();
    world.advance(3).await.unwrap();
    let closed = client.visit(&acme.host(), "/").await.unwrap();
    assert_eq!(closed.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!closed.header("retry-after").is_empty());
    assert!(closed.header("cache-control").contains("no-store"));
}

#[tokio::test]
async fn a_tier_holds_so_many_websites() {
    let world = World::new(13).await.unwrap();
    let client = world.client();
    let acme = world.settled_tenant("acme").await.unwrap();
    let token = acme.tokens.access.as_str();
    let body = json!({ "name": "Second", "subdomain": "second" });
    let call = Call::post("/api/v1/websites", &body).bearer(token);
    let refused = client.call(call).await.unwrap();
    assert_eq!(
        refused.status,
        StatusCode::TOO_MANY_REQUESTS,
        "{}",
        refused.text()
    );
    assert_eq!(refused.problem(), "quota_exceeded");
}

#[tokio::test]
async fn operators_see_and_move_tenants_by_the_table() {
    let world = World::new(14).await.unwrap();
    let client = world.client();
    let operator = world.operator().await.unwrap();
    for name in ["anvil", "birch", "cedar"] {
        world.settled_tenant(name).await.unwrap();
    }
    let page = |path: String| {
        let (client, operator) = (client.clone(), operator.clone());
        async move {
            client
                .call(Call::get(path).bearer(&operator))
                .await
                .unwrap()
        }
    };
    let first = page("/api/v1/admin/tenants?limit=2".to_owned()).await;
    let names = |answer: &Answer| -> Vec<String> {
        let items = answer.json()["items"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        items
            .iter()
            .filter_map(|item| item["subdomain"].as_str().map(str::to_owned))
            .collect()
    };
    assert_eq!(names(&first), ["anvil", "birch"], "{}", first.text());
    let cursor = first.at("/nextCursor").unwrap();
    let second = page(format!("/api/v1/admin/tenants?limit=2&cursor={cursor}")).await;
    assert_eq!(names(&second), ["cedar"]);
    assert!(second.json().get("nextCursor").is_none());
    assert_eq!(
        names(&page("/api/v1/admin/tenants?q=bi".to_owned()).await),
        ["birch"]
    );
    let none = page("/api/v1/admin/tenants?status=Suspended".to_owned()).await;
    assert!(names(&none).is_empty());
    let other = page(format!("/api/v1/admin/tenants?q=a&cursor={cursor}")).await;
    assert_eq!(other.problem(), "invalid_cursor", "{}", other.text());
    let taken = page("/api/v1/admin/tenants/subdomain/anvil".to_owned()).await;
    assert_eq!(taken.json()["available"], false);
    let free = page("/api/v1/admin/tenants/subdomain/dahlia".to_owned()).await;
    assert_eq!(free.json()["available"], true);
    let tenant = first.at("/items/0/id").unwrap();
    let path = format!("/api/v1/admin/tenants/{tenant}/status");
    for (status, expected) in [
        ("Active", StatusCode::OK),
        ("Suspended", StatusCode::OK),
        ("Suspended", StatusCode::OK),
        ("Deleted", StatusCode::CONFLICT),
        ("Provisioning", StatusCode::CONFLICT),
        ("Deprovisioning", StatusCode::OK),
        ("Suspended", StatusCode::CONFLICT),
        ("Active", StatusCode::OK),
    ] {
        let call = Call::put(&path, &json!({ "status": status })).bearer(&operator);
        let answer = client.call(call).await.unwrap();
        assert_eq!(answer.status, expected, "to {status}: {}", answer.text());
    }
}

#[tokio::test]
async fn a_registration_whose_subdomain_is_taken_leaves_nothing() {
    let world = World::new(42).await.unwrap();
    let client = world.client();
    register(&client, &Owner::named("acme")).await.unwrap();
    world.platform.settle().await.unwrap();
    let before = Contents::of(&world).await;
    let mut second = Owner::named("acme");
    second.email = "second@acme.example".to_owned();
    let refused = client.call(second.registration()).await.unwrap();
    assert_refused(&refused, 409, "subdomain_taken");
    world.platform.settle().await.unwrap();
    let after = Contents::of(&world).await;
    assert_eq!(after, before, "refused");
}
