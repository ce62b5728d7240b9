//! The second wall: what a function sends were its code wrong, or not ours, is denied before any service sees it, and is
//! seen: in the log, in the trail of the tenant in whose name it was tried, and on the bus.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode};
use local::fault::{Call as SdkCall, Fault, Faults};
use serde_json::{Value, json};
use tenancy::storage::ACCESS_DENIED;
use tests::client::{Answer, Call};
use tests::logs::Lines;
use tests::walkthrough::make_page;
use tests::world::{Settled, World};

use crate::contents::{Item, entity, items, text};

const SESSION_TOKEN: &str = "x-amz-security-token";

/// What only the neighbour has.
const CANARY: &str = "canary";

/// What is sent in place of what the code makes.
type Tamper = Box<dyn Fn(Request<Bytes>) -> Request<Bytes> + Send + Sync>;

/// A function whose calls are others than its code makes.
struct Sabotage {
    function: &'static str,
    tamper: Tamper,
    happened: AtomicBool,
}

impl std::fmt::Debug for Sabotage {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.function)
    }
}

impl Faults for Sabotage {
    fn decide(&self, _call: &SdkCall<'_>) -> Fault {
        Fault::None
    }

    /// Leaves alone what is written down of a denial.
    fn tamper(&self, function: &str, request: Request<Bytes>) -> Request<Bytes> {
        let is_trail = contains(request.body(), ACCESS_DENIED);
        if function != self.function || is_trail {
            return request;
        }
        let before = format!("{request:?}");
        let request = (self.tamper)(request);
        if format!("{request:?}") != before {
            self.happened.store(true, Ordering::SeqCst);
        }
        request
    }
}

fn contains(bytes: &Bytes, text: &str) -> bool {
    String::from_utf8_lossy(bytes).contains(text)
}

/// Puts one text for another wherever it stands in a request.
fn replaced(from: &str, to: &str) -> Tamper {
    let (from, to) = (from.to_owned(), to.to_owned());
    Box::new(move |request| {
        let (mut parts, body) = request.into_parts();
        let uri = parts.uri.to_string().replace(&from, &to);
        parts.uri = uri.parse().unwrap();
        let body = match std::str::from_utf8(&body) {
            Ok(text) if !text.contains("Action=AssumeRole") => text.replace(&from, &to).into(),
            _ => body,
        };
        Request::from_parts(parts, body)
    })
}

/// Sends another operation on the table in place of `operation`.
fn instead(operation: &'static str, other: &'static str, body: Value) -> Tamper {
    Box::new(move |request| {
        let (mut parts, sent) = request.into_parts();
        let target = |name: &str| format!("DynamoDB_20120810.{name}");
        let is_it = parts
            .headers
            .get("x-amz-target")
            .is_some_and(|is| *is == target(operation));
        if !is_it {
            return Request::from_parts(parts, sent);
        }
        let target = HeaderValue::from_str(&target(other)).unwrap();
        parts.headers.insert("x-amz-target", target);
        Request::from_parts(parts, body.to_string().into())
    })
}

/// Two tenants: who is sabotaged, and the neighbour.
struct Scene {
    world: World,
    own: Settled,
    neighbour: Settled,
}

impl Scene {
    async fn new(seed: u64) -> Self {
        let world = World::new(seed).await.unwrap();
        let own = world.settled_tenant("own").await.unwrap();
        let neighbour = world.settled_tenant("neighbour").await.unwrap();
        let client = world.client();
        let page = make_page(
            &client,
            &neighbour.tokens.access,
            &neighbour.website,
            CANARY,
            CANARY,
        );
        page.await.unwrap();
        world.platform.settle().await.unwrap();
        Self {
            world,
            own,
            neighbour,
        }
    }

    /// Makes a call while a function is sabotaged, and checks that it is told nothing, changes nothing of the
    /// neighbour's, and that the denial was seen.
    async fn denied(&self, function: &'static str, tamper: Tamper, call: Call) {
        let call = call.bearer(&self.own.tokens.access);
        let before = (self.of_neighbour().await, self.denials().await.len());
        let plan = Arc::new(Sabotage {
            function,
            tamper,
            happened: AtomicBool::new(false),
        });
        let lines = Lines::default();
        let kept = lines.keep();
        self.world.faults.set(Arc::clone(&plan) as Arc<_>);
        let answer = self.world.client().call(call).await.unwrap();
        self.world.heal();
        drop(kept);
        assert!(
            plan.happened.load(Ordering::SeqCst),
            "nothing was tampered with"
        );
        assert_is_internal(&answer);
        self.world.platform.settle().await.unwrap();
        let is_unchanged = self.of_neighbour().await == before.0;
        assert!(is_unchanged, "the neighbour's items changed");
        assert!(logged(&lines.take()) > 0, "no line for the metric");
        let denials = self.denials().await;
        assert_eq!(denials.len(), before.1 + 1, "{denials:?}");
        let tenant = &self.own.tenant;
        let (partition, actor) = denials.last().unwrap();
        assert_eq!(*partition, format!("T#{tenant}#AUDIT"));
        assert!(actor.starts_with("member:"), "{actor}");
        assert_eq!(self.events().await.last(), Some(tenant));
    }

    /// Returns the neighbour's items, in order.
    async fn of_neighbour(&self) -> Vec<Item> {
        let theirs = format!("T#{}#", self.neighbour.tenant);
        let mut items = items(&self.world).await;
        items.retain(|item| text(item, "pk").starts_with(&theirs));
        items.sort_by_key(|item| ["pk", "sk"].map(|name| text(item, name).to_owned()));
        items
    }

