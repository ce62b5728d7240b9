//! Websites of one tenant, for somebody who has a role on one of them alone.

use std::collections::BTreeSet;

use http::{Method, StatusCode};
use jiff::SignedDuration;
use kernel::limits::TENANT_STATUS_CACHE_S;
use serde_json::json;
use tenancy::Role;
use tests::client::Call;
use tests::walkthrough::{Owner, make_website, register, sign_in_to};
use tests::world::World;
use web::RouteDoc;

use super::paths::{Ids, fill, parameters, request, routes_with_ids};
use super::{Scene, TIER};

/// How paths call the website that they lead to.
const WEBSITE: &str = "website";

impl Scene {
    /// Makes a tenant with two websites, and somebody who asks and is website admin on one of them.
    async fn on_one_website(seed: u64) -> Self {
        let world = World::new(seed).await.unwrap();
        let client = world.client();
        let tenant = world.settled_tenant("acme").await.unwrap();
        world.set_tier(&tenant.tenant, TIER).await.unwrap();
        let owner = tenant.tokens.access.as_str();
        let other = make_website(&client, owner, "other").await.unwrap();
        let foreign = Ids::of(&world, &tenant, &other).await;
        let own = Ids::of(&world, &tenant, &tenant.website).await;
        let person = Owner::named("editor");
        register(&client, &person).await.unwrap();
        let joined = world.join(&tenant.tenant, &person.email, Role::Member);
        joined.await.unwrap();
        let mut scene = Self {
            world,
            caller: tenant,
            token: String::new(),
            own,
            foreign,
        };
        let rest = SignedDuration::from_secs(TENANT_STATUS_CACHE_S);
        scene.world.clock.advance(rest);
        scene.token = scene.become_admin_on([scene.own.get(WEBSITE)]).await;
        scene.world.platform.settle().await.unwrap();
        scene
    }

    /// Makes who asks website admin on these websites and no others; returns a new access token.
    async fn become_admin_on(&self, websites: impl IntoIterator<Item = &str>) -> String {
        let (client, tenant) = (self.world.client(), &self.caller);
        let person = Owner::named("editor");
        let owner = tenant.tokens.access.as_str();
        let members = Call::get("/api/v1/tenant/users?limit=100").bearer(owner);
        let members = client.call(members).await.unwrap().json();
        let mut members = members["items"].as_array().unwrap().iter();
        let member = members.find(|member| member["email"] == *person.email);
        let place = member.unwrap()["id"].as_str().unwrap().to_owned();
        let place = format!("/api/v1/tenant/users/{place}");
        let read = Call::get(&place).bearer(owner);
        let read = client.call(read).await.unwrap();
        let on = |website| json!({ "websiteId": website, "role": "websiteAdmin" });
        let websites: Vec<_> = websites.into_iter().map(on).collect();
        let roles = json!({ "role": "member", "state": "active", "websites": websites });
        let put = Call::put(&place, &roles).if_match(read.header("etag"));
        let changed = client.call(put.bearer(owner)).await.unwrap();
        changed.expect(StatusCode::OK).unwrap();
        let signed_in = sign_in_to(&client, &person, &tenant.tenant).await;
        signed_in.unwrap().access
    }
}

/// Returns the routes that lead to a website.
fn routes_to_websites() -> Vec<RouteDoc> {
    let mut routes = routes_with_ids();
    routes.retain(|route| parameters(route.path).contains(&WEBSITE));
    routes
}

/// Threat A2: inside a tenant too, the data and the configuration of one website are out of reach for who has a
/// role on another one alone.
#[tokio::test]
async fn another_website_and_a_missing_one_are_answered_alike() {
    let scene = Scene::on_one_website(35).await;
    let routes = routes_to_websites();
    assert!(routes.len() >= 15, "{} routes", routes.len());
    let compared = scene.compare(&routes).await;
    assert!(compared >= 70, "only {compared} ways to ask were compared");
}

/// The control: on a website on which the caller has the role, every route does what it is for.
#[tokio::test]
async fn on_the_own_website_everything_can_be_asked() {
    let scene = Scene::on_one_website(36).await;
    let client = scene.world.client();
    let routes = routes_to_websites();
    let mut own = Vec::new();
    // What a call changed is no other call's.
    for (number, route) in routes.iter().enumerate() {
        own.push(if route.method == Method::GET {
            scene.own.clone()
        } else {
            let owner = &scene.caller.tokens.access;
            let website = make_website(&client, owner, &format!("site-{number}")).await;
            Ids::of(&scene.world, &scene.caller, &website.unwrap()).await
        });
    }
    let websites: BTreeSet<_> = own.iter().map(|ids| ids.get(WEBSITE)).collect();
    let token = scene.become_admin_on(websites).await;
    for (route, own) in routes.iter().zip(&own) {
        let path = fill(route.path, |_, name| own.get(name));
        let mut etag = String::new();
        if matches!(route.method, Method::PUT | Method::DELETE) {
            let found = client.call(Call::get(&path).bearer(&token));
            found.await.unwrap().header("etag").clone_into(&mut etag);
        }
        let call = request(&route.method, route.path, &path, &etag).bearer(&token);
        let answer = client.call(call).await.unwrap();
        let is_done = answer.status.is_success();
        assert!(is_done, "{} {path}: {}", route.method, answer.text());
    }
}

/// Who has a role on one website finds that one in the list, and no other.
#[tokio::test]
async fn the_list_has_the_websites_on_which_somebody_has_a_role() {
    let scene = Scene::on_one_website(37).await;
    let client = scene.world.client();
    let list = Call::get("/api/v1/websites").bearer(&scene.token);
    let list = client.call(list).await.unwrap().json();
    let ids = list["items"].as_array().unwrap().iter();
    let ids: Vec<_> = ids.map(|website| website["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [scene.own.get(WEBSITE)]);
    assert!(list["nextCursor"].is_null());
}
