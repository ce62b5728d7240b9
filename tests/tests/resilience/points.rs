//! Points at which something goes wrong: every call of every case, in every way that a call can go
//! wrong, in cold and warm environments, beside a repetition of the same request, and while an
//! earlier fault is being recovered from.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use local::fault::{Call, EachReplyLostOnce, Fault, Faults, Lasts, Strike, Strikes};
use local::history::Service;
use serde_json::Value;
use tests::crash::{is_full, some, spread, tried, try_each};
use tokio::sync::OnceCell;

use crate::operations::{Case, assert_complete, cases};
use crate::recovery::{Ended, State, check, play};

/// Points of each kind that one run of the gate tries; the long run tries all.
const POINTS_MAX: usize = 60;

/// Kinds of points.
const DIMENSIONS: usize = 4;

/// Cases of which no reply is heard in one run of the gate.
const REPLIES_MAX: usize = 16;

/// Second faults that are tried after one first fault, spread evenly over what follows it.
const SECONDS_MAX: usize = 6;

/// The first of two faults: what leaves something to be recovered.
const FIRSTS: [(Fault, Lasts); 4] = [
    (Fault::StopBefore, Lasts::Attempt),
    (Fault::StopAfter, Lasts::Attempt),
    (Fault::LoseReply, Lasts::Call),
    (Fault::Throttle, Lasts::Call),
];

/// A call that was made.
#[derive(Debug, Clone)]
struct Made {
    is_transaction: bool,
    /// Entries of a batch; none where it is no batch.
    entries: u8,
}

/// Writes down what is called.
#[derive(Debug, Default)]
struct Noting(Mutex<Vec<Made>>);

impl Faults for Noting {
    fn decide(&self, call: &Call<'_>) -> Fault {
        self.0.lock().unwrap().push(Made {
            is_transaction: call.operation == "TransactWriteItems",
            entries: entries(call),
        });
        Fault::None
    }
}

/// Counts the entries of a batch, for which a service answers one by one.
fn entries(call: &Call<'_>) -> u8 {
    let is_batch = match call.service {
        Service::Sqs => call.operation.ends_with("Batch"),
        Service::EventBridge => call.operation == "PutEvents",
        Service::DynamoDb => call.operation.starts_with("Batch"),
        Service::S3
        | Service::SecretsManager
        | Service::Sts
        | Service::CloudFront
        | Service::Ses
        | Service::Unknown => false,
    };
    if !is_batch {
        return 0;
    }
    let body: Value = serde_json::from_slice(call.body).unwrap();
    let count = match body.get("Entries").and_then(Value::as_array) {
        Some(entries) => entries.len(),
        None => call.keys.len(),
    };
    u8::try_from(count).unwrap()
}

/// Every way in which a call can go wrong.
fn ways(made: &Made) -> Vec<(Fault, Lasts)> {
    use Fault::{Conflict, LoseReply, ServerError, StopAfter, StopBefore, Throttle, Timeout};
    let mut ways = vec![(StopBefore, Lasts::Attempt), (StopAfter, Lasts::Attempt)];
    let mut faults = vec![LoseReply, Throttle, Timeout, ServerError];
    if made.is_transaction {
        faults.push(Conflict);
    }
    for fault in faults {
        ways.extend([(fault, Lasts::Attempt), (fault, Lasts::Call)]);
    }
    let partial = (0..made.entries).map(|place| (Fault::LeaveOut(place), Lasts::Attempt));
    ways.extend(partial);
    ways
}

/// A run in which something goes wrong.
#[derive(Debug, Clone)]
struct Point {
    case: usize,
    state: State,
    strikes: Vec<Strike>,
}

/// What a case comes to when nothing goes wrong, and the calls that are made.
#[derive(Debug)]
struct Calm {
    ended: Ended,
    made: Vec<Made>,
}

/// The cases, with what each comes to when nothing goes wrong.
struct Stage {
    cases: Arc<Vec<Case>>,
    calm: Vec<OnceCell<Calm>>,
}

/// The stage, set once for all tests.
static STAGE: OnceCell<Arc<Stage>> = OnceCell::const_new();

