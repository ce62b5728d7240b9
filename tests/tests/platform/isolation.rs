//! Foreign and missing are the same: for every route that takes an id, a member of another tenant
//! gets for a foreign id exactly what it gets for one that never existed; and who has a role on one website
//! alone, for the ids of another one of the same tenant.

pub(crate) mod paths;
mod websites;

use std::collections::BTreeSet;

use http::{Method, StatusCode};
use jiff::SignedDuration;
use kernel::limits::TENANT_STATUS_CACHE_S;
use serde_json::Value;
use tenancy::records::Tier;
use tests::client::{Answer, Call};
use tests::walkthrough::{make_page, make_website};
use tests::world::{Settled, World};
use web::RouteDoc;

use self::paths::{Ids, MISSING, Whose, fill, fillings, parameters, request, routes_with_ids};
use crate::contents::{entity, items, text};
use crate::goldens;
use crate::outage;

/// The tier whose tenants may have a website for every call that is tried.
const TIER: Tier = Tier::Enterprise;

/// What a caller can see of an answer, but for what is its own: the request's id and the date.
/// Headers that are another for each request: its id, when it was made, and how many more there may be.
const OF_THE_REQUEST: [&str; 3] = ["x-request-id", "date", "ratelimit"];

fn visible(answer: &Answer) -> (StatusCode, Vec<(String, String)>, String) {
    let request_id = answer.header("x-request-id").to_owned();
    let headers = answer
        .headers
        .iter()
        .filter(|(name, _)| !OF_THE_REQUEST.contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    (
        answer.status,
        headers,
        answer.text().replace(&request_id, "<request>"),
    )
}

/// Somebody who asks, and what others have that is asked for.
struct Scene {
    world: World,
    caller: Settled,
    /// What the caller shows.
    token: String,
    own: Ids,
    foreign: Ids,
}

impl Scene {
    /// Makes two tenants, of which one asks for what the other one has.
    async fn new(seed: u64) -> Self {
        let world = World::new(seed).await.unwrap();
        let other = world.settled_tenant("other").await.unwrap();
        let caller = world.settled_tenant("caller").await.unwrap();
        let foreign = Ids::of(&world, &other, &other.website).await;
        let own = Ids::of(&world, &caller, &caller.website).await;
        world.platform.settle().await.unwrap();
        let token = caller.tokens.access.clone();
        world.set_tier(&caller.tenant, TIER).await.unwrap();
        // By now every environment knows how often it may be asked.
        let rest = SignedDuration::from_secs(TENANT_STATUS_CACHE_S);
        world.clock.advance(rest);
        let look = Call::get("/api/v1/tenant/profile").bearer(&token);
        let looked = world.client().call(look).await.unwrap();
        looked.expect(StatusCode::OK).unwrap();
        Self {
            world,
            caller,
            token,
            own,
            foreign,
        }
    }

    fn id(&self, whose: Whose, parameter: &str) -> &str {
        match whose {
            Whose::Own => self.own.get(parameter),
            Whose::Foreign => self.foreign.get(parameter),
            Whose::Missing => MISSING,
        }
    }

    /// Calls a route, and returns what the caller can see and what it took of the stores.
    async fn ask(&self, route: &RouteDoc, filling: &[Whose]) -> Seen {
        let path = fill(route.path, |at, name| self.id(filling[at], name));
        let mark = self.world.platform.history().mark();
        let call = request(&route.method, route.path, &path, "\"1\"");
        let call = call.bearer(&self.token);
        let answer = self.world.client().call(call).await.unwrap();
        let calls = self.world.platform.history().since(mark);
        // What it set in motion is not the next one's.
        self.world.platform.settle().await.unwrap();
        let (status, headers, body) = visible(&answer);
        Seen {
            status,
            headers,
            body,
            calls: calls
                .into_iter()
                .filter(|call| !call.keys.iter().any(|key| key.contains("TRAFFIC#")))
                .map(|call| (call.function, call.operation))
                .collect(),
        }
    }

    /// Asks on all of these routes for foreign ids, and for missing ones in their place, and returns in how
    /// many ways.
    async fn compare(&self, routes: &[RouteDoc]) -> usize {
        let mut compared = 0;
        for route in routes {
            for filling in fillings(parameters(route.path).len()) {
                if !filling.contains(&Whose::Foreign) {
                    continue;
                }
                let missing: Vec<Whose> = filling
                    .iter()
                    .map(|whose| match whose {
                        Whose::Foreign => Whose::Missing,
                        Whose::Own | Whose::Missing => *whose,
                    })
                    .collect();
                let foreign = self.ask(route, &filling).await;
                let why = format!("{} {} {filling:?}", route.method, route.path);
                assert_eq!(foreign.status, StatusCode::NOT_FOUND, "{why}: {foreign:?}");
                assert_eq!(foreign, self.ask(route, &missing).await, "{why}");
                compared += 1;
            }
        }
        compared
    }
}

/// What came of a call.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    status: StatusCode,
    headers: Vec<(String, String)>,
    body: String,
    /// Functions and what they asked of a store, but for how often somebody asks.
    calls: Vec<(String, String)>,
}

