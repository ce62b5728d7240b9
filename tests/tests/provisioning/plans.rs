//! What goes wrong for the worker.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use local::fault::{Call, Counting, Fault, Faults, NoFaults};
use tests::crash::OfFunction;
use tests::pause::{self, Met};
use tests::world::World;

/// The function that these plans are for.
pub(crate) const WORKER: &str = "provisioning";

/// Attempts of one call by the SDK.
const ATTEMPTS: u64 = 3;

/// A call that a service refuses whenever it is made.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    pub(crate) operation: &'static str,
    /// What its keys or its body hold.
    pub(crate) part: String,
}

impl Refused {
    /// The writing of an item of this entity.
    pub(crate) fn entity(operation: &'static str, entity: &str) -> Self {
        let part = format!(r#""entity":{{"S":"{entity}"}}"#);
        Self { operation, part }
    }

    /// Any call of this operation.
    pub(crate) fn any(operation: &'static str) -> Self {
        Self::about(operation, "")
    }

    /// A call of this operation that is about `part`.
    pub(crate) fn about(operation: &'static str, part: &str) -> Self {
        Self {
            operation,
            part: part.to_owned(),
        }
    }

    fn is(&self, call: &Call<'_>) -> bool {
        call.operation == self.operation
            && (call.keys.iter().any(|key| key.contains(&self.part))
                || String::from_utf8_lossy(call.body).contains(&self.part))
    }
}

/// What goes wrong for the worker: it dies at its first calls, a call is always refused, and what
/// else there is.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Times that the worker dies at the first call of a message.
    deaths: u64,
    refused: Option<Refused>,
    /// What goes wrong with the calls after these deaths.
    also: Arc<dyn Faults>,
    seen: AtomicU64,
    /// Whether the last call was refused.
    refused_last: AtomicBool,
}

impl Plan {
    /// Nothing goes wrong but `also`.
    pub(crate) fn of(also: Arc<dyn Faults>) -> Self {
        Self {
            deaths: 0,
            refused: None,
            also,
            seen: AtomicU64::new(0),
            refused_last: AtomicBool::new(false),
        }
    }

    /// Nothing goes wrong but a call that is always refused.
    pub(crate) fn refusing(refused: Refused) -> Self {
        Self::of(Arc::new(NoFaults)).and_refusing(Some(refused))
    }

    /// A call is always refused as well.
    pub(crate) fn and_refusing(self, refused: Option<Refused>) -> Self {
        Self { refused, ..self }
    }

    /// The worker dies so often before anything else.
    pub(crate) fn after_deaths(self, deaths: u64) -> Self {
        Self { deaths, ..self }
    }

    /// Begins.
    pub(crate) fn begin(self, world: &World) {
        world
            .faults
            .set(Arc::new(OfFunction::new(WORKER, Arc::new(self))));
    }
}

impl Faults for Plan {
    fn decide(&self, call: &Call<'_>) -> Fault {
        if self.seen.fetch_add(1, Ordering::SeqCst) < self.deaths {
            return Fault::StopBefore;
        }
        let is_refused = self.refused.as_ref().is_some_and(|one| one.is(call));
        let before = self.refused_last.swap(is_refused, Ordering::SeqCst);
        if before && is_refused {
            // The next attempt of the same call: how many there are is up to the SDK.
            return Fault::ServerError;
        }
        match (is_refused, self.also.decide(call)) {
            (false, also) => also,
            // What is refused is not applied, however the worker takes it.
            (true, Fault::StopBefore | Fault::StopAfter) => Fault::StopBefore,
            (true, _) => Fault::ServerError,
        }
    }
}

/// How a call goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The worker dies before it.
    Before,
    /// The worker dies after it.
    After,
    /// The service fails at each of its attempts.
    Refused,
    /// The reply to each of its attempts is lost.
    Unheard,
}

/// One call goes wrong, counted from 0 over the calls that ask this plan.
#[derive(Debug)]
pub(crate) struct CutAt {
    place: u64,
    cut: Cut,
    seen: AtomicU64,
    /// What the call says, to know its next attempts by.
    said: Mutex<Option<(String, Vec<u8>)>>,
}

impl CutAt {
    pub(crate) fn new(place: u64, cut: Cut) -> Self {
        Self {
            place,
            cut,
            seen: AtomicU64::new(0),
            said: Mutex::default(),
        }
    }

    /// Reports whether a call may be another attempt of the one that goes wrong.
    fn is_again(&self, place: u64) -> bool {
        let attempts = match self.cut {
            Cut::Before | Cut::After => 1,
            Cut::Refused | Cut::Unheard => ATTEMPTS,
        };
        (self.place..self.place + attempts).contains(&place)
    }

    /// Reports whether it may be that the call never works: what is written and unheard is found
    /// where it was written under a condition.
    pub(crate) fn may_be_lost(&self) -> bool {
        let said = self.said.lock().unwrap();
        let operation = said.as_ref().map(|(operation, _)| operation.as_str());
        match self.cut {
            Cut::Before | Cut::After => false,
            Cut::Refused => true,
            Cut::Unheard => operation != Some("TransactWriteItems"),
        }
    }

    /// Reports whether the call was made.
    pub(crate) fn struck(&self) -> bool {
        self.seen.load(Ordering::SeqCst) > self.place
    }
}

impl Faults for CutAt {
    fn decide(&self, call: &Call<'_>) -> Fault {
        let place = self.seen.fetch_add(1, Ordering::SeqCst);
        let says = (call.operation.to_owned(), call.body.to_vec());
        let mut said = self.said.lock().unwrap();
        if place == self.place {
            *said = Some(says);
        } else if !self.is_again(place) || said.as_ref() != Some(&says) {
            return Fault::None;
        }
        match self.cut {
            Cut::Before => Fault::StopBefore,
            Cut::After => Fault::StopAfter,
            Cut::Refused => Fault::ServerError,
            Cut::Unheard => Fault::LoseReply,
        }
    }
}

/// Counts the calls that the worker makes while `work` runs.
pub(crate) async fn calls_of(
    world: &World,
    refused: Option<Refused>,
    work: impl Future<Output = ()>,
) -> u64 {
    let counting = Arc::new(Counting::around(Arc::new(NoFaults)));
    let plan = Plan::of(Arc::clone(&counting) as Arc<dyn Faults>).and_refusing(refused);
    plan.begin(world);
    work.await;
    world.heal();
    counting.count()
}

/// Runs `work` with the worker's call at `place` held up while `meanwhile` happens.
pub(crate) async fn overtaken(
    world: &World,
    place: u64,
    refused: Option<Refused>,
    work: impl Future<Output = ()> + Send + 'static,
    meanwhile: impl Future<Output = ()>,
) {
    let begin = |pause| Plan::of(pause).and_refusing(refused).begin(world);
    let met = pause::overtaken(place, begin, work, meanwhile).await;
    let is_met = matches!(met, Ok(Met::Both((), ())));
    assert!(is_met, "call {place} was not made: {met:?}");
    world.heal();
}
