//! What the authorizer adds to a request.

use jiff::SignedDuration;
use serde_json::json;
use tests::world::World;

use crate::file::hold;
use crate::ledger::Ledger;
use crate::scene::Scene;

/// Seconds after which each thing is asked for again, so that the token still lives.
const STEPS: [(i64, &str); 4] = [
    (0, "a member's token"),
    (59, "a member's token, 59 seconds later"),
    (1, "a member's token, a minute later"),
    (240, "a member's token, five minutes later"),
];

/// A token that names a key which nobody has.
fn unknown_key() -> String {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let header = json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": "nobody's" });
    format!("{}.e30.e30", URL_SAFE_NO_PAD.encode(header.to_string()))
}

async fn ask(ledger: &mut Ledger, world: &World, what: &str, state: &'static str, token: &str) {
    let payload = json!({ "headers": { "authorization": format!("Bearer {token}") } });
    let answer = ledger.invoke(world, what, state, payload).await;
    assert_eq!(answer["isAuthorized"], true);
}

/// Threat D15: every route has its ceilings, and one more call, unit or action fails.
#[tokio::test]
async fn authorization_costs_what_is_written_down() {
    let scene = Scene::new().await;
    let world = &scene.world;
    let mut ledger = Ledger::of("authorizer");
    let token = scene.acme.tokens.access.as_str();
    ledger.start(world).await;
    ask(&mut ledger, world, STEPS[0].1, "cold", token).await;
    for (seconds, what) in STEPS {
        world.clock.advance(SignedDuration::from_secs(seconds));
        ask(&mut ledger, world, what, "warm", token).await;
    }
    for (what, token) in [
        ("an operator's token", scene.operator.clone()),
        ("a token of an unknown key", unknown_key()),
        ("no token of ours", "e30.e30.e30".to_owned()),
    ] {
        for state in ["cold", "warm"] {
            ask(&mut ledger, world, what, state, &token).await;
        }
    }
    for state in ["cold", "warm"] {
        let payload = json!({ "headers": {} });
        ledger.invoke(world, "no token", state, payload).await;
    }
    hold("authorizer", &ledger.lines);
}
