//! Messages as queues and streams really bring them: many times, in any order, at the same moment,
//! and a day late. What there is in the end is what one orderly delivery leaves.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::future::join_all;
use kernel::chance::random;
use kernel::{Entropy, SeededEntropy};
use lambda_runtime::Context;
use local::fault::NoFaults;
use local::functions::registry;
use local::platform::{Registry, Start};
use runtime::{Function, FunctionError};
use serde_json::{Value, json};
use tests::crash::{spread, try_each};

use crate::operations::{cases, cases_of};
use crate::recovery::{State, check, deliver_late, play};

/// The functions that messages are brought to.
pub(crate) const CONSUMERS: [&str; 3] = ["relay", "provisioning", "edge"];

/// Copies of each message.
const COPIES: usize = 10;

/// Deliveries of one batch at the same moment.
const AT_ONCE: usize = 50;

/// Messages of one batch of copies.
const BATCH: usize = 10;

/// The source of every event's name.
const EVENTS: &str = include_str!("../../../shared/events/src/event.rs");

/// How batches are brought to their functions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Manner {
    /// Once, as they are.
    #[default]
    Orderly,
    /// Every message ten times, all of them in any order.
    Shuffled,
    /// The whole batch fifty times at the same moment.
    AtOnce,
}

/// What stands between the platform and the functions that consume.
#[derive(Debug, Clone, Default)]
struct Between {
    manner: Arc<Mutex<Manner>>,
    /// What was brought: functions and the kinds of events.
    brought: Arc<Mutex<BTreeSet<(&'static str, String)>>>,
    draws: Arc<AtomicU64>,
}

impl Between {
    fn set(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    /// Returns the platform's functions, with this before those that consume.
    fn registry(&self) -> Registry {
        let between = registry().into_iter().map(|(name, start)| {
            if !CONSUMERS.contains(&name) {
                return (name, start);
            }
            let between = self.clone();
            let start: Start = Arc::new(move |environment| {
                let (between, start) = (between.clone(), Arc::clone(&start));
                Box::pin(async move {
                    let real = start(environment).await?;
                    Ok(Function::new(move |payload: Value, context| {
                        let (between, real) = (between.clone(), real.clone());
                        async move { between.bring(name, &real, payload, context).await }
                    }))
                })
            });
            (name, start)
        });
        between.collect()
    }

    async fn bring(
        &self,
        name: &'static str,
        real: &Function,
        payload: Value,
        context: Context,
    ) -> Result<Value, FunctionError> {
        let records = payload["Records"].as_array().cloned().unwrap_or_default();
        let kinds = records.iter().filter_map(kind_of);
        self.brought
            .lock()
            .unwrap()
            .extend(kinds.map(|kind| (name, kind)));
        let manner = *self.manner.lock().unwrap();
        let answers = match manner {
            // The word to sweep is no message, but may come at any moment too.
            Manner::AtOnce => {
                let all = (0..AT_ONCE).map(|_| real.invoke(payload.clone(), context.clone()));
                join_all(all).await
            }
            Manner::Shuffled if !records.is_empty() => {
                let mut answers = Vec::new();
                for batch in self.shuffled(&records).chunks(BATCH) {
                    let payload = json!({ "Records": batch });
                    answers.push(real.invoke(payload, context.clone()).await);
                }
                answers
            }
            Manner::Orderly | Manner::Shuffled => return real.invoke(payload, context).await,
        };
        merged(answers)
    }

    /// Returns ten copies of each record in an order that the seed of the run decides. Half of the
    /// copies of a queue's message are the queue's own, the others were sent again.
    fn shuffled(&self, records: &[Value]) -> Vec<Value> {
        let chance = SeededEntropy::new(self.draws.fetch_add(1, Ordering::SeqCst));
        let mut copies = Vec::new();
        for record in records {
            for copy in 0..COPIES {
                let mut record = record.clone();
                if let Some(id) = record["messageId"].as_str().filter(|_| copy % 2 == 1) {
                    record["messageId"] = json!(format!("{id}/{copy}"));
                }
                copies.push((draw(&chance), record));
            }
        }
        copies.sort_by_key(|(order, _)| *order);
        copies.into_iter().map(|(_, record)| record).collect()
    }
}

fn draw(chance: &dyn Entropy) -> u64 {
    u64::from_le_bytes(random(chance))
}

/// Returns the kind of the event in a message or in a record of the stream.
fn kind_of(record: &Value) -> Option<String> {
    let envelope = match record["body"].as_str() {
        Some(body) => serde_json::from_str(body).ok()?,
        None => record.pointer("/dynamodb/NewImage/envelope/M").cloned()?,
    };
    let kind = [
        envelope.pointer("/event/type"),
        envelope.pointer("/event/M/type/S"),
    ];
    let kind = kind.into_iter().flatten().find_map(Value::as_str)?;
    Some(kind.to_owned())
}

/// Says of several deliveries what one would: what failed in all of them must come again.
fn merged(answers: Vec<Result<Value, FunctionError>>) -> Result<Value, FunctionError> {
    let mut failed: Option<BTreeSet<String>> = None;
    let mut last = None;
    for answer in answers {
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                last = Some(error);
                continue;
            }
        };
        let failures = answer["batchItemFailures"].as_array().into_iter().flatten();
        let ids = failures.filter_map(|failure| failure["itemIdentifier"].as_str());
        let ids: BTreeSet<String> = ids
            .map(|id| id.split('/').next().unwrap().to_owned())
            .collect();
        failed = Some(match failed {
            Some(before) => before.intersection(&ids).cloned().collect(),
            None => ids,
        });
    }
    match (failed, last) {
        (Some(failed), _) => {
            let failed = failed.iter().map(|id| json!({ "itemIdentifier": id }));
            Ok(json!({ "batchItemFailures": failed.collect::<Vec<_>>() }))
        }
        (None, Some(error)) => Err(error),
        (None, None) => Ok(json!({ "batchItemFailures": [] })),
    }
}

