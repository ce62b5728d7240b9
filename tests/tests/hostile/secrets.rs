//! Passwords, tokens and secrets are where they belong, and nowhere that anybody else looks:
//! whatever is sent, and whatever goes wrong.

mod codes;
mod sinks;
mod sought;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use local::fault::{Call as StoreCall, Fault, Faults, Lasts, NoFaults, Strike, Strikes};
use serde_json::{Map, Value, json};
use tests::client::Call;
use tests::logs::Lines;
use tests::world::BREAK_GLASS_KEY;

use crate::mutations;
use crate::repeats::effective;
use crate::scene::{API, Scene, request, with_json};
use crate::secrets::sinks::{Watch, secrets_of_template};
use crate::texts::is_plain;
use tests::operations::samples::{PASSWORD, REFRESH_TOKEN};
use tests::operations::{self, Operation};

/// How long a platform is left alone with what was set in motion, in seconds.
const AFTERMATH_S: i64 = 60;

/// Calls of a request that go wrong one after the other, at most.
const PLACES_MAX: u64 = 24;

/// Of bodies that are to have no secret, one in so many is tried.
const STEP: usize = 5;

/// What goes wrong with all calls; the last one is applied.
const FAULTS: [Fault; 4] = [
    Fault::Throttle,
    Fault::ServerError,
    Fault::Conflict,
    Fault::LoseReply,
];

/// The same goes wrong with every call.
#[derive(Debug)]
struct Outage(Fault);

impl Faults for Outage {
    fn decide(&self, _call: &StoreCall<'_>) -> Fault {
        self.0
    }
}

/// Returns the body of a request that has an effect, with secrets that open something.
async fn opening(scene: &Scene, operation: &Operation, number: usize) -> Option<Value> {
    let mut body = effective(operation, number)?;
    if operation.path.ends_with("/login") {
        let owner = &scene.acme.settled.owner;
        let tenant = &scene.acme.settled.tenant;
        body = json!({ "email": owner.email, "password": owner.password, "tenantId": tenant });
    }
    if body.get("currentPassword").is_some() {
        body["currentPassword"] = json!(scene.acme.settled.owner.password);
    }
    if operation.path.contains("/auth/mfa") {
        codes::set(scene, operation, &mut body).await;
    }
    if operation.path.ends_with("/break-glass") {
        body["key"] = json!(BREAK_GLASS_KEY);
    }
    if operation.path.contains("/support-sessions/") {
        body["tenantId"] = json!(scene.acme.settled.tenant);
    }
    if operation.path.ends_with("/switch") {
        body["tenantId"] = json!(scene.victim);
    }
    for (name, secret) in real(scene).await {
        if body.get(name).is_some() {
            body[name] = json!(secret);
        }
    }
    if body.get("token").is_some() {
        body["token"] = json!(link_token(scene, operation).await);
    }
    Some(body)
}

/// Returns the members that hold a secret of the platform's own making, with a real one.
async fn real(scene: &Scene) -> [(&'static str, String); 2] {
    let secret = scene.world.platform.secret("BootstrapSecret").await;
    let refresh = scene.acme.settled.tokens.refresh.clone();
    [
        ("refreshToken", refresh),
        ("bootstrapToken", secret.unwrap()),
    ]
}

/// Returns the token of the link that an operation takes, which was sent to the owner.
async fn link_token(scene: &Scene, operation: &Operation) -> String {
    let email = &scene.acme.settled.owner.email;
    if operation.path.contains("/invitations/") {
        return scene.world.token_to("invited@acme.example").await.unwrap();
    }
    if operation.path.ends_with("/reset") {
        let forgotten = Call::post("/api/v1/auth/password/forgot", &json!({ "email": email }));
        let answer = scene.world.client().call(forgotten).await.unwrap();
        assert_eq!(answer.status, 204, "{}", answer.text());
        scene.world.advance(0).await.unwrap();
    }
    scene.world.token_to(email).await.unwrap()
}

/// Returns a request that is good, and as far as can be has an effect.
async fn good(scene: &Scene, operation: &Operation, number: usize) -> Call {
    let call = codes::bare(scene, operation);
    match opening(scene, operation, number).await {
        Some(body) => with_json(call, body.to_string()),
        None => call,
    }
}

/// Returns whether a member of a body holds a secret.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("password") || name.contains("token")
}

