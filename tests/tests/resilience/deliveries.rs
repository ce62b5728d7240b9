//! Messages as queues and streams really bring them: many times, in any order, at the same moment,
//! and a day late. What there is in the end is what one orderly delivery leaves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::future::join_all;
use kernel::chance::random;
use kernel::{Entropy, SeededEntropy};
use lambda_runtime::Context;
use local::fault::NoFaults;
use local::platform::Registry;
use runtime::{Function, FunctionError};
use serde_json::{Value, json};
use tests::crash::{is_full, measured, spread, try_each};

use crate::consumers::{CONSUMERS, behind};
use crate::operations::{cases, cases_of};
use crate::recovery::{State, check, deliver_late, play};

/// Copies of each message.
const COPIES: usize = 10;

/// Deliveries of one batch at the same moment.
const AT_ONCE: usize = 50;

/// Messages of one batch of copies.
const BATCH: usize = 10;

/// The source of every event's name.
const EVENTS: &str = include_str!("../../../shared/events/src/event.rs");

/// The events that only happen where the platform's own code is wrong, or somebody laid hands on the table.
const UNUSUAL: [&str; 2] = ["AccessDenied", "TrailBroken"];

/// How batches are brought to their functions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Manner {
    /// Once, as they are.
    #[default]
    Orderly,
    /// Every message ten times, all of them in any order.
    Shuffled,
    /// The whole batch fifty times at the same moment.
    AtOnce,
}

/// What was brought: how, to which function, and the kind of the event.
type Brought = BTreeSet<(Manner, &'static str, String)>;

/// What stands between the platform and the functions that consume.
#[derive(Debug, Clone, Default)]
pub(crate) struct Between {
    manner: Arc<Mutex<Manner>>,
    brought: Arc<Mutex<Brought>>,
    /// The functions that said of a message that it must come again, and how often.
    returned: Arc<Mutex<BTreeMap<&'static str, usize>>>,
    draws: Arc<AtomicU64>,
}

impl Between {
    fn set(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    /// Returns what was brought in one manner: to which function, and the kind of the event.
    fn brought(&self, manner: Manner) -> BTreeSet<(&'static str, String)> {
        let brought = self.brought.lock().unwrap();
        let brought = brought.iter().filter(|(how, ..)| *how == manner);
        brought
            .map(|(_, function, kind)| (*function, kind.clone()))
            .collect()
    }

    /// Returns how many messages each function said of that they must come again.
    pub(crate) fn returned(&self) -> BTreeMap<&'static str, usize> {
        self.returned.lock().unwrap().clone()
    }

    /// Returns the platform's functions, with this before those that consume.
    pub(crate) fn registry(&self) -> Registry {
        let between = self.clone();
        behind(move |name, [real], payload, context| {
            let between = between.clone();
            async move {
                let answer = between.bring(name, &real, payload, context).await;
                between.note(name, &answer);
                answer
            }
        })
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
        let manner = *self.manner.lock().unwrap();
        self.brought
            .lock()
            .unwrap()
            .extend(kinds.map(|kind| (manner, name, kind)));
        let answers = match manner {
            // The word to sweep is no message, but may come at any moment too.
            Manner::AtOnce => {
                let all = (0..AT_ONCE).map(|_| real.invoke(payload.clone(), context.clone()));
                join_all(all).await
            }
            // The stream keeps the order of a tenant's entries, however often it brings them.
            Manner::Shuffled if name == "security" => {
                let mut answers = Vec::new();
                for _ in 0..COPIES {
                    answers.push(real.invoke(payload.clone(), context.clone()).await);
                }
                answers
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

    /// Notes what a function said that it did not deal with.
    fn note(&self, name: &'static str, answer: &Result<Value, FunctionError>) {
        let failures = answer
            .as_ref()
            .ok()
            .and_then(|answer| answer["batchItemFailures"].as_array());
        let count = failures.map_or(0, Vec::len);
        if count > 0 {
            *self.returned.lock().unwrap().entry(name).or_default() += count;
        }
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

/// Returns the kind of the event in a message or in a record of the stream, or what an entry of a trail says was done.
fn kind_of(record: &Value) -> Option<String> {
    if let Some(action) = record.pointer("/dynamodb/NewImage/action/S") {
        return action.as_str().map(str::to_owned);
    }
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
pub(crate) fn merged(answers: Vec<Result<Value, FunctionError>>) -> Result<Value, FunctionError> {
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
        .filter(|kind| !UNUSUAL.contains(&kind.as_str()))
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
    assert_brought(&between);
}

/// Checks that every event happened, and that those that were brought in another manner than once
/// were events too: in the long run every one, to every function that it is for.
fn assert_brought(between: &Between) {
    let calm = between.brought(Manner::Orderly);
    let relayed = calm.iter().filter(|(function, _)| *function == "relay");
    let relayed: BTreeSet<String> = relayed.map(|(_, kind)| kind.clone()).collect();
    assert_eq!(relayed, every_kind(), "every event happened");
    let others = [Manner::Shuffled, Manner::AtOnce].map(|manner| {
        let brought = between.brought(manner);
        if is_full() {
            assert_eq!(brought, calm, "{manner:?}");
        }
        for consumer in CONSUMERS {
            let is_there = brought.iter().any(|(function, _)| *function == consumer);
            assert!(is_there, "{manner:?}: nothing was brought to {consumer}");
        }
        brought.len()
    });
    measured(&format!(
        "deliveries in any number and order: of {} kinds for their functions, {} came often and {} \
         at once",
        calm.len(),
        others[0],
        others[1]
    ));
}

/// Threat B2: what comes to the relay a day late, and to the consumers another day later, is done as
/// if it had come in time, but for what a day makes forgotten.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_that_come_a_day_late_leave_what_they_leave_in_time() {
    let cases = cases().await;
    let changes = (0..cases.len()).filter(|at| !cases[*at].is_read());
    let tried = spread(changes.collect(), LATE_MAX);
    let count = tried.len();
    try_each(tried, |at| {
        let cases = Arc::clone(&cases);
        async move {
            let case = &cases[at];
            let in_time = deliver_late(case, 9_700 + at as u64, 0).await;
            let late = deliver_late(case, 9_800 + at as u64, DAY_S).await;
            let [(in_time, _), (late, forgotten)] = [in_time, late].map(|digest| {
                let digest = digest.without(&MAIL).0.without(&SEALS).0;
                digest.without(&FORGOTTEN)
            });
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
    measured(&format!("deliveries a day late: those of {count} changes"));
}

/// Cases whose messages come often in one run of the gate; the long run has all of them.
const CASES_MAX: usize = 12;

/// A day, in seconds.
const DAY_S: i64 = 86_400;

/// Cases whose messages come a day late in one run: the sweeps after a day are long. The long run has
/// all of them.
const LATE_MAX: usize = 8;

/// What there is of links by mail: after a day they would be over, and are neither sent nor counted.
const MAIL: [&str; 4] = [
    "rate {",
    "mail {",
    "\"subject\":{\"S\":\"mail\"}",
    "#token=",
];

/// What a day brings: seals of the audit trails.
const SEALS: [&str; 2] = ["sealHead {", "/seals/"];

/// What is kept for a day: what a request under an idempotency key came to, and how many invitations were sent.
const FORGOTTEN: [&str; 3] = ["idempotency {", "openIdempotency {", "invitationsSent {"];
