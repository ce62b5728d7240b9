//! What the routes of the audit trail cost.

use kernel::Clock;
use kernel::limits::{SEAL_DELAY_S, SEAL_EVERY_S};
use tests::client::Call;
use tests::reports::{PUBLISHED_AT, isolation_report};

use crate::file::hold_routes;
use crate::ledger::Ledger;
use crate::scene::Scene;

const AUDIT: &str = "/api/v1/tenant/audit";
const TRAILS: &str = "/api/v1/admin/audit";
const EVENTS: &str = "/api/v1/tenant/security-events";
const STREAM: &str = "/api/v1/admin/security-events";
const REPORT: &str = "/api/v1/tenant/isolation-report";

/// After so long, all that was done is sealed.
const SEALED_S: i64 = SEAL_EVERY_S + SEAL_DELAY_S + 60;

/// Threat D15: every route has its ceilings, and one more call, unit or action fails.
#[tokio::test]
async fn the_trail_costs_what_is_written_down() {
    let scene = Scene::new().await;
    let mut ledger = Ledger::of("governance");
    let world = &scene.world;
    ledger.start(world).await;
    let list = async || scene.by_owner(Call::get(AUDIT));
    ledger.route(world, &format!("GET {AUDIT}"), list).await;
    let find = async || scene.by_owner(Call::get(format!("{AUDIT}?action=restore")));
    let found = format!("GET {AUDIT}, none found");
    ledger.route(world, &found, find).await;
    let what = format!("GET {AUDIT}/export");
    let export = async || scene.by_owner(Call::get(&what["GET ".len()..]));
    ledger.route(world, &what, export).await;
    let id = &scene.acme.tenant;
    let one = async || scene.by_operator(Call::get(format!("{TRAILS}?tenantId={id}")));
    let of_one = format!("GET {TRAILS}, of one tenant");
    ledger.route(world, &of_one, one).await;
    let all = async || scene.by_operator(Call::get(format!("{TRAILS}?action=restore")));
    ledger.route(world, &format!("GET {TRAILS}"), all).await;
    let what = format!("GET {TRAILS}/export");
    let export = async || scene.by_operator(Call::get(format!("{TRAILS}/export?tenantId={id}")));
    ledger.route(world, &what, export).await;
    let events = async || scene.by_owner(Call::get(EVENTS));
    ledger.route(world, &format!("GET {EVENTS}"), events).await;
    let one = async || scene.by_operator(Call::get(format!("{STREAM}?tenantId={id}")));
    let of_one = format!("GET {STREAM}, of one tenant");
    ledger.route(world, &of_one, one).await;
    let all = async || scene.by_operator(Call::get(STREAM));
    ledger.route(world, &format!("GET {STREAM}"), all).await;
    let publish = async || {
        let report = isolation_report(&world.clock.now().to_string());
        scene.by_operator(Call::put(PUBLISHED_AT, &report))
    };
    let publishes = format!("PUT {PUBLISHED_AT}");
    ledger.route(world, &publishes, publish).await;
    let read = async || scene.by_owner(Call::get(REPORT));
    ledger.route(world, &format!("GET {REPORT}"), read).await;
    // What there is to read and to verify: one seal, and what came since.
    world.advance(SEALED_S).await.unwrap();
    let scene = scene.renewed().await;
    let (world, id) = (&scene.world, &scene.acme.tenant);
    let what = format!("GET {AUDIT}/verify");
    let verify = async || scene.by_owner(Call::get(&what["GET ".len()..]));
    ledger.route(world, &what, verify).await;
    let what = format!("GET {TRAILS}/verify");
    let verify = async || scene.by_operator(Call::get(format!("{TRAILS}/verify?tenantId={id}")));
    ledger.route(world, &what, verify).await;
    hold_routes("governance", &ledger.lines, governance::routes().docs());
}