/// Returns bodies that are wrong, with secrets in them.
async fn wrong_bodies(scene: &Scene, operation: &Operation) -> Vec<(String, Bytes)> {
    let Some(body) = opening(scene, operation, 0).await else {
        return Vec::new();
    };
    let mut bodies = Vec::new();
    let refresh = &scene.acme.settled.tokens.refresh;
    let members: Map<String, Value> = body.as_object().unwrap().clone();
    let has_secrets = members.keys().any(|name| is_secret(name));
    let step = if has_secrets { 1 } else { STEP };
    for mutation in mutations::of(operation).into_iter().step_by(step) {
        let body = match std::str::from_utf8(&mutation.body) {
            Ok(text) => Bytes::from(text.replace(REFRESH_TOKEN, refresh)),
            Err(_) => mutation.body,
        };
        bodies.push((mutation.what, body));
    }
    let mut put = |name: &str, value: Value| {
        let mut body = body.clone();
        let what: String = format!("{name} = {value}").chars().take(80).collect();
        body[name] = value;
        bodies.push((what, body.to_string().into()));
    };
    for (name, value) in &members {
        if is_secret(name) {
            let secret = value.as_str().unwrap();
            put(name, json!([secret]));
            put(name, json!({ "secret": secret }));
            put(name, json!(format!("{secret}\0")));
            put(name, json!(format!("{secret} ").repeat(100)));
        } else if is_plain(name) {
            put(name, json!(PASSWORD));
            put(name, json!([PASSWORD]));
        }
    }
    put("passwort", json!(PASSWORD));
    let text = json!({ "password": PASSWORD, "refreshToken": refresh }).to_string();
    bodies.push((
        "no end".to_owned(),
        text[..text.len() - 1].to_owned().into(),
    ));
    bodies.push(("too much".to_owned(), format!("{text}{text}").into()));
    bodies
}

/// Returns requests with a secret where it does not belong.
fn misplaced(scene: &Scene, operation: &Operation) -> Vec<(String, Request<Bytes>)> {
    let tokens = &scene.acme.settled.tokens;
    let basic = STANDARD.encode(format!("owner@acme.example:{PASSWORD}"));
    let mut requests = Vec::new();
    for (name, value) in [
        ("authorization", format!("Basic {basic}")),
        ("authorization", format!("Bearer {}x", tokens.access)),
        ("authorization", format!("Bearer {}", tokens.refresh)),
        ("authorization", format!("Token {}", tokens.access)),
        ("authorization", format!("Bearer {PASSWORD}")),
        ("cookie", format!("token={}", tokens.access)),
        ("x-api-key", tokens.access.clone()),
        ("x-tenant-id", PASSWORD.to_owned()),
        ("if-match", PASSWORD.to_owned()),
        ("idempotency-key", PASSWORD.to_owned()),
        ("content-type", PASSWORD.to_owned()),
    ] {
        let mut call = scene.good(operation);
        call.headers.retain(|(other, _)| *other != name);
        let call = call.with(name, &value);
        requests.push((format!("{name}: {value}"), request(API, call)));
    }
    for query in [
        format!("access_token={}", tokens.access),
        format!("password={}", PASSWORD.replace(' ', "%20")),
        format!("cursor={}&limit={}", tokens.refresh, tokens.access),
    ] {
        let mut call = scene.good(operation);
        call.path = format!("{}?{query}", call.path);
        requests.push((query, request(API, call)));
    }
    let mut form = scene.bare(operation);
    form.body = format!("password={}", PASSWORD.replace(' ', "+")).into();
    let form = form.with("content-type", "application/x-www-form-urlencoded");
    requests.push(("a form".to_owned(), request(API, form)));
    requests
}

/// Returns visits of a preview, and of one that is none, by whoever sends more than is asked for.
async fn visits(watch: &mut Watch) -> Vec<Call> {
    let side = watch.scene.acme.clone();
    let path = format!(
        "/api/v1/websites/{}/releases/{}/preview",
        side.website, side.releases[0]
    );
    let call = Call::new(http::Method::POST, &path).bearer(&side.settled.tokens.access);
    let answer = watch.send("a preview", request(API, call)).await;
    let link = answer.at("/url").unwrap();
    let (_, path) = link.split_once("/_preview/").unwrap();
    let path = format!("/_preview/{}", path.trim_end_matches('/'));
    let mut paths = vec![
        format!("{path}/about"),
        format!("{path}/missing"),
        format!("{path}x/about"),
        format!("{path}/%ff"),
        path,
        "/about".to_owned(),
    ];
    paths.push(format!(
        "/about?access_token={}",
        side.settled.tokens.access
    ));
    let visits = paths.into_iter().map(|path| {
        Call::get(path)
            .bearer(&side.settled.tokens.access)
            .with("cookie", format!("session={}", side.settled.tokens.refresh))
    });
    visits.collect()
}

async fn watched(lines: &Lines, seed: usize) -> Watch {
    let scene = Scene::new(u64::try_from(seed).unwrap());
    Watch::over(scene, lines).await
}

