//! Deliveries that are overtaken: the reply to one call is late, and until it is there another environment has done
//! all that the same messages ask for.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use lambda_runtime::Context;
use local::fault::{Call, Fault, Faults};
use local::platform::Registry;
use runtime::{Function, FunctionError};
use serde_json::Value;
use tests::crash::{is_full, measured};
use tokio::sync::Notify;

use crate::consumers::behind;
use crate::deliveries::merged;
use crate::operations::cases_of;
use crate::recovery::{Ended, State, check, play};

/// Holds the reply to one call of a delivery until another delivery is done. There is one run at a time.
#[derive(Debug, Clone, Default)]
struct Overtaking(Arc<Parts>);

#[derive(Debug, Default)]
struct Parts {
    counted: Mutex<Counted>,
    held: Notify,
    let_go: Notify,
}

/// The calls of deliveries that were made.
#[derive(Debug, Default)]
struct Counted {
    /// Of each, the function and what it had called in the same delivery, with this call.
    calls: Vec<String>,
    /// The one whose reply is held.
    place: Option<usize>,
    /// Whether it was reached.
    was_held: bool,
    /// The functions to which something is being delivered, with what they have called since.
    busy: BTreeMap<&'static str, String>,
}

impl Overtaking {
    /// Begins a run in which the reply to the call at `place` is held.
    fn begin(&self, place: Option<usize>) {
        *self.0.counted.lock().unwrap() = Counted {
            place,
            ..Counted::default()
        };
    }

    /// Returns the platform's functions, the consumers with two environments each.
    fn registry(&self) -> Registry {
        let overtaking = self.clone();
        behind(move |name, environments, payload, context| {
            overtaking
                .clone()
                .bring(name, environments, payload, context)
        })
    }

    async fn bring(
        self,
        name: &'static str,
        [one, other]: [Function; 2],
        payload: Value,
        context: Context,
    ) -> Result<Value, FunctionError> {
        // The word to sweep is no message.
        if payload["Records"].is_null() {
            return one.invoke(payload, context).await;
        }
        let begun = (name, name.to_owned());
        self.0.counted.lock().unwrap().busy.extend([begun]);
        let mut late = pin!(one.invoke(payload.clone(), context.clone()));
        let in_time = tokio::select! {
            biased;
            answer = &mut late => Some(answer),
            () = self.0.held.notified() => None,
        };
        let answer = if let Some(answer) = in_time {
            answer
        } else {
            let early = other.invoke(payload, context).await;
            self.0.let_go.notify_one();
            merged(vec![late.await, early])
        };
        self.0.counted.lock().unwrap().busy.remove(name);
        answer
    }
}

impl Faults for Overtaking {
    fn decide(&self, call: &Call<'_>) -> Fault {
        let mut counted = self.0.counted.lock().unwrap();
        let Some(before) = counted.busy.get_mut(call.function) else {
            return Fault::None;
        };
        before.push(' ');
        before.push_str(call.operation);
        let now = before.clone();
        counted.calls.push(now);
        if counted.place != Some(counted.calls.len() - 1) {
            return Fault::None;
        }
        counted.was_held = true;
        Fault::HeldReply
    }

    fn release(&self) -> BoxFuture<'_, ()> {
        self.0.held.notify_one();
        Box::pin(self.0.let_go.notified())
    }
}

/// Threat B2: of two environments with the same messages, the one that was overtaken between any two of its calls
/// does nothing that the other one has done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deliveries_that_are_overtaken_anywhere_leave_what_one_delivery_leaves() {
    let overtaking = Overtaking::default();
    let cases = cases_of(overtaking.registry()).await;
    let mut points = Vec::new();
    let mut calm = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        overtaking.begin(None);
        let ended = play(case, State::Cold, seed(at), Arc::new(overtaking.clone())).await;
        calm.push(ended.unwrap());
        let calls = overtaking.0.counted.lock().unwrap().calls.clone();
        let calls = calls.into_iter().enumerate();
        points.extend(calls.map(|(place, call)| (call, (at, place))));
    }
    let all = points.len();
    // One run of the gate has each place in what deliveries do once; the long run has all of them.
    let distinct: BTreeMap<String, (usize, usize)> = points.iter().rev().cloned().collect();
    let tried: Vec<(usize, usize)> = if is_full() {
        points.into_iter().map(|(_, point)| point).collect()
    } else {
        distinct.into_values().collect()
    };
    for (at, place) in &tried {
        overtaking.begin(Some(*place));
        let plan = Arc::new(overtaking.clone());
        let ended = play(&cases[*at], State::Cold, seed(*at), plan).await;
        assert!(
            overtaking.0.counted.lock().unwrap().was_held,
            "{} makes no call {place}",
            cases[*at].name()
        );
        let why = format!("overtaken at call {place}");
        check(&cases[*at], &calm[*at], &ended, &why);
        let [sent, once] = [&ended.unwrap(), &calm[*at]].map(mails);
        assert_eq!(sent, once, "mails of {}, {why}", cases[*at].name());
    }
    measured(&format!(
        "deliveries overtaken at one of their calls: {} of {all}",
        tried.len()
    ));
}

/// Returns how many mails were sent: nobody died, and nothing was lost.
fn mails(ended: &Ended) -> usize {
    let calls = ended.calls.iter();
    calls.filter(|call| call.contains(" SendEmail ")).count()
}

fn seed(case: usize) -> u64 {
    9_400 + case as u64
}