    /// Returns the entries about denials, oldest first: where each stands, and who acted.
    async fn denials(&self) -> Vec<(String, String)> {
        let items = items(&self.world).await;
        let mut entries: Vec<_> = items
            .iter()
            .filter(|item| entity(item) == "audit" && text(item, "action") == ACCESS_DENIED)
            .map(|item| ["sk", "pk", "actor"].map(|name| text(item, name).to_owned()))
            .collect();
        entries.sort_unstable();
        let line = |[_, pk, actor]: [String; 3]| (pk, actor);
        entries.into_iter().map(line).collect()
    }

    /// Returns whose the events about denials are.
    async fn events(&self) -> Vec<String> {
        let events = self
            .world
            .platform
            .services()
            .bus()
            .bus_events(0, 1_000)
            .await;
        let events = events.unwrap();
        let denials = events
            .iter()
            .filter(|event| event.event["detail-type"] == "AccessDenied");
        let subject = |event: &Value| event["detail"]["subject"].as_str().unwrap().to_owned();
        denials.map(|event| subject(&event.event)).collect()
    }
}

fn assert_is_internal(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.problem(), "internal", "{}", answer.text());
    assert!(!answer.text().contains(CANARY), "{}", answer.text());
}

/// Counts the lines that the metric counts.
fn logged(lines: &str) -> usize {
    let lines = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["event"] == ACCESS_DENIED).count()
}

/// Threat A3: a function that names another tenant's partition is denied, whatever it does there.
#[tokio::test]
async fn a_foreign_key_is_denied_and_seen() {
    let scene = Scene::new(71).await;
    let foreign = || replaced(&scene.own.tenant, &scene.neighbour.tenant);
    scene
        .denied("websites", foreign(), Call::get("/api/v1/websites"))
        .await;
    scene
        .denied(
            "content",
            foreign(),
            Call::get(format!("{}/pages", scene.own.website)),
        )
        .await;
    scene
        .denied("tenants", foreign(), Call::get("/api/v1/tenant/profile"))
        .await;
    scene
        .denied("identity", foreign(), Call::get("/api/v1/tenant/users"))
        .await;
    let page = json!({
        "title": "T", "slug": "s", "content": { "format": "markdown", "value": "x" },
    });
    let write = Call::post(format!("{}/pages", scene.own.website), &page);
    scene.denied("content", foreign(), write).await;
}

/// A session that is over opens nothing, and the next request begins another.
#[tokio::test]
async fn a_session_that_is_over_is_denied_and_replaced() {
    let scene = Scene::new(73).await;
    let list = || Call::get("/api/v1/websites");
    let seen = Arc::new(Mutex::new(None));
    let noted = Arc::clone(&seen);
    let plan = Arc::new(Sabotage {
        function: "websites",
        tamper: Box::new(move |request| {
            if let Some(token) = request.headers().get(SESSION_TOKEN) {
                *noted.lock().unwrap() = Some(token.clone());
            }
            request
        }),
        happened: AtomicBool::new(false),
    });
    scene.world.faults.set(plan);
    let client = scene.world.client();
    let call = list().bearer(&scene.own.tokens.access);
    client
        .call(call)
        .await
        .unwrap()
        .expect(StatusCode::OK)
        .unwrap();
    let over: HeaderValue = seen.lock().unwrap().clone().unwrap();
    scene.world.heal();
    // From now on nobody knows this session, and every other one.
    let taken_back = |over: HeaderValue| -> Tamper {
        Box::new(move |mut request| {
            let token = request.headers_mut().get_mut(SESSION_TOKEN);
            if let Some(token) = token.filter(|token| **token == over) {
                *token = HeaderValue::from_static("nobodys");
            }
            request
        })
    };
    scene
        .denied("websites", taken_back(over.clone()), list())
        .await;
    scene.world.faults.set(Arc::new(Sabotage {
        function: "websites",
        tamper: taken_back(over),
        happened: AtomicBool::new(false),
    }));
    let call = list().bearer(&scene.own.tokens.access);
    let again = scene.world.client().call(call).await.unwrap();
    assert_eq!(again.status, StatusCode::OK);
}

/// Threat A3: an index across tenants, a scan, and a neighbour's object are denied to who may act for one tenant.
#[tokio::test]
async fn what_reaches_beyond_a_tenant_is_denied_and_seen() {
    let scene = Scene::new(72).await;
    let list = || Call::get("/api/v1/websites");
    let due = json!({
        "TableName": "hotswap-Table",
        "IndexName": "due",
        "KeyConditionExpression": "duePk = :due",
        "ExpressionAttributeValues": { ":due": { "S": "DUE#outbox#0" } },
    });
    scene
        .denied("websites", instead("Query", "Query", due), list())
        .await;
    let scan = json!({ "TableName": "hotswap-Table" });
    scene
        .denied("websites", instead("Query", "Scan", scan), list())
        .await;
    let large = json!({
        "title": "T",
        "slug": "large",
        "content": { "format": "markdown", "value": "Long. ".repeat(20_000) },
    });
    let own = format!("tenant-{}/", scene.own.tenant);
    let theirs = format!("tenant-{}/", scene.neighbour.tenant);
    let write = Call::post(format!("{}/pages", scene.own.website), &large);
    scene
        .denied("content", replaced(&own, &theirs), write)
        .await;
}