/// Threat E5: whatever is sent to an operation, good or bad, no password, token or secret comes to be
/// in a log, in an answer to anybody else, in a call of a service or in what is stored.
#[tokio::test]
async fn no_request_spreads_a_secret() {
    let lines = Lines::default();
    let _logs = lines.keep();
    let (mut sent, mut refused, mut done) = (0, 0, Vec::new());
    for (number, operation) in operations::all().iter().enumerate() {
        let name = operation.name();
        let mut watch = watched(&lines, 2_900 + number).await;
        let mut is_done = false;
        for (what, body) in wrong_bodies(&watch.scene, operation).await {
            let call = with_json(codes::bare(&watch.scene, operation), body);
            let why = format!("{name}: {what}");
            let answer = watch.send(&why, request(API, call)).await;
            is_done |= answer.status.is_success();
        }
        let mut requests = misplaced(&watch.scene, operation);
        let call = good(&watch.scene, operation, number).await;
        requests.push(("good".to_owned(), request(API, call)));
        for (what, request) in requests {
            let answer = watch.send(&format!("{name}: {what}"), request).await;
            is_done |= answer.status.is_success();
        }
        if is_done {
            done.push(name.clone());
        }
        watch.scene.world.advance(AFTERMATH_S).await.unwrap();
        watch.learn().await;
        assert_eq!(watch.look(), None, "{name}");
        assert_eq!(watch.look_at_stores().await, None, "{name}");
        let [_, _, _, _, bad, failed] = watch.answered;
        assert_eq!(failed, 0, "{name}");
        assert!(watch.logged > 0, "{name}: nothing was logged");
        sent += watch.answered.iter().sum::<usize>();
        refused += bad;
    }
    let all = operations::all().len();
    // The first operator is there, nothing is under way, the owner's address is proved, and of codes so few are
    // tried that the wrong ones use them up.
    assert!(done.len() + 7 >= all, "{} of {all}: {done:#?}", done.len());
    assert!(
        refused > 2_000 && sent > refused,
        "{sent}, {refused} refused"
    );
}

/// Threat E5: whatever goes wrong behind an operation, what is said of it holds no secret.
#[tokio::test]
async fn no_failure_spreads_a_secret() {
    let lines = Lines::default();
    let _logs = lines.keep();
    let mut failed = 0;
    for (number, operation) in operations::all().iter().enumerate() {
        let name = operation.name();
        let mut watch = watched(&lines, 2_960 + number).await;
        let call = good(&watch.scene, operation, number).await;
        for place in 0..PLACES_MAX {
            let strike = Strike {
                place,
                fault: Fault::ServerError,
                lasts: Lasts::Call,
            };
            let plan = Arc::new(Strikes::new(vec![strike]));
            watch.suffer(Arc::clone(&plan) as Arc<dyn Faults>);
            let why = format!("{name}, call {place} fails");
            watch.send(&why, request(API, call.clone())).await;
            if !plan.all_struck() {
                break;
            }
        }
        for fault in FAULTS {
            watch.suffer(Arc::new(Outage(fault)));
            let why = format!("{name}, {fault:?}");
            watch.send(&why, request(API, call.clone())).await;
            watch.scene.world.advance(1).await.unwrap();
        }
        watch.suffer(Arc::new(NoFaults));
        watch.scene.world.advance(AFTERMATH_S).await.unwrap();
        watch.learn().await;
        assert_eq!(watch.look(), None, "{name}");
        assert_eq!(watch.look_at_stores().await, None, "{name}");
        failed += watch.answered[5];
    }
    assert!(failed > 200, "{failed} requests failed");
}

/// Threat E5: the token of a preview is in its links, and in nothing that is written of visits.
#[tokio::test]
async fn no_visit_spreads_a_secret() {
    let lines = Lines::default();
    let _logs = lines.keep();
    let mut watch = watched(&lines, 3_020).await;
    let before = watch.sought();
    let visits = visits(&mut watch).await;
    assert_eq!(watch.sought(), before + 1, "a preview's token");
    let host = format!("{}:3000", watch.scene.acme.settled.host());
    for fault in [Fault::None].into_iter().chain(FAULTS) {
        watch.suffer(Arc::new(Outage(fault)));
        for call in &visits {
            let why = format!("{} with {fault:?}", call.path);
            watch.send(&why, request(&host, call.clone())).await;
        }
        watch.scene.world.advance(AFTERMATH_S).await.unwrap();
    }
    assert_eq!(watch.look(), None);
    assert_eq!(watch.look_at_stores().await, None);
    let [_, _, good, _, missing, failed] = watch.answered;
    assert!(
        good > 2 && missing > 2 && failed > 2,
        "{:?}",
        watch.answered
    );
}

#[tokio::test]
async fn every_outlet_is_heard() {
    let lines = Lines::default();
    let _logs = lines.keep();
    assert_eq!(
        secrets_of_template().len(),
        6,
        "{:?}",
        secrets_of_template()
    );
    let mut watch = watched(&lines, 3_030).await;
    let access = watch.scene.acme.settled.tokens.access.clone();
    let named = |subdomain: &str| {
        let body = json!({ "name": PASSWORD, "subdomain": subdomain });
        Call::post("/api/v1/websites", &body).bearer(&access)
    };
    assert_eq!(watch.look_at_stores().await, None);
    assert_eq!(watch.look(), None);
    watch.send("a name", request(API, named("third"))).await;
    let found = watch.look().unwrap();
    assert!(found.starts_with("an answer holds "), "{found}");
    assert!(found.ends_with(", to a name"), "{found}");
    assert_eq!(
        watch.look().map(|it| it.contains("a call holds ")),
        Some(true)
    );
    let found = watch.look_at_stores().await.unwrap();
    assert!(found.starts_with("a store holds "), "{found}");
    assert_eq!(watch.look(), None);
    tracing::info!(secret = PASSWORD, "something happened");
    let found = watch.look().unwrap();
    assert!(found.starts_with("a log holds "), "{found}");
}
