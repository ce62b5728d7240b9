//! Services that refuse three calls of ten, whatever is asked of the platform.
//!
//! Sums over all operations and what follows from them, for the same work:
//!
//! - *needed*: the calls that are made where nothing is refused;
//! - *executed*: the calls that services carried out. More than needed is work done twice;
//! - *attempted*: all calls that left, with the refused ones.
//!
//! Where three of ten calls are refused once, repeating each of them once, and nothing else, comes to
//! 1.3 times the needed ones. Where three of ten attempts are refused, whoever repeats until each call
//! is taken cannot attempt fewer than 1 / (1 - 0.3) = 1.43 times the needed ones. What the schedule
//! does while time passes is counted nowhere.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use kernel::ContentHash;
use local::fault::{Call, Counting, Fault, Faults, RandomThrottle};
use tests::client::Call as Request;
use tests::crash::{is_full, measured, spread, try_each};
use tests::world::World;

use crate::operations::cases;
use crate::recovery::{State, check_but_for, play};

/// Cases that are run in one run of the gate; the long run has all.
const CASES_MAX: usize = 20;

/// Runs of each case in the long run.
const ROUNDS_FULL: u64 = 20;

/// Of a hundred calls, so many are refused.
const PERCENT: u8 = 30;

/// How far the share of what was refused may be from what it is meant to be, in hundredths.
const SHARE_TOLERANCE: u64 = 5;

/// The most calls that services may carry out, in hundredths of the needed ones.
const EXECUTED_PERCENT_MAX: u64 = 130;

/// The most calls that services may carry out where calls are refused once, in hundredths of the needed ones:
/// each refused one leaves once more, and hardly another one does. In a small round one request more may be made
/// again.
const ONCE_EXECUTED_PERCENT_MAX: u64 = 103;

/// The most calls that may leave then, in hundredths of the needed ones, where there are so many that chance
/// refuses three of ten.
const ONCE_PERCENT_MAX: u64 = 133;

/// The most calls that may leave where attempts are refused, in hundredths of the needed ones: what
/// cannot be less, and what is asked for again.
const ATTEMPTED_PERCENT_MAX: u64 = 170;

/// What is counted for a quarter of an hour: where redeliveries are refused too, a run may last longer.
const COUNTED: [&str; 1] = ["rate {"];

/// What is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refuses {
    Nothing,
    /// Three of ten calls, the first time that they are made.
    Once,
    /// Three of ten attempts.
    Attempts,
}

/// Refuses calls, and counts.
#[derive(Debug)]
struct Storm {
    refuses: Refuses,
    draws: RandomThrottle,
    made: Mutex<BTreeSet<ContentHash>>,
    attempted: AtomicU64,
    refused: AtomicU64,
}

impl Storm {
    fn of(refuses: Refuses, seed: u64) -> Arc<Self> {
        Arc::new(Self {
            refuses,
            draws: RandomThrottle::new(seed, PERCENT),
            made: Mutex::default(),
            attempted: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        })
    }

    /// Returns how many calls left, and how many of them were carried out.
    fn counts(&self) -> [u64; 2] {
        let attempted = self.attempted.load(Ordering::SeqCst);
        [attempted, attempted - self.refused.load(Ordering::SeqCst)]
    }
}

impl Faults for Storm {
    fn decide(&self, call: &Call<'_>) -> Fault {
        let is_first = self.made.lock().unwrap().insert(call.content());
        let fault = match self.refuses {
            Refuses::Once if is_first => self.draws.decide(call),
            Refuses::Attempts => self.draws.decide(call),
            Refuses::Nothing | Refuses::Once => Fault::None,
        };
        let is_of_the_schedule =
            |key: &String| key.starts_with("DUE#") || key.starts_with("SWEEP#");
        if !call.keys.iter().any(is_of_the_schedule) {
            self.attempted.fetch_add(1, Ordering::SeqCst);
            let refused = u64::from(fault != Fault::None);
            self.refused.fetch_add(refused, Ordering::SeqCst);
        }
        fault
    }
}

/// Whether so many of all are about the share that is refused: within the tolerance, or, where there
/// are few, within three standard deviations of what chance does.
fn is_share(refused: u64, all: u64) -> bool {
    let percent = u64::from(PERCENT);
    let away = (100 * refused).abs_diff(percent * all);
    away <= SHARE_TOLERANCE * all || away * away <= 9 * percent * (100 - percent) * all
}

