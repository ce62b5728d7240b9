//! The authorizer's answers, and what they cost in reads.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer, SigningKey};
use http::{Method, StatusCode};
use jiff::SignedDuration;
use kernel::Clock;
use lambda_runtime::Context;
use local::fault::{Call as StoreCall, Fault, Faults};
use runtime::Function;
use serde_json::{Value, json};
use tenancy::claims::{AUDIENCE, TOKEN_TYPE};
use tenancy::identity::Identity;
use tenancy::records::{PublicKey, SigningKeysRecord};
use tenancy::{GatewayContext, Outcome, Refusal};
use tests::client::Call;
use tests::world::{Settled, World};

const PERSON: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
const SESSION: &str = "01890a5d-ac96-774b-bcce-b302099a8058";

/// A platform with one tenant, whose owner is signed in.
struct Scene {
    world: World,
    acme: Settled,
}

/// The table is away for the authorizer.
#[derive(Debug)]
struct TableIsAway;

impl Faults for TableIsAway {
    fn decide(&self, call: &StoreCall<'_>) -> Fault {
        if call.function == "authorizer" {
            Fault::ServerError
        } else {
            Fault::None
        }
    }
}

impl Scene {
    async fn new() -> Self {
        let world = World::new(60).await.unwrap();
        let acme = world.settled_tenant("acme").await.unwrap();
        Self { world, acme }
    }

    fn token(&self) -> &str {
        &self.acme.tokens.access
    }

    /// Starts an environment that remembers nothing.
    async fn authorizer(&self) -> Function {
        let pools = self.world.platform.pools();
        pools.own_environment("authorizer").await.unwrap()
    }

    /// Asks, and counts the reads that the answer took.
    async fn ask(&self, authorizer: &Function, credential: Option<&str>) -> (Outcome, usize) {
        let mark = self.world.platform.history().mark();
        let headers: BTreeMap<&str, &str> = credential
            .map(|credential| ("authorization", credential))
            .into_iter()
            .collect();
        let payload = json!({ "headers": headers });
        let answer = authorizer
            .invoke(payload, Context::default())
            .await
            .unwrap();
        assert_eq!(
            answer["isAuthorized"], true,
            "who may do what is said later"
        );
        let context = serde_json::from_value(answer["context"].clone()).unwrap();
        let reads = self.world.platform.history().since(mark);
        // What counts requests is measured for itself.
        let is_count = |key: &String| key.contains("TRAFFIC#");
        let reads = reads
            .iter()
            .filter(|call| call.function == "authorizer" && !call.keys.iter().any(is_count));
        (GatewayContext::from_map(&context).outcome, reads.count())
    }

    async fn ask_with(&self, authorizer: &Function, token: &str) -> (Outcome, usize) {
        self.ask(authorizer, Some(&format!("Bearer {token}"))).await
    }

    fn pass(&self, seconds: i64) {
        self.world.clock.advance(SignedDuration::from_secs(seconds));
    }

    /// Makes the keys with these ids the only ones; the seed of a key is its id.
    async fn publish(&self, kids: &[&str]) {
        // Ids that are made at another time are other ones.
        self.world.clock.advance(SignedDuration::from_millis(1));
        let identity = Identity::new(self.world.storage());
        let keys = kids.iter().map(|kid| PublicKey {
            kid: (*kid).to_owned(),
            x: URL_SAFE_NO_PAD.encode(key(kid).verifying_key().to_bytes()),
        });
        let keys = SigningKeysRecord {
            keys: keys.collect(),
        };
        let before = identity.signing_keys().await.unwrap();
        identity
            .publish_signing_keys(before.as_ref(), &keys)
            .await
            .unwrap();
    }

