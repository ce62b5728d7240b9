//! What it costs to keep the security stream, and to judge what came from a tenant.

use kernel::Clock;
use serde_json::{Value, json};
use tests::abuse::strict_tenant;
use tests::world::World;

use crate::file::hold;
use crate::ledger::Ledger;

const SAMPLE: &str = include_str!("../../../events/security/stream.json");

/// Records that the stream hands over at once, at most.
const RECORDS_MAX: u64 = 100;

/// Returns the sample's entry as another one of a trail: with this number, and saying that this was done.
fn record(world: &World, trail: &str, number: u64, action: &str) -> Value {
    let sample: Value = serde_json::from_str(SAMPLE).unwrap();
    let id = format!("019b7a1c-4c00-7f65-8e3b-{number:012x}");
    let mut record = sample["Records"][0].clone();
    let change = &mut record["dynamodb"];
    change["SequenceNumber"] = json!((number + 1).to_string());
    let image = &mut change["NewImage"];
    image["pk"] = json!({ "S": format!("T#{trail}#AUDIT") });
    image["id"] = json!({ "S": id });
    image["at"] = json!({ "S": world.clock.now().to_string() });
    image["action"] = json!({ "S": action });
    image["actor"] = json!({ "S": "member:019b7a1c-4c00-7b3a-9d52-6f1e0c8a4b12" });
    record
}

/// Threat D15: a batch has its ceilings: what is written grows with its entries, and calls with every 25 of them. What is
/// judged of a tenant is one transaction, however much it is.
#[tokio::test]
async fn the_stream_costs_what_is_written_down() {
    let world = World::new(114).await.unwrap();
    let operator = world.operator().await.unwrap();
    let mut ledger = Ledger::of("security");
    ledger.start(&world).await;
    let platform = "00000000-0000-7000-8000-000000000000";
    let usual = world.settled_tenant("usual").await.unwrap();
    for (what, count, trail, action) in [
        ("one entry", 1, platform, "login-failed"),
        ("a full batch", RECORDS_MAX, platform, "login-failed"),
        (
            "one that is counted",
            1,
            &*usual.tenant,
            "security.cross_tenant",
        ),
        (
            "a full batch that is counted",
            RECORDS_MAX,
            &*usual.tenant,
            "security.cross_tenant",
        ),
    ] {
        for (turn, state) in ["cold", "warm"].into_iter().enumerate() {
            let first = turn as u64 * RECORDS_MAX + count;
            let records = (0..count).map(|number| record(&world, trail, first + number, action));
            let payload = json!({ "Records": records.collect::<Vec<_>>() });
            let answer = ledger.invoke(&world, what, state, payload).await;
            assert_eq!(answer, json!({ "batchItemFailures": [] }));
        }
    }
    for state in ["cold", "warm"] {
        let strict = strict_tenant(&world, &operator, state).await.unwrap();
        let one = record(&world, &strict.tenant, 1, "security.cross_tenant");
        let payload = json!({ "Records": [one] });
        let answer = ledger.invoke(&world, "one too many", state, payload).await;
        assert_eq!(answer, json!({ "batchItemFailures": [] }));
    }
    hold("security", &ledger.lines);
}