/// Threat B15: under throttling nothing comes out wrong, and hardly any work is done twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn throttling_changes_no_result_and_repeats_little() {
    const PLANS: [Refuses; 3] = [Refuses::Nothing, Refuses::Once, Refuses::Attempts];
    let cases = cases().await;
    let rounds = if is_full() { ROUNDS_FULL } else { 1 };
    let sums = Arc::new([const { [const { AtomicU64::new(0) }; 2] }; PLANS.len()]);
    let largest = Arc::new(AtomicU64::new(0));
    let chosen = spread((0..cases.len()).collect(), CASES_MAX).into_iter();
    let tries = chosen.flat_map(|case| (0..rounds).map(move |round| (case, round)));
    try_each(tries, |(at, round)| {
        let (cases, sums, largest) = (Arc::clone(&cases), Arc::clone(&sums), Arc::clone(&largest));
        async move {
            let case = &cases[at];
            let seed = 7_000 + 100 * at as u64 + round;
            let mut calm = None;
            for (refuses, sums) in PLANS.into_iter().zip(sums.iter()) {
                let storm = Storm::of(refuses, seed);
                let plan = Arc::clone(&storm) as Arc<dyn Faults>;
                let ended = play(case, State::Warm, seed, plan).await;
                let calm = calm.get_or_insert_with(|| ended.clone().unwrap());
                let why = format!("{refuses:?}, seed {seed}");
                check_but_for(&COUNTED, case, calm, &ended, &why);
                if refuses == Refuses::Nothing {
                    largest.fetch_max(storm.counts()[0], Ordering::SeqCst);
                }
                for (sum, count) in sums.iter().zip(storm.counts()) {
                    sum.fetch_add(count, Ordering::SeqCst);
                }
            }
        }
    })
    .await;
    let sums = sums
        .each_ref()
        .map(|of| of.each_ref().map(|sum| sum.load(Ordering::SeqCst)));
    let [[needed, needed_executed], once, attempts] = sums;
    assert!(needed > 0, "calls are made");
    assert_eq!(needed, needed_executed, "nothing is refused");
    for (refused, of) in [
        (once[0] - once[1], needed),
        (attempts[0] - attempts[1], attempts[0]),
    ] {
        assert!(is_share(refused, of), "{refused} of {of} were refused");
    }
    let percent = |counts: [u64; 2]| counts.map(|count| count * 100 / needed);
    let ([once, once_executed], [attempted, executed]) = (percent(once), percent(attempts));
    measured(&format!(
        "{PERCENT} % of calls throttled once: of {needed} needed, {once} % attempted, \
         {once_executed} % executed; {PERCENT} % of attempts throttled: {attempted} % attempted, \
         {executed} % executed"
    ));
    let again = if is_full() {
        0
    } else {
        largest.load(Ordering::SeqCst) * 100 / needed
    };
    assert!(
        once_executed <= ONCE_EXECUTED_PERCENT_MAX + again,
        "{once_executed} %"
    );
    assert!(!is_full() || once <= ONCE_PERCENT_MAX, "{once} %");
    assert!(executed <= EXECUTED_PERCENT_MAX, "{executed} %");
    assert!(attempted <= ATTEMPTED_PERCENT_MAX, "{attempted} %");
}

/// Refuses every call of the functions.
#[derive(Debug)]
struct All;

impl Faults for All {
    fn decide(&self, _call: &Call<'_>) -> Fault {
        Fault::Throttle
    }
}

/// Threat B15: where a service refuses everything, the caller is told soon, and told when to come
/// again.
#[tokio::test]
async fn a_service_that_refuses_everything_is_not_asked_for_long() {
    let world = World::new(310).await.unwrap();
    let acme = world.settled_tenant("acme").await.unwrap();
    let token = acme.tokens.access.as_str();
    for path in [acme.website.clone(), format!("{}/pages", acme.website)] {
        let call = Request::get(path).bearer(token);
        let undisturbed = world.client().call(call.clone()).await.unwrap();
        assert_eq!(undisturbed.status, 200);
        let counting = Arc::new(Counting::around(Arc::new(All)));
        world.faults.set(Arc::clone(&counting) as Arc<dyn Faults>);
        let answer = world.client().call(call).await.unwrap();
        world.heal();
        assert_eq!(answer.status, 503, "{}", answer.text());
        assert!(!answer.header("retry-after").is_empty());
        assert!(counting.count() <= 3, "{} attempts", counting.count());
    }
}

#[test]
fn a_share_is_about_what_it_is_meant_to_be() {
    for (refused, all, is_about) in [
        (0, 0, true),
        (300, 1_000, true),
        (250, 1_000, true),
        (350, 1_000, true),
        (249, 1_000, false),
        (351, 1_000, false),
        (39, 157, true),
        (29, 157, false),
        (0, 20, true),
        (0, 21, true),
        (0, 22, false),
    ] {
        assert_eq!(is_share(refused, all), is_about, "{refused} of {all}");
    }
}