    /// Signs an operator's token with a key.
    fn signed(&self, kid: &str) -> String {
        let now = self.world.clock.now().as_second();
        let claims = json!({
            "iss": "http://localhost:3000", "aud": AUDIENCE, "sub": PERSON, "sid": SESSION,
            "iat": now, "exp": now + 900, "outs": 0, "operator": true,
        });
        let header = json!({ "alg": "EdDSA", "typ": TOKEN_TYPE, "kid": kid });
        let parts = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let body = parts.join(".");
        let signature = key(kid).sign(body.as_bytes()).to_bytes();
        format!("{body}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    async fn change_tenant(&self, operator: &str, verb: &str) {
        let path = format!("/api/v1/admin/tenants/{}/{verb}", self.acme.tenant);
        let call = match verb {
            "suspend" => Call::post(path, &json!({ "reason": "unpaid" })),
            _ => Call::new(Method::POST, path),
        };
        let client = self.world.client();
        let changed = client.call(call.bearer(operator)).await.unwrap();
        changed.expect(StatusCode::OK).unwrap();
    }
}

fn key(kid: &str) -> SigningKey {
    let mut seed = [0; 32];
    for (place, byte) in seed.iter_mut().zip(kid.bytes()) {
        *place = byte;
    }
    SigningKey::from_bytes(&seed)
}

fn is_in(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Authenticated(_))
}

fn refused(refusal: Refusal) -> Outcome {
    Outcome::Refused(refusal)
}

#[tokio::test]
async fn a_warm_environment_reads_nothing_and_a_status_once_a_minute() {
    let scene = Scene::new().await;
    let authorizer = scene.authorizer().await;
    for (seconds, reads) in [(0, 1), (0, 0), (59, 0), (1, 1), (0, 0), (59, 0), (1, 1)] {
        scene.pass(seconds);
        let (outcome, read) = scene.ask_with(&authorizer, scene.token()).await;
        assert!(is_in(&outcome), "{outcome:?}");
        assert_eq!(read, reads, "{seconds} s on");
    }
}

#[tokio::test]
async fn an_operators_token_needs_no_tenant() {
    let scene = Scene::new().await;
    let operator = scene.world.operator().await.unwrap();
    let authorizer = scene.authorizer().await;
    // The keys are read at the start; who was signed out is read once a minute.
    for (seconds, expected) in [(0, 1), (0, 0), (59, 0), (1, 1)] {
        scene.pass(seconds);
        let (outcome, reads) = scene.ask_with(&authorizer, &operator).await;
        assert!(is_in(&outcome), "{outcome:?}");
        assert_eq!(reads, expected, "{seconds} s on");
    }
}

#[tokio::test]
async fn keys_that_could_not_be_read_at_the_start_are_read_when_asked_for() {
    let scene = Scene::new().await;
    scene.world.faults.set(Arc::new(TableIsAway));
    let authorizer = scene.authorizer().await;
    let (outcome, _) = scene.ask_with(&authorizer, scene.token()).await;
    assert_eq!(outcome, refused(Refusal::Unavailable));
    scene.world.heal();
    let (outcome, reads) = scene.ask_with(&authorizer, scene.token()).await;
    assert!(is_in(&outcome) && reads == 2, "{outcome:?} after {reads}");
}

#[tokio::test]
async fn a_key_that_came_just_after_the_start_is_found() {
    let scene = Scene::new().await;
    let authorizer = scene.authorizer().await;
    scene.publish(&["new"]).await;
    let token = scene.signed("new");
    assert!(is_in(&scene.ask_with(&authorizer, &token).await.0));
}

#[tokio::test]
async fn a_tenant_that_is_suspended_is_refused_within_a_minute() {
    let scene = Scene::new().await;
    let operator = scene.world.operator().await.unwrap();
    let warm = scene.authorizer().await;
    assert!(is_in(&scene.ask_with(&warm, scene.token()).await.0));
    scene.change_tenant(&operator, "suspend").await;
    let cold = scene.authorizer().await;
    let (at_once, _) = scene.ask_with(&cold, scene.token()).await;
    assert_eq!(at_once, refused(Refusal::InactiveTenant));
    scene.pass(60);
    let (later, _) = scene.ask_with(&warm, scene.token()).await;
    assert_eq!(later, refused(Refusal::InactiveTenant));
    scene.change_tenant(&operator, "activate").await;
    scene.pass(60);
    assert!(is_in(&scene.ask_with(&warm, scene.token()).await.0));
}

#[tokio::test]
async fn a_flood_of_unknown_keys_is_one_read_in_ten_seconds() {
    let scene = Scene::new().await;
    let authorizer = scene.authorizer().await;
    let mut reads = 0;
    for number in 0..1_000 {
        let token = scene.signed(&format!("k{number}"));
        let (outcome, read) = scene.ask_with(&authorizer, &token).await;
        assert_eq!(outcome, refused(Refusal::Unauthenticated));
        reads += read;
    }
    assert_eq!(reads, 1);
    // A key that comes meanwhile is found once the ten seconds are over.
    scene.publish(&["new", "old"]).await;
    let token = scene.signed("new");
    scene.pass(9);
    let early = scene.ask_with(&authorizer, &token).await;
    assert_eq!(early, (refused(Refusal::Unauthenticated), 0));
    scene.pass(1);
    assert!(is_in(&scene.ask_with(&authorizer, &token).await.0));
}