/// Threat A2: on every route that takes ids, a foreign one is answered like one that never existed.
#[tokio::test]
async fn a_foreign_id_and_a_missing_one_are_answered_alike() {
    let scene = Scene::new(30).await;
    let routes = routes_with_ids();
    assert!(routes.len() >= 20, "only {} routes take ids", routes.len());
    let compared = scene.compare(&routes).await;
    assert!(compared >= 80, "only {compared} ways to ask were compared");
}

/// The control: with ids of its own the same caller gets what it asks for, on every route.
#[tokio::test]
async fn an_own_id_is_answered_whatever_is_asked() {
    let scene = Scene::new(34).await;
    let client = scene.world.client();
    let token = scene.caller.tokens.access.as_str();
    // A password is the caller's own to change, which would sign the caller out.
    let mut routes = routes_with_ids();
    routes.retain(|route| !route.path.ends_with("/change_password"));
    for (number, route) in routes.iter().enumerate() {
        // What a call changed is no other call's.
        let own = if route.method == Method::GET {
            scene.own.clone()
        } else {
            let website = make_website(&client, token, &format!("site-{number}")).await;
            Ids::of(&scene.world, &scene.caller, &website.unwrap()).await
        };
        let path = fill(route.path, |_, name| own.get(name));
        let mut etag = String::new();
        if matches!(route.method, Method::PUT | Method::DELETE) {
            let found = client.call(Call::get(&path).bearer(token)).await.unwrap();
            found.header("etag").clone_into(&mut etag);
        }
        let call = request(&route.method, route.path, &path, &etag).bearer(token);
        let answer = client.call(call).await.unwrap();
        let text = answer.text();
        assert!(
            answer.status.is_success(),
            "{} {path}: {} {text}",
            route.method,
            answer.status
        );
    }
}

/// Returns the traces that asking for other tenants' ids left: of each audit entry whose it is, who
/// asked and for what; and of each security event whose it is and what was asked for.
async fn traces(world: &World) -> (Vec<[String; 3]>, Vec<[String; 2]>) {
    let items = items(world).await;
    let entries = items
        .iter()
        .filter(|item| entity(item) == "audit" && text(item, "action") == "security.cross_tenant");
    let entries =
        entries.map(|item| ["pk", "actor", "resource"].map(|name| text(item, name).to_owned()));
    let events = world.platform.services().bus().bus_events(0, 1_000).await;
    let events = events.unwrap();
    let events = events
        .iter()
        .filter(|event| event.event["detail-type"] == "CrossTenantAttempted");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let events = events.map(|event| {
        let detail = &event.event["detail"];
        [
            text(&detail["subject"]),
            text(&detail["data"]["resourceId"]),
        ]
    });
    (entries.collect(), events.collect())
}

#[tokio::test]
async fn asking_for_a_foreign_id_leaves_a_trace_and_a_missing_one_does_not() {
    let scene = Scene::new(31).await;
    let client = scene.world.client();
    let own = &scene.caller.website;
    let mut before = traces(&scene.world).await;
    assert_eq!(before, (Vec::new(), Vec::new()));
    for (path, name) in [
        ("/api/v1/websites/".to_owned(), "website"),
        (format!("{own}/pages/"), "page"),
        (format!("{own}/releases/"), "release"),
        ("/api/v1/operations/".to_owned(), "operation"),
    ] {
        for (id, count) in [(scene.foreign.get(name), 1), (MISSING, 0)] {
            let call = Call::get(format!("{path}{id}")).bearer(&scene.caller.tokens.access);
            let refused = client.call(call).await.unwrap();
            assert_eq!(refused.status, StatusCode::NOT_FOUND, "{path}{id}");
            scene.world.platform.settle().await.unwrap();
            let (mut entries, mut events) = traces(&scene.world).await;
            entries.retain(|entry| !before.0.contains(entry));
            events.retain(|event| !before.1.contains(event));
            assert_eq!((entries.len(), events.len()), (count, count), "{path}{id}");
            let tenant = &scene.caller.tenant;
            for [partition, actor, resource] in &entries {
                assert_eq!(*partition, format!("T#{tenant}#AUDIT"));
                assert!(actor.starts_with("member:"), "{actor}");
                assert_eq!(resource, id);
            }
            for event in &events {
                assert_eq!(*event, [tenant.clone(), id.to_owned()]);
            }
            before.0.extend(entries);
            before.1.extend(events);
        }
    }
}

