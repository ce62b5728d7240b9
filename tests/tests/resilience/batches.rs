//! Batches that are not dealt with at once: their time runs out, or one message cannot be read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::future::join_all;
use jiff::SignedDuration;
use kernel::ManualClock;
use local::fault::{Call, Fault, Faults};
use tests::crash::{measured, places, try_each};
use tests::walkthrough::Owner;
use tests::world::World;

use crate::consumers::CONSUMERS;
use crate::deliveries::Between;
use crate::digest::Digest;
use crate::operations::cases;
use crate::recovery::{come_to_rest, deliver_late, insist};
use crate::scene::Base;

/// Has time pass at one call, so that little is left of the invocation.
#[derive(Debug)]
struct SlowAt {
    place: u64,
    seen: AtomicU64,
    clock: ManualClock,
}

impl Faults for SlowAt {
    fn decide(&self, call: &Call<'_>) -> Fault {
        if CONSUMERS.contains(&call.function)
            && self.seen.fetch_add(1, Ordering::SeqCst) == self.place
        {
            let timeout_s = if matches!(call.function, "relay" | "security") {
                RELAY_S
            } else {
                CONSUMER_S
            };
            self.clock.advance(SignedDuration::from_secs(timeout_s - 1));
        }
        Fault::None
    }
}

/// Requests whose messages come in one batch: more than the relay sends at once.
const REQUESTS: usize = 12;

/// Calls at which time passes in one run.
const SLOW_PLACES_MAX: u64 = 24;

/// A platform on which several tenants were asked for at once, and nothing was delivered yet.
async fn asked(between: &Between) -> Base {
    let world = World::of(320, between.registry()).await.unwrap();
    let base = Base::of(world, Vec::new()).await;
    let asked = (0..REQUESTS).map(|number| {
        let call = Owner::named(&format!("many{number}")).registration();
        let world = base.world.clone();
        async move { world.client().call(call).await.unwrap() }
    });
    for answer in join_all(asked).await {
        assert_eq!(answer.status, 202, "{}", answer.text());
    }
    base
}

/// Has time pass at one call of the consumers, and returns what there is in the end and how many calls
/// they made.
async fn slowed(base: &Base, place: u64) -> (Digest, u64) {
    let world = base.world.copy(9_900 + place).unwrap();
    let slow = Arc::new(SlowAt {
        place,
        seen: AtomicU64::new(0),
        clock: world.clock.clone(),
    });
    world.faults.set(Arc::clone(&slow) as Arc<dyn Faults>);
    come_to_rest(&world).await.unwrap();
    world.heal();
    let seen = slow.seen.load(Ordering::SeqCst);
    (Digest::of(&world, &base.known).await, seen)
}

/// No call has this place.
const NOWHERE: u64 = 1_000_000;

/// The time that the relay has, and that the consumers of queues have, in seconds.
const RELAY_S: i64 = 30;
const CONSUMER_S: i64 = 10;

/// Threat B5: where the time of an invocation runs out in the middle of a batch, what was not begun
/// comes again, and what was done is not done again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_runs_out_of_time_is_done_once() {
    let between = Between::default();
    let base = Arc::new(asked(&between).await);
    let (calm, calls) = slowed(&base, NOWHERE).await;
    assert!(calls > 0, "the consumers make calls");
    assert_eq!(between.returned(), BTreeMap::new(), "there was time");
    let calm = Arc::new(calm);
    try_each(places(calls, SLOW_PLACES_MAX), |place| {
        let (base, calm) = (Arc::clone(&base), Arc::clone(&calm));
        async move {
            let (found, seen) = slowed(&base, place).await;
            assert!(seen > place, "no time passed at call {place} of {seen}");
            if let Some(difference) = found.difference(&calm) {
                panic!("time passed at call {place}: {difference}");
            }
        }
    })
    .await;
    let returned = between.returned();
    for function in ["relay", "provisioning"] {
        assert!(
            returned.contains_key(function),
            "{function} always had time: {returned:?}"
        );
    }
    measured(&format!(
        "batches that ran out of time at one of {calls} calls: messages that came again: {returned:?}"
    ));
}

/// What no consumer can read, and what none consumes.
const POISON: [&str; 3] = ["", "{\"id\":1}", "no message"];

/// Threat B4: one message that cannot be dealt with is put aside alone, and holds nothing up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poisoned_message_is_put_aside_and_the_others_are_not() {
    let cases = cases().await;
    let poisoned = cases
        .iter()
        .filter(|case| POISONED.contains(&case.name().as_str()));
    let poisoned: Vec<_> = poisoned.collect();
    assert_eq!(poisoned.len(), POISONED.len());
    for case in poisoned {
        let calm = deliver_late(case, 9_600, 0).await;
        let world = case.base.world.copy(9_601).unwrap();
        for queue in ["ProvisioningQueue", "EdgeQueue"] {
            for body in POISON {
                let queue = format!("hotswap-{queue}");
                world
                    .platform
                    .services()
                    .queues()
                    .send(&queue, body)
                    .await
                    .unwrap();
            }
        }
        insist(&world, case, false).await.unwrap();
        world.advance(WAIT_S).await.unwrap();
        let found = Digest::of(&world, &case.base.known).await;
        if let Some(difference) = found.difference(&calm) {
            panic!("{}, beside poison: {difference}", case.name());
        }
        let queues = world.platform.services().queues();
        for name in queues.names().await.unwrap() {
            let left = queues.list(&name).await.unwrap().into_iter();
            let left: BTreeSet<String> = left.map(|message| message.body).collect();
            let is_aside = PUT_ASIDE.iter().any(|queue| name.ends_with(queue));
            let expected = POISON
                .iter()
                .filter(|_| is_aside)
                .map(|it| (*it).to_owned());
            assert_eq!(left, expected.collect(), "{name}");
        }
    }
    measured(&format!("batches with poison: {}", POISONED.len()));
}

/// The queues of what was put aside.
const PUT_ASIDE: [&str; 2] = ["ProvisioningDeadLetterQueue", "EdgeDeadLetterQueue"];

/// Requests whose messages come with poison.
const POISONED: [&str; 3] = ["register_tenant", "create_website", "publish_page (new)"];

/// Long enough for a message to be received as often as it may be.
const WAIT_S: i64 = 6 * 61;
