//! What the routes of identity cost.

use jiff::SignedDuration;
use serde_json::json;
use tests::client::Call;
use tests::walkthrough::{Owner, sign_in};
use tests::world::World;

use crate::file::hold_routes;
use crate::ledger::Ledger;
use crate::scene::Scene;

const KEYS: &str = "/.well-known/jwks.json";

async fn tokens(scene: &Scene, ledger: &mut Ledger) {
    let world = &scene.world;
    let register = async || {
        let owner = Owner::named(&scene.name());
        owner.registration()
    };
    let what = "POST /api/v1/auth/register";
    ledger.repeatable(world, what, register).await;
    let owner = &scene.acme.owner;
    let credentials = json!({ "email": owner.email, "password": owner.password });
    let log_in = async || Call::post("/api/v1/auth/login", &credentials);
    ledger.route(world, "POST /api/v1/auth/login", log_in).await;
    let refreshable = async || {
        let tokens = sign_in(&world.client(), owner).await.unwrap();
        json!({ "refreshToken": tokens.refresh })
    };
    for verb in ["refresh", "logout"] {
        let path = format!("/api/v1/auth/{verb}");
        let call = async || Call::post(&path, &refreshable().await);
        ledger.route(world, &format!("POST {path}"), call).await;
    }
    let signed_in = async || {
        // Later than what was ended before.
        world.clock.advance(SignedDuration::from_millis(1));
        sign_in(&world.client(), owner).await.unwrap().access
    };
    let sessions = "/api/v1/auth/sessions";
    let list = async || Call::get(sessions).bearer(&signed_in().await);
    ledger.route(world, &format!("GET {sessions}"), list).await;
    let end_one = async || {
        let token = signed_in().await;
        let all = world
            .client()
            .call(Call::get(sessions).bearer(&token))
            .await;
        let newest = all.unwrap().at("/items/0/id").unwrap();
        Call::delete(format!("{sessions}/{newest}")).bearer(&token)
    };
    let what = format!("DELETE {sessions}/{{session}}");
    ledger.route(world, &what, end_one).await;
    let end_all = async || Call::delete(sessions).bearer(&signed_in().await);
    ledger
        .route(world, &format!("DELETE {sessions}"), end_all)
        .await;
    for path in [KEYS, "/.well-known/openid-configuration"] {
        let get = async || Call::get(path);
        ledger.route(world, &format!("GET {path}"), get).await;
    }
}

/// Making the first operator, which can be done once on a platform.
async fn bootstrap(ledger: &mut Ledger) {
    for state in ["cold", "warm"] {
        let world = World::new(111).await.unwrap();
        // A platform without keys makes them when first asked for them.
        let keys = Call::get(KEYS);
        world.client().call(keys).await.unwrap();
        let body = json!({
            "bootstrapToken": world.platform.secret("BootstrapSecret").await.unwrap(),
            "email": "operator@platform.example",
            "password": "correct horse operator",
        });
        let path = "/api/v1/auth/bootstrap";
        let call = Call::post(path, &body);
        let what = format!("POST {path}");
        ledger.request(&world, &what, state, call).await;
    }
}

/// Threat D15: every route has its ceilings, and one more call, unit or action fails.
#[tokio::test]
async fn accounts_cost_what_is_written_down() {
    let scene = Scene::new().await;
    let mut ledger = Ledger::of("identity");
    ledger.start(&scene.world).await;
    tokens(&scene, &mut ledger).await;
    bootstrap(&mut ledger).await;
    hold_routes("identity", &ledger.lines, identity::routes().docs());
}