impl Stage {
    async fn get() -> Arc<Self> {
        let set = async || {
            let cases = cases().await;
            assert_complete(&cases);
            let calm = cases.iter().map(|_| OnceCell::new()).collect();
            Arc::new(Self { cases, calm })
        };
        Arc::clone(STAGE.get_or_init(set).await)
    }

    /// Returns what a case comes to when nothing goes wrong.
    async fn calm(&self, at: usize) -> &Calm {
        let play = async || {
            let case = &self.cases[at];
            let (ended, made) = self.noted(at, State::Cold).await;
            let ended = ended.unwrap_or_else(|why| panic!("{}: {why}", case.name()));
            assert_eq!(ended.requests, 1, "{}", case.name());
            Calm { ended, made }
        };
        self.calm[at].get_or_init(play).await
    }

    /// Plays a case in which nothing goes wrong, and notes the calls that are made.
    async fn noted(&self, at: usize, state: State) -> (Result<Ended, String>, Vec<Made>) {
        let noting = Arc::new(Noting::default());
        let plan = Arc::clone(&noting) as Arc<dyn Faults>;
        let ended = play(&self.cases[at], state, seed(&[at as u64]), plan).await;
        let made = noting.0.lock().unwrap().clone();
        (ended, made)
    }

    /// Returns every point in `state`, of the cases that `wanted` holds for: in one run of the gate of
    /// every fourth of them, and which ones is another matter in each dimension.
    async fn points(
        &self,
        dimension: usize,
        state: State,
        wanted: impl Fn(&Case) -> bool,
    ) -> Vec<Point> {
        let is_chosen = |at: usize| is_full() || at % DIMENSIONS == dimension;
        let mut points = Vec::new();
        for at in (0..self.cases.len()).filter(|at| wanted(&self.cases[*at]) && is_chosen(*at)) {
            let calm = self.calm(at).await;
            let made = if state == State::Cold {
                calm.made.clone()
            } else {
                let (ended, made) = self.noted(at, state).await;
                check(&self.cases[at], &calm.ended, &ended, "nothing went wrong");
                made
            };
            for (place, made) in (0..).zip(&made) {
                points.extend(ways(made).into_iter().map(|(fault, lasts)| Point {
                    case: at,
                    state,
                    strikes: vec![Strike {
                        place,
                        fault,
                        lasts,
                    }],
                }));
            }
        }
        points
    }

    /// Plays a point, and returns it with every second fault that there may be after it.
    async fn seconds(&self, first: &Point) -> Vec<Point> {
        let plan = self.try_struck(first).await;
        let after = first.strikes[0].place + 1..plan.seen();
        let seconds = after.flat_map(|place| {
            [Fault::StopBefore, Fault::StopAfter].map(|fault| Strike {
                place,
                fault,
                lasts: Lasts::Attempt,
            })
        });
        let pairs = seconds.map(|second| Point {
            strikes: vec![first.strikes[0], second],
            ..first.clone()
        });
        pairs.collect()
    }

    /// Plays a point and returns its plan, which knows what was called and what went wrong.
    async fn try_point(&self, point: &Point) -> Arc<Strikes> {
        let Point {
            case,
            state,
            strikes,
        } = point;
        // A second fault meets the same run as the first one alone.
        let parts = [*case as u64, *state as u64 + 1, strikes[0].place];
        let plan = Arc::new(Strikes::new(strikes.clone()));
        let faults = Arc::clone(&plan) as Arc<dyn Faults>;
        let ended = play(&self.cases[*case], *state, seed(&parts), faults).await;
        let calm = self.calm(*case).await;
        let why = format!("{state:?} {strikes:?}");
        check(&self.cases[*case], &calm.ended, &ended, &why);
        plan
    }

    /// Plays a point whose calls are all made, whatever varies.
    async fn try_struck(&self, point: &Point) -> Arc<Strikes> {
        let plan = self.try_point(point).await;
        let name = self.cases[point.case].name();
        assert!(plan.all_struck(), "{name}, {point:?}: not struck");
        plan
    }
}

/// Makes a seed of what a run is, never that of the world that it copies.
fn seed(parts: &[u64]) -> u64 {
    parts.iter().fold(1_000, |seed, part| {
        seed.wrapping_mul(0x0000_0100_0000_01b3)
            .wrapping_add(part + 1)
    })
}