#[tokio::test]
async fn a_key_that_was_taken_back_is_forgotten() {
    let scene = Scene::new().await;
    scene.publish(&["old"]).await;
    let (authorizer, token) = (scene.authorizer().await, scene.signed("old"));
    assert!(is_in(&scene.ask_with(&authorizer, &token).await.0));
    scene.publish(&["new"]).await;
    scene.pass(299);
    assert!(is_in(&scene.ask_with(&authorizer, &token).await.0));
    scene.pass(1);
    let (outcome, _) = scene.ask_with(&authorizer, &token).await;
    assert_eq!(outcome, refused(Refusal::Unauthenticated));
}

#[tokio::test]
async fn without_the_table_nobody_new_is_let_in_and_nobody_is_called_a_forger() {
    let scene = Scene::new().await;
    let warm = scene.authorizer().await;
    let cold = scene.authorizer().await;
    assert!(is_in(&scene.ask_with(&warm, scene.token()).await.0));
    scene.world.faults.set(Arc::new(TableIsAway));
    let (outcome, _) = scene.ask_with(&cold, scene.token()).await;
    assert_eq!(outcome, refused(Refusal::Unavailable));
    let (outcome, reads) = scene.ask_with(&warm, scene.token()).await;
    assert!(is_in(&outcome) && reads == 0, "{outcome:?} after {reads}");
    scene.pass(60);
    let (outcome, _) = scene.ask_with(&warm, scene.token()).await;
    assert_eq!(outcome, refused(Refusal::Unavailable), "the status is old");
    scene.world.heal();
    assert!(is_in(&scene.ask_with(&warm, scene.token()).await.0));
}

#[tokio::test]
async fn what_is_no_good_token_is_told_apart_and_costs_no_read_of_a_tenant() {
    let scene = Scene::new().await;
    let authorizer = scene.authorizer().await;
    let (outcome, _) = scene.ask_with(&authorizer, "e30.e30.e30").await;
    assert_eq!(outcome, refused(Refusal::Unauthenticated));
    scene.pass(910);
    let expired = scene.ask_with(&authorizer, scene.token()).await;
    assert_eq!(expired, (refused(Refusal::Expired), 1), "the keys");
    let none: Option<&str> = None;
    assert_eq!(scene.ask(&authorizer, none).await.0, Outcome::Anonymous);
    let (other, _) = scene.ask(&authorizer, Some("Basic YTpi")).await;
    assert_eq!(other, refused(Refusal::Unauthenticated));
    let unreadable: Value = json!({ "headers": 7 });
    let answer = authorizer.invoke(unreadable, Context::default()).await;
    assert_eq!(answer.unwrap()["context"]["outcome"], "anonymous");
}

/// Threat A5: the gateway keeps no verdict: each request is judged by its own credential, whoever
/// asked for the same just before. The template is not played if it lets verdicts be kept.
#[tokio::test]
async fn no_verdict_is_used_for_another_credential_or_route() {
    let scene = Scene::new().await;
    let birch = scene.world.settled_tenant("birch").await.unwrap();
    let operator = scene.world.operator().await.unwrap();
    let client = scene.world.client();
    let tokens = [
        Some(scene.token()),
        Some(&birch.tokens.access),
        Some(&operator),
        Some("e30.e30.e30"),
        None,
    ];
    for (path, statuses) in [
        (scene.acme.website.as_str(), [200, 404, 400, 401, 401]),
        (&birch.website, [404, 200, 400, 401, 401]),
        ("/api/v1/admin/tenants", [403, 403, 200, 401, 401]),
        // The same again, when everything is warm.
        (&scene.acme.website, [200, 404, 400, 401, 401]),
    ] {
        for (token, status) in tokens.into_iter().zip(statuses) {
            let call = token.map_or(Call::get(path), |token| Call::get(path).bearer(token));
            let answer = client.call(call).await.unwrap();
            assert_eq!(answer.status, status, "{path} {token:?}: {}", answer.text());
        }
    }
}
