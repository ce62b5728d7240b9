//! Access tokens that are not ours, at the API's door: none is accepted, whatever it looks like.

use std::collections::BTreeSet;
use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use http::Method;
use kernel::Clock;
use serde_json::{Value, json};
use tenancy::identity::Identity;
use tenancy::records::{PublicKey, SigningKeysRecord};
use tests::client::Call;

use crate::answers::Expected;
use crate::forgeries::Workshop;
use crate::problems;
use crate::scene::{API, Scene, add, request};
use tests::operations;

/// A route for everybody in a tenant.
const ROUTE: &str = "/api/v1/websites";

/// The name of the key that the tests sign with.
const KID: &str = "of-the-tests";

/// How long keys are believed, in seconds.
const KEYS_LIFE_S: i64 = 300;

fn claims_of(token: &str) -> Value {
    let body = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap()
}

fn kid_of(token: &str) -> String {
    let head = token.split('.').next().unwrap();
    let head: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(head).unwrap()).unwrap();
    head["kid"].as_str().unwrap().to_owned()
}

/// Publishes a key beside those that are there, or takes it back.
async fn publish(scene: &Scene, key: Option<&SigningKey>) {
    let identity = Identity::new(scene.world.storage());
    let before = identity.signing_keys().await.unwrap().unwrap();
    let mut keys = before.record.keys.clone();
    keys.retain(|known| known.kid != KID);
    keys.extend(key.map(|key| PublicKey {
        kid: KID.to_owned(),
        x: URL_SAFE_NO_PAD.encode(key.verifying_key().to_bytes()),
    }));
    let keys = SigningKeysRecord { keys };
    identity
        .publish_signing_keys(Some(&before), &keys)
        .await
        .unwrap();
    scene.world.advance(KEYS_LIFE_S).await.unwrap();
}

/// Returns a platform that believes a key of ours, and what forgers need.
async fn workshop(seed: u64) -> (Scene, Workshop) {
    let scene = Scene::new(seed);
    let key = SigningKey::from_bytes(&[7; 32]);
    publish(&scene, Some(&key)).await;
    let real = scene.acme.settled.tokens.access.clone();
    let now = scene.world.clock.now().as_second();
    let mut claims = claims_of(&real);
    claims["iat"] = json!(now);
    claims["exp"] = json!(now + 900);
    let workshop = Workshop {
        claims,
        kid: KID,
        key,
        real_kid: kid_of(&real),
        real,
    };
    (scene, workshop)
}

async fn accept(scene: &Scene, why: &str, authorization: &str) {
    let call = Call::get(ROUTE).with("authorization", authorization);
    let answer = scene.try_call(why, call, &Expected::Free).await;
    assert_eq!(answer.status, 200, "{why}: {}", answer.text());
}

async fn refuse(scene: &Scene, why: &str, authorization: &str) {
    let call = Call::get(ROUTE).with("authorization", authorization);
    let expected = Expected::refused(401, "unauthenticated");
    scene.try_call(why, call, &expected).await;
}

/// Threat C2: of all tokens that are not ours, none is accepted; ours are.
#[tokio::test]
async fn no_forged_token_is_accepted() {
    let (scene, workshop) = workshop(270).await;
    let good = workshop.sign(&workshop.header(), &workshop.claims);
    accept(&scene, "the tests' key", &format!("Bearer {good}")).await;
    accept(
        &scene,
        "the platform's key",
        &format!("Bearer {}", workshop.real),
    )
    .await;
    accept(&scene, "a scheme in lower case", &format!("bearer {good}")).await;
    accept(&scene, "a scheme in upper case", &format!("BEARER {good}")).await;
    let mut forged = workshop.all();
    forged.push((
        "a refresh token".to_owned(),
        scene.acme.settled.tokens.refresh.clone(),
    ));
    let release = &scene.acme.releases[0];
    let path = format!("{}/releases/{release}/preview", scene.acme.settled.website);
    let preview = Call::new(Method::POST, path).bearer(&good);
    let preview = scene.try_call("a preview", preview, &Expected::Free).await;
    let url = preview.at("/url").unwrap();
    let token = url
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();
    forged.push(("a preview's token".to_owned(), token));
    let list = Call::get(format!("{ROUTE}?limit=1")).bearer(&good);
    let list = scene.try_call("a list", list, &Expected::Free).await;
    forged.push(("a cursor".to_owned(), list.at("/nextCursor").unwrap()));
    let secret = scene.world.platform.secret("SigningSecret").await.unwrap();
    forged.push(("the signing secret".to_owned(), secret));
    let mut tried = BTreeSet::new();
    for (what, token) in &forged {
        assert_ne!(*token, good, "{what} is a good token");
        refuse(&scene, what, &format!("Bearer {token}")).await;
        tried.insert(token);
    }
    assert!(tried.len() >= 300, "{} tokens", tried.len());
    let mut out = std::io::stdout();
    writeln!(out, "forged tokens tried: {}, accepted: 0", tried.len()).unwrap();
    accept(
        &scene,
        "the tests' key at the end",
        &format!("Bearer {good}"),
    )
    .await;
    problems::assert_quiet();
}