/// Plays the points of one dimension.
async fn try_points(stage: &Arc<Stage>, dimension: &str, points: Vec<Point>) {
    let all = points.len();
    let chosen = spread(points, POINTS_MAX);
    let count = chosen.len();
    try_each(chosen, |point| {
        let stage = Arc::clone(stage);
        async move {
            stage.try_struck(&point).await;
        }
    })
    .await;
    tried(dimension, count as u64, all as u64);
}

/// Threat B1, B3: wherever a process dies or a service fails, what was asked for is there once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_survives_every_fault_in_cold_environments() {
    let stage = Stage::get().await;
    let points = stage.points(0, State::Cold, |_| true).await;
    try_points(&stage, "cold environments, one fault", points).await;
}

/// Threat B1, B3: the same where the environments remember what they read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_survives_every_fault_in_warm_environments() {
    let stage = Stage::get().await;
    let points = stage.points(1, State::Warm, |_| true).await;
    try_points(&stage, "warm environments, one fault", points).await;
}

/// Threat B1: two equal requests at the same moment, of which one may die, are one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_asked_for_twice_at_once_survives_every_fault() {
    let stage = Stage::get().await;
    let points = stage.points(2, State::Twice, |case| !case.is_read()).await;
    let all = points.len();
    let chosen = spread(points, POINTS_MAX);
    let (played, struck) = (chosen.len() as u64, Arc::new(AtomicU64::new(0)));
    try_each(chosen, |point| {
        let (stage, struck) = (Arc::clone(&stage), Arc::clone(&struck));
        async move {
            let plan = stage.try_point(&point).await;
            struck.fetch_add(u64::from(plan.all_struck()), Ordering::SeqCst);
        }
    })
    .await;
    let struck = struck.load(Ordering::SeqCst);
    assert_mostly_struck(struck, played);
    tried("beside its own repetition, one fault", struck, all as u64);
}

/// How often two are in each other's way varies, as does how many events come in a batch, and with it the last
/// places of a run: what a run does not come to is no point.
fn assert_mostly_struck(struck: u64, played: u64) {
    assert!(
        struck > 0 && struck * 10 >= played * 9,
        "{struck} of {played} struck"
    );
}

/// Threat B1: a second process dies while what the first fault broke off is recovered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_survives_a_second_fault_while_it_recovers() {
    let stage = Stage::get().await;
    let mut firsts = stage.points(3, State::Warm, |case| !case.is_read()).await;
    firsts.retain(|first| FIRSTS.contains(&(first.strikes[0].fault, first.strikes[0].lasts)));
    let firsts = spread(firsts, POINTS_MAX / SECONDS_MAX);
    let counts = Arc::new([const { AtomicU64::new(0) }; 3]);
    try_each(firsts, |first| {
        let (stage, counts) = (Arc::clone(&stage), Arc::clone(&counts));
        async move {
            let seconds = stage.seconds(&first).await;
            counts[2].fetch_add(seconds.len() as u64, Ordering::SeqCst);
            for pair in some(seconds, SECONDS_MAX) {
                let plan = stage.try_point(&pair).await;
                counts[0].fetch_add(u64::from(plan.all_struck()), Ordering::SeqCst);
                counts[1].fetch_add(1, Ordering::SeqCst);
            }
        }
    })
    .await;
    let [struck, played, all] = counts.each_ref().map(|count| count.load(Ordering::SeqCst));
    assert_mostly_struck(struck, played);
    tried("warm environments, two faults", struck, all);
}

/// Threat B1: no reply at all is heard the first time, and everything is there once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_survives_the_loss_of_every_reply() {
    let stage = Stage::get().await;
    let all = (0..stage.cases.len()).collect();
    try_each(spread(all, REPLIES_MAX), |at| {
        let stage = Arc::clone(&stage);
        async move {
            let plan = Arc::new(EachReplyLostOnce::default());
            let ended = play(&stage.cases[at], State::Cold, seed(&[at as u64, 7]), plan).await;
            let calm = &stage.calm(at).await.ended;
            check(&stage.cases[at], calm, &ended, "no reply was heard");
        }
    })
    .await;
}