/// Threat A2: who names another tenant than that of the credential is refused, and it is written down where there
/// is such a tenant.
#[tokio::test]
async fn naming_another_tenant_leaves_a_trace_and_naming_none_does_not() {
    let scene = Scene::new(39).await;
    let client = scene.world.client();
    let other = client
        .call(Call::get("/api/v1/auth/tenants").bearer(&scene.token))
        .await;
    let own = other.unwrap().json();
    let own = own["items"].as_array().unwrap().iter();
    let mut own = own.map(|tenant| tenant["tenantId"].as_str().unwrap());
    let elsewhere = own.find(|tenant| *tenant != scene.caller.tenant).unwrap();
    let mut seen = 0;
    for (named, status, count) in [
        (scene.caller.tenant.as_str(), 200, 0),
        (elsewhere, 403, 1),
        (MISSING, 403, 0),
        ("acme", 403, 0),
    ] {
        for path in ["/api/v1/tenant/profile", "/api/v1/auth/sessions"] {
            let call = Call::get(path).bearer(&scene.token);
            let answer = client.call(call.with("x-tenant-id", named)).await.unwrap();
            assert_eq!(answer.status, status, "{path} {named}: {}", answer.text());
            scene.world.platform.settle().await.unwrap();
            seen += count;
            let (entries, events) = traces(&scene.world).await;
            assert_eq!(
                (entries.len(), events.len()),
                (seen, seen),
                "{path} {named}"
            );
        }
    }
    let (entries, events) = traces(&scene.world).await;
    for [partition, actor, resource] in &entries {
        assert_eq!(*partition, format!("T#{}#AUDIT", scene.caller.tenant));
        assert!(actor.starts_with("member:"), "{actor}");
        assert_eq!(resource, elsewhere);
    }
    assert!(events.contains(&[scene.caller.tenant.clone(), elsewhere.to_owned()]));
}

#[tokio::test]
async fn nobody_is_answered_who_asked_for_a_foreign_id_before_it_is_written_down() {
    let scene = Scene::new(33).await;
    let client = scene.world.client();
    let token = &scene.caller.tokens.access;
    let get = async |id: &str| {
        let call = Call::get(format!("/api/v1/websites/{id}")).bearer(token);
        client.call(call).await.unwrap()
    };
    let foreign = scene.foreign.get("website");
    let away = outage::of_operation("websites", "TransactWriteItems");
    scene.world.faults.set(away);
    let [told, missing] = [get(foreign).await, get(MISSING).await];
    assert_eq!(told.problem(), "unavailable", "{}", told.text());
    assert_eq!(visible(&told), visible(&missing));
    assert_eq!(traces(&scene.world).await, (Vec::new(), Vec::new()));
    scene.world.heal();
    let again = get(foreign).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND, "{}", again.text());
    scene.world.platform.settle().await.unwrap();
    let (entries, events) = traces(&scene.world).await;
    assert_eq!((entries.len(), events.len()), (1, 1));
}

#[tokio::test]
async fn a_cursor_and_a_tenant_header_of_another_open_nothing() {
    let world = World::new(32).await.unwrap();
    let client = world.client();
    let first = world.settled_tenant("first").await.unwrap();
    let second = world.settled_tenant("second").await.unwrap();
    let token = first.tokens.access.as_str();
    for slug in ["a", "b", "c"] {
        make_page(&client, token, &first.website, slug, slug)
            .await
            .unwrap();
    }
    let path = format!("{}/pages?limit=1", first.website);
    let page = client.call(Call::get(&path).bearer(token)).await.unwrap();
    let cursor = page.at("/nextCursor").unwrap();
    let next = client
        .call(Call::get(format!("{path}&cursor={cursor}")).bearer(token))
        .await
        .unwrap();
    next.expect(StatusCode::OK).unwrap();
    let other = format!("{}/pages?limit=1&cursor={cursor}", second.website);
    let refused = client
        .call(Call::get(other).bearer(&second.tokens.access))
        .await
        .unwrap();
    assert_eq!(refused.problem(), "invalid_cursor", "{}", refused.text());
    let call = Call::get(&second.website)
        .bearer(&second.tokens.access)
        .with("x-tenant-id", first.tenant.clone());
    let refused = client.call(call).await.unwrap();
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
}

#[tokio::test]
async fn nobody_gets_in_without_a_credential() {
    let world = World::new(33).await.unwrap();
    let client = world.client();
    let mut guarded = BTreeSet::new();
    for route in goldens::routes() {
        if route.operation.permission == "open" {
            continue;
        }
        let path = fill(route.path, |_, name| match name {
            "subdomain" => "acme",
            _ => MISSING,
        });
        let call = request(&route.method, route.path, &path, "\"1\"");
        let answer = client.call(call).await.unwrap();
        assert_eq!(
            answer.status,
            StatusCode::UNAUTHORIZED,
            "{} {path}",
            route.method
        );
        assert_eq!(answer.problem(), "unauthenticated");
        guarded.insert((route.method.to_string(), route.path));
    }
    assert!(
        guarded.len() >= 30,
        "only {} routes are guarded",
        guarded.len()
    );
}
