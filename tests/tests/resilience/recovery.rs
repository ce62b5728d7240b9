//! A deed under faults, and what a client, the queues and the clock do until it is done.

use std::sync::Arc;

use http::StatusCode;
use jiff::SignedDuration;
use kernel::limits::TENANT_STATUS_CACHE_S;
use local::fault::Faults;
use serde_json::json;
use tests::client::Answer;
use tests::wiring::redelivery_s;
use tests::world::{TABLE, World};

use crate::consumers::CONSUMERS;
use crate::digest::{Digest, due};
use crate::operations::{Case, Deed};

/// Requests of a client that does not give up. Where three of ten attempts are refused, every other sweep of some
/// minutes ends early, and the next one goes on.
const ATTEMPTS_MAX: usize = 10;

/// Long enough for both purges to have left, and for every environment to know whose tokens were taken back.
const SETTLED_S: i64 = TENANT_STATUS_CACHE_S + 1;

/// Redeliveries within which everything must have come to rest: fewer than two queues make, a saga's and then that of
/// the purge of what it made. What a queue gave up on waits for ever.
const REDELIVERIES_MAX: usize = 2 * 5;

/// Records of the stream that are read, at most.
const RECORDS_MAX: usize = 1_000;

/// What the environments are like, and whether the client is alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// No environment is started.
    Cold,
    /// All are started and have answered something.
    Warm,
    /// The same, and the request is made twice at the same moment.
    Twice,
}

/// What a deed came to.
#[derive(Debug, Clone)]
pub(crate) struct Ended {
    pub(crate) digest: Digest,
    /// How many requests were made.
    pub(crate) requests: usize,
    /// The calls of the functions, for a person who looks for what went wrong.
    pub(crate) calls: Vec<String>,
}

/// Does a deed in a copy of its platform, and lets everything come to rest. Fails where a client
/// was not told in the end that it is done, or where something still waits.
pub(crate) async fn play(
    case: &Case,
    state: State,
    seed: u64,
    plan: Arc<dyn Faults>,
) -> Result<Ended, String> {
    let world = case.base.world.copy(seed).unwrap();
    if state != State::Cold {
        warm_up(&world, case, state).await;
    }
    let mark = world.platform.history().mark();
    world.faults.set(plan);
    let done = match state {
        State::Cold | State::Warm => insist(&world, case, false).await,
        State::Twice => {
            let both = tokio::join!(insist(&world, case, true), insist(&world, case, true));
            match both {
                (Ok(one), Ok(other)) => Ok(one + other),
                (one, other) => one.and(other),
            }
        }
    };
    let rest = come_to_rest(&world).await;
    world.heal();
    let calls = world.platform.history().since(mark);
    let calls = calls.iter().map(|call| {
        format!(
            "{} {} {:?} {:?}",
            call.function, call.operation, call.keys, call.outcome
        )
    });
    let calls: Vec<String> = calls.collect();
    let told = |why: String| format!("{why}; calls: {calls:#?}");
    let requests = done.map_err(told)?;
    rest.map_err(told)?;
    let mut digest = Digest::of(&world, &case.base.known).await;
    for read in &case.base.reads {
        digest.add(answer_of(&world, case, read).await);
    }
    Ok(Ended {
        digest,
        requests,
        calls,
    })
}

/// Checks that a case came to what it comes to when nothing goes wrong.
pub(crate) fn check(case: &Case, calm: &Ended, ended: &Result<Ended, String>, why: &str) {
    check_but_for(&[], case, calm, ended, why);
}

/// Checks the same of all but what begins with one of `passing`, which time takes away.
pub(crate) fn check_but_for(
    passing: &[&str],
    case: &Case,
    calm: &Ended,
    ended: &Result<Ended, String>,
    why: &str,
) {
    let name = case.name();
    let ended = match ended {
        Ok(ended) => ended,
        Err(error) => panic!("{name}, {why}: {error}"),
    };
    let [(here, times), (there, once)] =
        [ended, calm].map(|ended| ended.digest.without(case.repeated));
    let [here, there] = [here, there].map(|digest| digest.without(passing).0);
    if let Some(difference) = here.difference(&there) {
        panic!("{name}, {why}: {difference}\n calls: {:#?}", ended.calls);
    }
    let most = once / calm.requests * ended.requests;
    assert!(
        (once..=most).contains(&times),
        "{name}, {why}: {times} times"
    );
}

