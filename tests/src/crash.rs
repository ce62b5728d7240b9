//! Crash points: at which calls one run of the tests has a process die, and trying many of them.

use std::panic::resume_unwind;
use std::sync::Arc;

use local::fault::{Call, Fault, Faults};
use tokio::task::{JoinError, JoinSet};

/// Tries that run at once.
const AT_ONCE: usize = 2;

/// Returns the calls at which a process dies: at most `most` of them, spread evenly from the first to
/// the last, or every one where the long run is wished.
pub fn places(calls: u64, most: u64) -> impl Iterator<Item = u64> {
    let count = if is_full() { calls } else { calls.min(most) };
    let (last, steps) = (calls.saturating_sub(1), count.saturating_sub(1).max(1));
    (0..count).map(move |number| number * last / steps)
}

/// Returns at most `most` of `all`, spread evenly from the first to the last, or every one where the
/// long run is wished.
pub fn spread<T>(all: Vec<T>, most: usize) -> Vec<T> {
    let most = if is_full() { all.len() } else { most };
    some(all, most)
}

/// Returns at most `most` of `all`, spread evenly from the first to the last, in any run.
pub fn some<T>(all: Vec<T>, most: usize) -> Vec<T> {
    let (count, last) = (all.len().min(most), all.len().saturating_sub(1));
    let steps = count.saturating_sub(1).max(1);
    let mut wanted = (0..count).map(|number| number * last / steps).peekable();
    let numbered = all.into_iter().enumerate();
    let chosen = numbered.filter(|(number, _)| wanted.next_if_eq(number).is_some());
    chosen.map(|(_, one)| one).collect()
}

/// Reports whether the long run is wished, which leaves no place out.
pub fn is_full() -> bool {
    option_env!("HOTSWAP_FULL").is_some()
}

/// Says how many of a case's stop points were tried, on a line that the long run collects.
#[expect(
    clippy::print_stdout,
    reason = "the harness shows what a test prints where it is asked to"
)]
pub fn tried(case: &str, tried: u64, all: u64) {
    println!("stop points tried: {case}: {tried} of {all}");
}

/// Says what was measured, on a line that the long run collects.
#[expect(
    clippy::print_stdout,
    reason = "the harness shows what a test prints where it is asked to"
)]
pub fn measured(what: &str) {
    println!("measured: {what}");
}

/// Runs `one` for each of `tries`, some of them at once. Panics as the first that panics.
pub async fn try_each<T, F>(tries: impl IntoIterator<Item = T>, one: impl Fn(T) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut running = JoinSet::new();
    for next in tries {
        if running.len() >= AT_ONCE {
            running.join_next().await.into_iter().for_each(passed);
        }
        running.spawn(one(next));
    }
    while let Some(ended) = running.join_next().await {
        passed(ended);
    }
}

fn passed(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && let Ok(panic) = error.try_into_panic()
    {
        resume_unwind(panic);
    }
}

/// A plan for the calls of one function: it is not asked about those of others.
#[derive(Debug)]
pub struct OfFunction {
    function: &'static str,
    plan: Arc<dyn Faults>,
}

impl OfFunction {
    /// Makes `plan` one for the calls of `function`.
    pub fn new(function: &'static str, plan: Arc<dyn Faults>) -> Self {
        Self { function, plan }
    }
}

impl Faults for OfFunction {
    fn decide(&self, call: &Call<'_>) -> Fault {
        if call.function == self.function {
            self.plan.decide(call)
        } else {
            Fault::None
        }
    }
}
