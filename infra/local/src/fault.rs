//! What goes wrong on the way to AWS, by plan. It must never know what a call means, only that
//! it was made.

use std::fmt;
use std::future::ready;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::Request;
use runtime::sdk::ATTEMPTS_MAX;

use crate::history::Service;
use crate::policy::Access;

/// A call on its way to a service.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    /// Its place among the calls of its environment, from 0.
    pub index: u64,
    /// Its place among all calls of its history, from 0.
    pub overall: u64,
    /// The function that makes it.
    pub function: &'a str,
    /// Which warm environment of the function.
    pub environment: u32,
    /// The service.
    pub service: Service,
    /// The operation.
    pub operation: &'a str,
    /// What it touches: `pk|sk`, `bucket/key`, a queue, a bus, a secret, a role, a distribution.
    pub keys: &'a [String],
    /// What it needs to be allowed; nothing of who may do everything.
    pub accesses: &'a [Access],
    /// The session token of the credentials, where a role was assumed.
    pub session_token: Option<&'a str>,
    /// The body.
    pub body: &'a Bytes,
}

impl Call<'_> {
    /// Returns what the call says and who says it: attempts of the same call say the same.
    pub fn content(&self) -> kernel::ContentHash {
        let mut bytes = format!(
            "{}/{}/{}/{}/{}/",
            self.function,
            self.environment,
            self.service,
            self.operation,
            self.keys.join(",")
        )
        .into_bytes();
        bytes.extend_from_slice(self.body);
        kernel::ContentHash::of(&bytes)
    }
}

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Nothing.
    None,
    /// The process dies before the call leaves.
    StopBefore,
    /// The call is applied, and the process dies before the reply arrives.
    StopAfter,
    /// The call is applied, and the connection breaks before the reply arrives.
    LoseReply,
    /// The service refuses for now.
    Throttle,
    /// The call is not applied, and no reply ever comes.
    Timeout,
    /// The call is not applied, and the service fails.
    ServerError,
    /// A transaction is cancelled: another one is at its items. Other calls succeed.
    Conflict,
    /// Every second entry of a batch is not applied, and the reply says so. Other calls succeed.
    Partial,
    /// The entry at this place of a batch, from 0, is not applied, and the reply says so. Other
    /// calls succeed.
    LeaveOut(u8),
    /// The call is applied, and its reply takes so long that others go on meanwhile.
    LateReply,
    /// The call is applied, and its reply is held back until the plan lets it go.
    HeldReply,
}

/// How long what goes wrong goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lasts {
    /// One attempt; the SDK's next one goes through.
    Attempt,
    /// All attempts that the SDK makes of the call.
    Call,
}

/// A fault at one call, counted from 0 over all calls that ask the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Strike {
    /// The call.
    pub place: u64,
    /// What goes wrong.
    pub fault: Fault,
    /// How long.
    pub lasts: Lasts,
}

/// A plan of faults.
pub trait Faults: fmt::Debug + Send + Sync {
    /// Decides what goes wrong with `call`. Asked once for each attempt.
    fn decide(&self, call: &Call<'_>) -> Fault;

    /// Waits until a reply that is held back may go.
    fn release(&self) -> BoxFuture<'_, ()> {
        Box::pin(ready(()))
    }

    /// Returns what a function sends, were its code other than it is. Asked before all else, once for each attempt.
    fn tamper(&self, _function: &str, request: Request<Bytes>) -> Request<Bytes> {
        request
    }
}

/// Nothing goes wrong.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFaults;

impl Faults for NoFaults {
    fn decide(&self, _call: &Call<'_>) -> Fault {
        Fault::None
    }
}

/// Where a stop lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Before the call is applied.
    Before,
    /// After it is applied.
    After,
}

/// The process dies at one call, counted from 0 over all calls that ask this plan.
#[derive(Debug)]
pub struct StopAt {
    place: u64,
    stop: Stop,
    seen: AtomicU64,
}

impl StopAt {
    /// Makes the plan that stops at call `place`.
    pub fn new(place: u64, stop: Stop) -> Self {
        Self {
            place,
            stop,
            seen: AtomicU64::new(0),
        }
    }

    /// Reports whether the stop was reached.
    pub fn struck(&self) -> bool {
        self.seen.load(Ordering::SeqCst) > self.place
    }
}

impl Faults for StopAt {
    fn decide(&self, _call: &Call<'_>) -> Fault {
        let place = self.seen.fetch_add(1, Ordering::SeqCst);
        match (place == self.place, self.stop) {
            (false, _) => Fault::None,
            (true, Stop::Before) => Fault::StopBefore,
            (true, Stop::After) => Fault::StopAfter,
        }
    }
}

/// Some calls go wrong, each in its own way; all others go through.
#[derive(Debug)]
pub struct Strikes {
    planned: Vec<Strike>,
    seen: AtomicU64,
    struck: AtomicU64,
    /// The calls whose further attempts go wrong too, with how many of them there may be.
    lasting: Mutex<Vec<(kernel::ContentHash, Fault, u32)>>,
}

