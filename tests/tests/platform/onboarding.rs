//! What it takes from sign-up to the first published byte: counted steps, which do not grow with
//! the number of tenants, and time on the virtual clock, which is what waiting adds up to.

use tests::onboarding::{PHASES, onboard, percentile, steps};
use tests::walkthrough::Owner;
use tests::world::World;

const TENANTS: usize = 100;

/// Calls to services of one onboarding, sign-in, page and visit included, with the purges and the
/// sweeps that happen meanwhile, and the sessions that begin for a new tenant.
const CALLS_MAX: u64 = 143;

/// Write units of one onboarding: two dozen of them are the theme, which is kept with the website's
/// first release, one dozen the mail with which the address is proved, four what of it concerns security, and two the
/// requests that it takes on lease.
const WRITE_UNITS_MAX: f64 = 215.0;

#[tokio::test]
async fn a_hundred_tenants_are_onboarded_in_bounded_steps_and_time() {
    let world = World::new(70).await.unwrap();
    let client = world.client();
    // The first sweep of a new platform looks an hour back.
    world.advance(1).await.unwrap();
    let mut times = Vec::new();
    for number in 0..TENANTS {
        let mark = world.platform.history().mark();
        let owner = Owner::named(&format!("tenant{number}"));
        times.push(onboard(&client, &owner, &world.clock).await.unwrap());
        let steps = steps(world.platform.history(), mark);
        assert!(steps.calls <= CALLS_MAX, "tenant {number}: {steps:?}");
        assert!(
            steps.write_units <= WRITE_UNITS_MAX,
            "tenant {number}: {steps:?}"
        );
    }
    for (phase, (name, bound)) in PHASES.into_iter().enumerate() {
        let samples: Vec<_> = times.iter().map(|times| times[phase]).collect();
        let p95 = percentile(&samples, 95);
        assert!(p95 <= bound, "{name}: {p95:#}");
    }
}
