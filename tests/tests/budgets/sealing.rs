//! What it costs to seal audit trails.

use jiff::SignedDuration;
use kernel::limits::SEAL_DELAY_S;
use serde_json::json;
use tests::walkthrough::{Owner, sign_in};
use tests::world::World;

use crate::file::hold;
use crate::ledger::Ledger;

/// Threat D15: a round over one trail, the platform's, has its ceilings. Several trails are sealed at once, so that how
/// often somebody waits is not the same each time.
#[tokio::test]
async fn sealing_costs_what_is_written_down() {
    let world = World::new(113).await.unwrap();
    world.operator().await.unwrap();
    let mut ledger = Ledger::of("sealing");
    ledger.start(&world).await;
    let payload = json!({ "kind": "seal" });
    for state in ["cold", "warm"] {
        sign_in(&world.client(), &Owner::operator()).await.unwrap();
        let later = SignedDuration::from_secs(SEAL_DELAY_S + 1);
        world.clock.advance(later);
        let what = "a round that seals a trail";
        let sealed = ledger.invoke(&world, what, state, payload.clone()).await;
        assert_eq!(sealed["trails"], 1);
        assert_ne!(sealed["entries"], 0);
    }
    let what = "a round that finds a trail sealed";
    let sealed = ledger.invoke(&world, what, "warm", payload).await;
    assert_eq!(sealed, json!({ "trails": 1, "entries": 0 }));
    hold("sealing", &ledger.lines);
}