/// Threat C2: a token ends when it says so, and clocks may be ten seconds apart.
#[tokio::test]
async fn a_token_is_good_for_its_time() {
    let (scene, workshop) = workshop(271).await;
    let now = workshop.claims["iat"].as_i64().unwrap();
    for (made, problem) in [
        (-100_000, Some("token_expired")),
        (-911, Some("token_expired")),
        (-910, Some("token_expired")),
        (-909, None),
        (-900, None),
        (-899, None),
        (-1, None),
        (0, None),
        (9, None),
        (10, None),
        (11, Some("unauthenticated")),
        (900, Some("unauthenticated")),
        (100_000, Some("unauthenticated")),
    ] {
        let mut claims = workshop.claims.clone();
        claims["iat"] = json!(now + made);
        claims["exp"] = json!(now + made + 900);
        let token = workshop.sign(&workshop.header(), &claims);
        let why = format!("made at {made}");
        let call = Call::get(ROUTE).bearer(&token);
        let expected = match problem {
            Some(problem) => Expected::refused(401, problem),
            None => Expected::Free,
        };
        let answer = scene.try_call(&why, call, &expected).await;
        assert_eq!(answer.status == 200, problem.is_none(), "{why}");
    }
    problems::assert_quiet();
}

/// Threat C2: a key that was taken back signs nothing any more.
#[tokio::test]
async fn a_key_that_was_taken_back_opens_nothing() {
    let (scene, workshop) = workshop(272).await;
    let good = workshop.sign(&workshop.header(), &workshop.claims);
    accept(&scene, "while it is published", &format!("Bearer {good}")).await;
    publish(&scene, None).await;
    let real = scene.acme.settled.tokens.access.clone();
    refuse(&scene, "taken back", &format!("Bearer {good}")).await;
    accept(&scene, "another key", &format!("Bearer {real}")).await;
    problems::assert_quiet();
}

/// A good token counts where it belongs and nowhere else.
#[tokio::test]
async fn a_token_is_read_in_one_place() {
    let scene = Scene::new(273);
    let good = scene.acme.settled.tokens.access.clone();
    let other = scene.other.settled.tokens.access.clone();
    for authorization in [
        good.clone(),
        format!("Basic {good}"),
        format!("Token {good}"),
        format!("Bearer:{good}"),
        format!("Bearer\t{good}"),
        format!("Bearer={good}"),
        format!("Bearertoken {good}"),
        format!("\"Bearer {good}\""),
        format!("Bearer {good} {good}"),
        format!("Bearer {good}, Bearer {good}"),
        format!("Bearer {good}, Basic YTpi"),
        format!("Basic YTpi, Bearer {good}"),
        format!("Bearer {}{good}", " ".repeat(5_000)),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "Bearer undefined".to_owned(),
        "Negotiate YII=".to_owned(),
        "DPoP x".to_owned(),
        String::new(),
    ] {
        let start: String = authorization.chars().take(40).collect();
        refuse(&scene, &start, &authorization).await;
    }
    let refused = Expected::refused(401, "unauthenticated");
    for token in [&good, &other] {
        let mut two = request(API, Call::get(ROUTE).bearer(&good));
        add(
            &mut two,
            "authorization",
            format!("Bearer {token}").as_bytes(),
        );
        scene.try_request("two headers", two, &refused).await;
    }
    for name in [
        "x-authorization",
        "x-access-token",
        "x-api-key",
        "proxy-authorization",
        "x-forwarded-authorization",
        "x-auth-token",
    ] {
        let call = Call::get(ROUTE).with(name, format!("Bearer {good}"));
        scene.try_call(name, call, &refused).await;
    }
    let cookie = Call::get(ROUTE).with("cookie", format!("authorization=Bearer {good}"));
    scene.try_call("a cookie", cookie, &refused).await;
    for name in ["access_token", "token", "authorization", "Authorization"] {
        let call = Call::get(format!("{ROUTE}?{name}={good}"));
        scene.try_call(name, call, &refused).await;
    }
    let spaced = format!("Bearer   {good}");
    accept(&scene, "several spaces (RFC 9110 §11.4)", &spaced).await;
    problems::assert_quiet();
}

/// Threat C2: every guarded operation refuses a forged token, one that is over, and a refresh token.
#[tokio::test]
async fn every_guarded_operation_refuses_what_is_no_access_token() {
    let (scene, workshop) = workshop(274).await;
    let mut over = workshop.claims.clone();
    let now = over["iat"].as_i64().unwrap();
    over["iat"] = json!(now - 1_000);
    over["exp"] = json!(now - 100);
    let over = workshop.sign(&workshop.header(), &over);
    let mut header = workshop.header();
    header["alg"] = json!("none");
    let none = workshop.sign(&header, &workshop.claims);
    let refresh = scene.acme.settled.tokens.refresh.clone();
    for operation in operations::all() {
        if operation.is_open {
            continue;
        }
        for (token, problem) in [
            (&over, "token_expired"),
            (&none, "unauthenticated"),
            (&refresh, "unauthenticated"),
        ] {
            let mut call = scene.good(&operation);
            call.headers.retain(|(name, _)| name != "authorization");
            let call = call.bearer(token);
            let expected = Expected::refused(401, problem);
            scene.try_call(&operation.name(), call, &expected).await;
        }
    }
    let body = json!({ "refreshToken": scene.acme.settled.tokens.access });
    for path in ["/api/v1/auth/refresh", "/api/v1/auth/logout"] {
        let expected = Expected::refused(401, "invalid_credentials");
        scene
            .try_call(path, Call::post(path, &body), &expected)
            .await;
    }
    problems::assert_quiet();
}