/// Starts the environments and has them answer something.
pub(crate) async fn warm_up(world: &World, case: &Case, state: State) {
    let count = if state == State::Twice { 2 } else { 1 };
    let pools = world.platform.pools();
    for function in ["authorizer", case.function].into_iter().chain(CONSUMERS) {
        pools.warm_up(function, count).await.unwrap();
    }
    // The environments are taken in turn: each answers once.
    for deed in (0..count).flat_map(|_| &case.warmer) {
        act(world, deed).await.unwrap();
    }
}

/// Does a deed as a careful client does: again, until it is answered. Returns how often.
pub(crate) async fn insist(
    world: &World,
    case: &Case,
    is_one_of_two: bool,
) -> Result<usize, String> {
    for attempt in 1..=ATTEMPTS_MAX {
        let Some(answer) = act(world, &case.deed).await else {
            // What the schedule began comes again.
            continue;
        };
        if answer.status.is_server_error() {
            continue;
        }
        let status = answer.status.as_u16();
        let is_again = (attempt > 1 || is_one_of_two) && case.again.contains(&status);
        return if status == case.status || is_again {
            Ok(attempt)
        } else {
            Err(format!("answered {status} at last: {}", answer.text()))
        };
    }
    Err("never answered".to_owned())
}

/// Does a deed once; nothing where it failed.
async fn act(world: &World, deed: &Deed) -> Option<Answer> {
    let client = world.client();
    match deed {
        Deed::Request(call) => Some(client.call(call.clone()).await.unwrap()),
        Deed::Visit(host, call) => Some(client.visit_with(host, call.clone()).await.unwrap()),
        Deed::Invocation(function, payload) => {
            let answer = world
                .platform
                .invoke(function, payload.clone())
                .await
                .ok()?;
            Some(Answer {
                status: StatusCode::OK,
                headers: http::HeaderMap::new(),
                bytes: answer.to_string().into(),
            })
        }
    }
}

/// Lets everything be delivered, again and again, until nothing waits.
pub(crate) async fn come_to_rest(world: &World) -> Result<(), String> {
    world.platform.settle().await.unwrap();
    pass(world, SETTLED_S).await;
    let mut waiting = waiting(world).await;
    for _ in 0..REDELIVERIES_MAX {
        if waiting.is_empty() {
            return Ok(());
        }
        pass(world, redelivery_s("provisioning").unwrap() + 1).await;
        waiting = self::waiting(world).await;
    }
    if waiting.is_empty() {
        Ok(())
    } else {
        Err(format!("there still waits {waiting:?}"))
    }
}

async fn pass(world: &World, seconds: i64) {
    world.clock.advance(SignedDuration::from_secs(seconds));
    world.platform.settle().await.unwrap();
}

/// Returns what waits in any queue, put aside or not, and in the outbox.
async fn waiting(world: &World) -> Vec<String> {
    let queues = world.platform.services().queues();
    let mut waiting = Vec::new();
    for name in queues.names().await.unwrap() {
        let messages = queues.list(&name).await.unwrap();
        waiting.extend(
            messages
                .into_iter()
                .map(|it| format!("{name}: {}", it.body)),
        );
    }
    let outbox = due(world).await.into_iter();
    waiting.extend(outbox.map(|keys| format!("{keys:?}")));
    waiting
}

/// Reads something and returns what the answer says.
async fn answer_of(world: &World, case: &Case, read: &Deed) -> String {
    let answer = act(world, read).await.unwrap();
    let (Deed::Request(call) | Deed::Visit(_, call)) = read else {
        panic!("a read is a request");
    };
    let (etag, text) = (answer.header("etag"), answer.text());
    let line = format!("read {} {} {etag} {text}", call.path, answer.status);
    case.base.known.masked(&line)
}

/// Does a deed, lets the relay have what came of it so many seconds later, and its consumers as long
/// after that. Returns what there is in the end.
pub(crate) async fn deliver_late(case: &Case, seed: u64, late_s: i64) -> Digest {
    let world = case.base.world.copy(seed).unwrap();
    insist(&world, case, false).await.unwrap();
    let late = SignedDuration::from_secs(late_s);
    world.clock.advance(late);
    let table = world.platform.services().table();
    let records = table
        .stream_records(TABLE, None, RECORDS_MAX)
        .await
        .unwrap();
    let payload = json!({ "Records": records });
    let answer = world.platform.invoke("relay", payload).await.unwrap();
    assert_eq!(answer, json!({ "batchItemFailures": [] }));
    world.clock.advance(late);
    come_to_rest(&world).await.unwrap();
    Digest::of(&world, &case.base.known).await
}