/// Returns the names of all events, by the source that declares them.
fn every_kind() -> BTreeSet<String> {
    let kinds = EVENTS.split("=> \"").skip(1);
    kinds
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect()
}

/// Threat B2: messages that come ten times, in any order, or fifty times at once, leave what one
/// orderly delivery leaves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_in_any_number_and_order_leave_what_one_delivery_leaves() {
    let between = Between::default();
    let cases = Arc::new(cases_of(between.registry()).await);
    let changes = || (0..cases.len()).filter(|at| !cases[*at].is_read());
    let mut calm = Vec::new();
    for at in changes() {
        let seed = 9_000 + at as u64;
        calm.push(
            play(&cases[at], State::Cold, seed, Arc::new(NoFaults))
                .await
                .unwrap(),
        );
    }
    let calm = Arc::new(calm);
    for manner in [Manner::Shuffled, Manner::AtOnce] {
        between.set(manner);
        let tried = spread(changes().enumerate().collect(), CASES_MAX);
        try_each(tried, |(number, at)| {
            let (cases, calm) = (Arc::clone(&cases), Arc::clone(&calm));
            async move {
                let seed = 9_500 + at as u64;
                let ended = play(&cases[at], State::Cold, seed, Arc::new(NoFaults)).await;
                check(&cases[at], &calm[number], &ended, &format!("{manner:?}"));
            }
        })
        .await;
    }
    let brought = between.brought.lock().unwrap();
    let relayed = brought.iter().filter(|(function, _)| *function == "relay");
    let relayed: BTreeSet<String> = relayed.map(|(_, kind)| kind.clone()).collect();
    assert_eq!(relayed, every_kind(), "every event happened");
}

/// Threat B2: what comes to the relay a day late, and to the consumers another day later, is done as
/// if it had come in time, but for what a day makes forgotten.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_that_come_a_day_late_leave_what_they_leave_in_time() {
    let cases = cases().await;
    let changes = (0..cases.len()).filter(|at| !cases[*at].is_read());
    try_each(spread(changes.collect(), LATE_MAX), |at| {
        let cases = Arc::clone(&cases);
        async move {
            let case = &cases[at];
            let in_time = deliver_late(case, 9_700 + at as u64, 0).await;
            let late = deliver_late(case, 9_800 + at as u64, DAY_S).await;
            let [(in_time, _), (late, forgotten)] =
                [in_time, late].map(|digest| digest.without(&FORGOTTEN));
            if let Some(difference) = late.difference(&in_time) {
                panic!("{}, a day late: {difference}", case.name());
            }
            assert_eq!(
                forgotten,
                0,
                "{}: requests are forgotten after a day",
                case.name()
            );
        }
    })
    .await;
}

/// Cases whose messages come often in one run of the gate; the long run has all of them.
const CASES_MAX: usize = 8;

/// A day, in seconds.
const DAY_S: i64 = 86_400;

/// Cases whose messages come a day late in one run: the sweeps after a day are long. The long run has
/// all of them.
const LATE_MAX: usize = 8;

/// What is kept for a day: what a request under an idempotency key came to.
const FORGOTTEN: [&str; 2] = ["idempotency {", "openIdempotency {"];
