//! What the routes of tenants cost: operators', the tenant's own, and those about the API itself.

use http::Method;
use serde_json::json;
use tests::client::Call;

use crate::file::hold_routes;
use crate::ledger::Ledger;
use crate::scene::Scene;

const TENANTS: &str = "/api/v1/admin/tenants";
const TENANT: &str = "/api/v1/admin/tenants/{tenant}";
const PROFILE: &str = "/api/v1/tenant/profile";
const LIMITS: &str = "/api/v1/tenant/limits";
const OPERATION: &str = "/api/v1/operations/{operation}";

/// More tenants than a list that is asked for.
const LISTED: usize = 20;

/// Asks for a new tenant.
fn new_tenant(scene: &Scene) -> Call {
    let name = scene.name();
    let body = json!({
        "name": name,
        "subdomain": name,
        "adminEmail": format!("{name}@new.example"),
        "adminPassword": "correct horse newcomer",
    });
    scene.by_operator(Call::post(TENANTS, &body))
}

/// Makes a tenant, waits until it is made, and returns its address.
async fn make_tenant(scene: &Scene) -> String {
    let made = scene.done(new_tenant(scene)).await;
    scene.world.platform.settle().await.unwrap();
    format!("{TENANTS}/{}", made.at("/tenantId").unwrap())
}

async fn many(scene: &Scene, ledger: &mut Ledger) {
    let world = &scene.world;
    let create = async || new_tenant(scene);
    ledger
        .repeatable(world, &format!("POST {TENANTS}"), create)
        .await;
    let what = format!("GET {TENANTS}");
    let list = async || scene.by_operator(Call::get(TENANTS));
    ledger.route(world, &what, list).await;
    for _ in 0..LISTED {
        scene.done(new_tenant(scene)).await;
    }
    world.platform.settle().await.unwrap();
    let list = async || scene.by_operator(Call::get(format!("{TENANTS}?limit=20")));
    let all = format!("{what}, 20 of them");
    ledger.route(world, &all, list).await;
    let path = format!("{TENANTS}?status=Active&q=no-such-name&limit=20");
    let find = async || scene.by_operator(Call::get(&path));
    let found = format!("{what}, none found among them");
    ledger.route(world, &found, find).await;
    let path = format!("{TENANTS}/subdomain/acme");
    let check = async || scene.by_operator(Call::get(&path));
    let what = format!("GET {TENANTS}/subdomain/{{subdomain}}");
    ledger.route(world, &what, check).await;
}

async fn one(scene: &Scene, ledger: &mut Ledger) {
    let world = &scene.world;
    let tenant = &make_tenant(scene).await;
    let get = async || scene.by_operator(Call::get(tenant));
    ledger.route(world, &format!("GET {TENANT}"), get).await;
    let update = async || {
        let put = Call::put(tenant, &json!({ "name": scene.name() }));
        scene.with_version(scene.by_operator(put)).await
    };
    ledger.route(world, &format!("PUT {TENANT}"), update).await;
    let tier = async || {
        let read = scene.done(scene.by_operator(Call::get(tenant))).await;
        let other = match &*read.at("/tier").unwrap() {
            "Starter" => "Free",
            _ => "Starter",
        };
        let put = Call::put(format!("{tenant}/tier"), &json!({ "tier": other }));
        scene.by_operator(put)
    };
    let what = format!("PUT {TENANT}/tier");
    ledger.route(world, &what, tier).await;
    let delete = async || {
        let delete = Call::delete(make_tenant(scene).await);
        scene.with_version(scene.by_operator(delete)).await
    };
    ledger
        .route(world, &format!("DELETE {TENANT}"), delete)
        .await;
    moves(scene, ledger).await;
}

/// Suspension and its opposite.
async fn moves(scene: &Scene, ledger: &mut Ledger) {
    let world = &scene.world;
    let suspend = async || {
        let tenant = make_tenant(scene).await;
        let body = json!({ "reason": "unpaid" });
        scene.by_operator(Call::post(format!("{tenant}/suspend"), &body))
    };
    let what = format!("POST {TENANT}/suspend");
    ledger.repeatable(world, &what, suspend).await;
    let activate = async || {
        let suspended = suspend().await;
        let tenant = suspended.path.trim_end_matches("/suspend").to_owned();
        scene.done(suspended).await;
        scene.by_operator(Call::new(Method::POST, format!("{tenant}/activate")))
    };
    let what = format!("POST {TENANT}/activate");
    ledger.repeatable(world, &what, activate).await;
    let status = async || {
        let tenant = make_tenant(scene).await;
        let body = json!({ "status": "Suspended", "reason": "unpaid" });
        scene.by_operator(Call::put(format!("{tenant}/status"), &body))
    };
    let what = format!("PUT {TENANT}/status");
    ledger.route(world, &what, status).await;
}

/// What members read and change of their tenant, and what everybody reads.
async fn others(scene: &Scene, ledger: &mut Ledger) {
    let world = &scene.world;
    let get = async || scene.by_owner(Call::get(PROFILE));
    ledger.route(world, &format!("GET {PROFILE}"), get).await;
    let limits = async || scene.by_owner(Call::get(LIMITS));
    ledger.route(world, &format!("GET {LIMITS}"), limits).await;
    let update = async || {
        let put = Call::put(PROFILE, &json!({ "name": scene.name() }));
        scene.at_version(put).await
    };
    ledger.route(world, &format!("PUT {PROFILE}"), update).await;
    let made = scene.done(scene.new_website()).await;
    let href = made.at("/operation/href").unwrap();
    let get = async || scene.by_owner(Call::get(&href));
    let what = format!("GET {OPERATION}");
    ledger.route(world, &what, get).await;
    let made = scene.done(new_tenant(scene)).await;
    let href = made.at("/operation/href").unwrap();
    let get = async || Call::get(&href);
    let what = format!("GET {OPERATION}, of a registration");
    ledger.route(world, &what, get).await;
    for (path, example) in [
        ("/api/v1/openapi.json", "/api/v1/openapi.json"),
        ("/api/v1/problems", "/api/v1/problems"),
        ("/api/v1/problems/{slug}", "/api/v1/problems/not_found"),
    ] {
        let get = async || Call::get(example);
        ledger.route(world, &format!("GET {path}"), get).await;
    }
}

/// Threat D15: every route has its ceilings, and one more call, unit or action fails.
#[tokio::test]
async fn tenants_cost_what_is_written_down() {
    let scene = Scene::new().await;
    let mut ledger = Ledger::of("tenants");
    ledger.start(&scene.world).await;
    others(&scene, &mut ledger).await;
    one(&scene, &mut ledger).await;
    many(&scene, &mut ledger).await;
    hold_routes("tenants", &ledger.lines, tenants::routes().docs());
}