impl Strikes {
    /// Makes the plan of `strikes`.
    pub fn new(strikes: Vec<Strike>) -> Self {
        Self {
            planned: strikes,
            seen: AtomicU64::new(0),
            struck: AtomicU64::new(0),
            lasting: Mutex::default(),
        }
    }

    /// Returns how many calls asked this plan so far.
    pub fn seen(&self) -> u64 {
        self.seen.load(Ordering::SeqCst)
    }

    /// Reports whether all of the calls that were to go wrong did.
    pub fn all_struck(&self) -> bool {
        self.struck.load(Ordering::SeqCst) == self.planned.len() as u64
    }
}

impl Faults for Strikes {
    fn decide(&self, call: &Call<'_>) -> Fault {
        let place = self.seen.fetch_add(1, Ordering::SeqCst);
        let mut lasting = self.lasting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(strike) = self.planned.iter().find(|strike| strike.place == place) {
            self.struck.fetch_add(1, Ordering::SeqCst);
            if strike.lasts == Lasts::Call {
                lasting.push((call.content(), strike.fault, ATTEMPTS_MAX - 1));
            }
            return strike.fault;
        }
        if lasting.is_empty() {
            return Fault::None;
        }
        let content = call.content();
        for (of, fault, left) in lasting.iter_mut() {
            if *of == content && *left > 0 {
                *left -= 1;
                return *fault;
            }
        }
        Fault::None
    }
}

/// Every reply is lost once: each first attempt is applied and unheard, its repeat goes through.
#[derive(Debug, Default)]
pub struct EachReplyLostOnce {
    seen: RwLock<std::collections::BTreeSet<kernel::ContentHash>>,
}

impl Faults for EachReplyLostOnce {
    /// Knows a repeat by what it says: the SDK repeats a request byte for byte.
    fn decide(&self, call: &Call<'_>) -> Fault {
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        if seen.insert(call.content()) {
            Fault::LoseReply
        } else {
            Fault::None
        }
    }
}

/// A share of the calls is throttled, the same ones for the same seed.
#[derive(Debug)]
pub struct RandomThrottle {
    seed: u64,
    percent: u64,
    seen: AtomicU64,
}

impl RandomThrottle {
    /// Makes the plan that throttles `percent` of 100 calls.
    pub fn new(seed: u64, percent: u8) -> Self {
        Self {
            seed,
            percent: u64::from(percent),
            seen: AtomicU64::new(0),
        }
    }
}

impl Faults for RandomThrottle {
    fn decide(&self, _call: &Call<'_>) -> Fault {
        let place = self.seen.fetch_add(1, Ordering::SeqCst);
        let draw = scatter(self.seed ^ scatter(place)) % 100;
        if draw < self.percent {
            Fault::Throttle
        } else {
            Fault::None
        }
    }
}

/// Counts the calls that pass to another plan.
#[derive(Debug)]
pub struct Counting {
    inner: Arc<dyn Faults>,
    seen: AtomicU64,
}

impl Counting {
    /// Counts around `inner`.
    pub fn around(inner: Arc<dyn Faults>) -> Self {
        Self {
            inner,
            seen: AtomicU64::new(0),
        }
    }

    /// Returns the number of calls so far.
    pub fn count(&self) -> u64 {
        self.seen.load(Ordering::SeqCst)
    }
}

impl Faults for Counting {
    fn decide(&self, call: &Call<'_>) -> Fault {
        self.seen.fetch_add(1, Ordering::SeqCst);
        self.inner.decide(call)
    }

    fn release(&self) -> BoxFuture<'_, ()> {
        self.inner.release()
    }

    fn tamper(&self, function: &str, request: Request<Bytes>) -> Request<Bytes> {
        self.inner.tamper(function, request)
    }
}

/// A plan that can be changed while environments are warm.
#[derive(Debug)]
pub struct SwitchedFaults(RwLock<Arc<dyn Faults>>);

impl Default for SwitchedFaults {
    fn default() -> Self {
        Self(RwLock::new(Arc::new(NoFaults)))
    }
}

impl SwitchedFaults {
    /// Sets the plan for the calls from now on.
    pub fn set(&self, faults: Arc<dyn Faults>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = faults;
    }

    fn plan(&self) -> Arc<dyn Faults> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Faults for SwitchedFaults {
    fn decide(&self, call: &Call<'_>) -> Fault {
        self.plan().decide(call)
    }

    fn release(&self) -> BoxFuture<'_, ()> {
        let plan = self.plan();
        Box::pin(async move { plan.release().await })
    }

    fn tamper(&self, function: &str, request: Request<Bytes>) -> Request<Bytes> {
        self.plan().tamper(function, request)
    }
}

/// Scatters a number over all numbers (the finalizer of `SplitMix64`).
pub(crate) fn scatter(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
