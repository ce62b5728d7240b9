//! What it costs that operators come into a tenant, or with the break-glass key.

use serde_json::json;
use tests::client::Call;
use tests::support::{ADMIN_SESSIONS, SESSIONS, begin, enter};
use tests::world::BREAK_GLASS_KEY;

use crate::ledger::Ledger;
use crate::scene::Scene;

/// How operators come into a tenant.
pub(crate) async fn all(scene: &Scene, ledger: &mut Ledger) {
    let world = &scene.world;
    let create = async || scene.by_owner(begin(60, true));
    let what = format!("POST {SESSIONS}");
    ledger.repeatable(world, &what, create).await;
    let made = async || {
        let made = scene.done(create().await).await;
        made.at("/id").unwrap()
    };
    let list = async || scene.by_owner(Call::get(SESSIONS));
    ledger.route(world, &format!("GET {SESSIONS}"), list).await;
    let what = format!("{SESSIONS}/{{support}}");
    let get = async || scene.by_owner(Call::get(format!("{SESSIONS}/{}", made().await)));
    ledger.route(world, &format!("GET {what}"), get).await;
    let end = async || scene.by_owner(Call::delete(format!("{SESSIONS}/{}", made().await)));
    ledger.route(world, &format!("DELETE {what}"), end).await;
    let list = async || {
        let tenant = &scene.acme.tenant;
        scene.by_operator(Call::get(format!("{ADMIN_SESSIONS}?tenantId={tenant}")))
    };
    let what = format!("GET {ADMIN_SESSIONS}");
    ledger.route(world, &what, list).await;
    let token = async || scene.by_operator(enter(&scene.acme.tenant, &made().await));
    let what = format!("POST {ADMIN_SESSIONS}/{{support}}/token");
    ledger.route(world, &what, token).await;
    let break_glass = async || {
        Call::post(
            "/api/v1/auth/break-glass",
            &json!({ "key": BREAK_GLASS_KEY }),
        )
    };
    let what = "POST /api/v1/auth/break-glass";
    ledger.route(world, what, break_glass).await;
}
