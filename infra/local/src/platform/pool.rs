//! Environments: each function's warm ones, one invocation at a time in each. One that fails the
//! platform's way (killed, out of time, panicked) is thrown away, as Lambda does.

use std::collections::{BTreeMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use kernel::{Clock, Entropy, chance, text};
use lambda_runtime::Context;
use runtime::{Environment, Function, FunctionError};
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::connector::{Connector, EnvironmentLabel, SdkTime, sdk_config};
use crate::fault::Faults;
use crate::history::History;
use crate::platform::{Registry, Start, Time};
use crate::policy::Permissions;
use crate::services::Services;
use crate::template::{FunctionSpec, Template};

/// Bytes of an event or an answer, at most: Lambda's own limit for synchronous invocations.
pub(crate) const PAYLOAD_BYTES_MAX: usize = 6_291_456;

/// Why an invocation did not end well.
#[derive(Debug, Clone, thiserror::Error)]
pub enum InvokeError {
    /// There is no such function.
    #[error("there is no function `{0}`")]
    Unknown(String),
    /// The environment did not start.
    #[error("an environment of `{0}` did not start: {1}")]
    NotStarted(String, String),
    /// The event is larger than 6 MB.
    #[error("the payload is larger than 6 MB")]
    PayloadTooLarge,
    /// The answer is larger than 6 MB.
    #[error("the answer is larger than 6 MB")]
    AnswerTooLarge,
    /// The environment died.
    #[error("the environment died")]
    Killed,
    /// The function took longer than its timeout.
    #[error("the function ran out of time")]
    TimedOut,
    /// The function answered with an error.
    #[error(transparent)]
    Function(#[from] FunctionError),
}

/// The environments of all functions.
#[derive(Debug)]
pub struct Pools {
    functions: BTreeMap<String, Pool>,
    services: Arc<Services>,
    clock: Arc<dyn Clock>,
    sdk_time: SdkTime,
    is_virtual: bool,
    entropy: Arc<dyn Entropy>,
    faults: Arc<dyn Faults>,
    history: History,
    permissions: Arc<Permissions>,
    spreads: bool,
    shares: AtomicBool,
}

struct Pool {
    spec: FunctionSpec,
    start: Start,
    idle: Mutex<VecDeque<Warm>>,
    /// The one environment of all invocations, where they share one.
    shared: tokio::sync::Mutex<Option<Arc<Warm>>>,
    started: AtomicU32,
}

impl Pool {
    fn idle(&self) -> MutexGuard<'_, VecDeque<Warm>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Pool")
            .field("function", &self.spec.name)
            .finish_non_exhaustive()
    }
}

/// How an invocation ended. The outer error means that the environment is gone.
type Outcome = Result<Result<Value, InvokeError>, InvokeError>;

/// What an environment may take to start: what Lambda allows its init phase.
const START_MAX: Duration = Duration::from_secs(10);

/// A started environment.
struct Warm {
    function: Function,
    connector: Connector,
}

impl Pools {
    pub(super) fn new(
        template: &Template,
        registry: &Registry,
        services: Arc<Services>,
        time: &Time,
        entropy: Arc<dyn Entropy>,
        faults: Arc<dyn Faults>,
        spreads: bool,
    ) -> anyhow::Result<Self> {
        let mut pools = BTreeMap::new();
        for spec in &template.functions {
            let start = registry.get(spec.name.as_str()).cloned().ok_or_else(|| {
                anyhow::anyhow!(
                    "the template names a function `{}` that is not built",
                    spec.name
                )
            })?;
            let pool = Pool {
                spec: spec.clone(),
                start,
                idle: Mutex::default(),
                shared: tokio::sync::Mutex::default(),
                started: AtomicU32::new(0),
            };
            pools.insert(spec.name.clone(), pool);
        }
        let permissions = template.permissions(services.region(), services.account());
        Ok(Self {
            functions: pools,
            services,
            clock: time.clock(),
            sdk_time: time.sdk(),
            is_virtual: matches!(time, Time::Virtual(_)),
            entropy,
            faults,
            history: History::default(),
            permissions: Arc::new(permissions),
            spreads,
            shares: AtomicBool::new(false),
        })
    }

    /// Invokes a function in an idle environment, or in a new one.
    pub async fn invoke(&self, function: &str, payload: Value) -> Result<Value, InvokeError> {
        let pool = self
            .functions
            .get(function)
            .ok_or_else(|| InvokeError::Unknown(function.to_owned()))?;
        if size(&payload) > PAYLOAD_BYTES_MAX {
            return Err(InvokeError::PayloadTooLarge);
        }
        let answer = if self.shares.load(Ordering::Relaxed) {
            self.run_shared(pool, payload).await?
        } else {
            self.run_alone(pool, payload).await?
        };
        let answer = answer?;
        if size(&answer) > PAYLOAD_BYTES_MAX {
            return Err(InvokeError::AnswerTooLarge);
        }
        Ok(answer)
    }

    /// Has one environment of each function take all of its invocations from now on, also at the
    /// same time, as Lambda's managed instances do.
    pub fn share(&self) {
        self.shares.store(true, Ordering::Relaxed);
    }

    /// Starts environments until `count` are idle.
    pub async fn warm_up(&self, function: &str, count: usize) -> Result<(), InvokeError> {
        let pool = self
            .functions
            .get(function)
            .ok_or_else(|| InvokeError::Unknown(function.to_owned()))?;
        while pool.idle().len() < count {
            let warm = self.start(pool).await?;
            pool.idle().push_back(warm);
        }
        Ok(())
    }

    /// Starts an environment that no other invocation is given.
    pub async fn own_environment(&self, function: &str) -> Result<Function, InvokeError> {
        let pool = self
            .functions
            .get(function)
            .ok_or_else(|| InvokeError::Unknown(function.to_owned()))?;
        Ok(self.start(pool).await?.function)
    }

    /// Returns the variables of all functions. A name means the same for each of them.
    pub(super) fn variables(&self) -> BTreeMap<String, String> {
        let specs = self.functions.values().map(|pool| &pool.spec);
        specs.flat_map(|spec| spec.variables.clone()).collect()
    }

    /// Throws all idle environments away, so that the next invocations start cold.
    pub fn cool_down(&self) {
        for pool in self.functions.values() {
            pool.idle().clear();
        }
    }

    /// Returns the record of all calls to the services.
    pub fn history(&self) -> &History {
        &self.history
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    pub(crate) fn request_id(&self) -> String {
        text::to_hex(&chance::random::<16>(&*self.entropy))
    }

    /// Runs one invocation in an environment that nobody else is in.
    async fn run_alone(&self, pool: &Pool, payload: Value) -> Outcome {
        let warm = match self.take_idle(pool) {
            Some(warm) => warm,
            None => self.start(pool).await?,
        };
        let answer = self.run(pool, &warm, payload).await?;
        // Whatever else happened, the environment is fit for another invocation.
        pool.idle().push_back(warm);
        Ok(answer)
    }

    /// Runs one invocation in the environment that all are in.
    async fn run_shared(&self, pool: &Pool, payload: Value) -> Outcome {
        let warm = {
            let mut shared = pool.shared.lock().await;
            match &*shared {
                Some(warm) if !warm.connector.is_killed() => Arc::clone(warm),
                Some(_) | None => {
                    let warm = Arc::new(self.start(pool).await?);
                    *shared = Some(Arc::clone(&warm));
                    warm
                }
            }
        };
        self.run(pool, &warm, payload).await
    }

    fn take_idle(&self, pool: &Pool) -> Option<Warm> {
        let mut idle = pool.idle();
        if self.spreads {
            idle.pop_front()
        } else {
            idle.pop_back()
        }
    }

    async fn start(&self, pool: &Pool) -> Result<Warm, InvokeError> {
        let number = pool.started.fetch_add(1, Ordering::Relaxed);
        let label = EnvironmentLabel {
            function: pool.spec.name.clone(),
            number,
        };
        let connector = Connector::new(
            Arc::clone(&self.services),
            label,
            Arc::clone(&self.faults),
            self.history.clone(),
            Some(Arc::clone(&self.permissions)),
        );
        let environment = Environment {
            variables: pool.spec.variables.clone(),
            sdk: sdk_config(&connector, self.sdk_time.clone()),
            clock: Arc::clone(&self.clock),
            entropy: Arc::clone(&self.entropy),
        };
        let start = Arc::clone(&pool.start);
        let starting = AssertUnwindSafe(async move { start(environment).await }).catch_unwind();
        let not_started = |why: String| InvokeError::NotStarted(pool.spec.name.clone(), why);
        let function = match self.within(START_MAX, pool, &connector, starting).await {
            Ok(Ok(started)) => started.map_err(|error| not_started(chain(&error)))?,
            Ok(Err(_panic)) => return Err(not_started("it panicked".to_owned())),
            Err(InvokeError::TimedOut) => return Err(not_started("its time was up".to_owned())),
            Err(error) => return Err(error),
        };
        Ok(Warm {
            function,
            connector,
        })
    }

    /// Runs one invocation.
    async fn run(&self, pool: &Pool, warm: &Warm, payload: Value) -> Outcome {
        let timeout = Duration::from_secs(u64::from(pool.spec.timeout_s));
        let handling = handle(warm.function.clone(), payload, self.context(pool));
        self.within(timeout, pool, &warm.connector, handling)
            .await?
    }

    /// Runs what an environment does, for at most `limit`; on a virtual clock nothing takes time.
    /// An error means that the environment is gone.
    ///
    /// What is not done in time is dropped where it waits next, and none of its calls reaches a
    /// service any more. Lambda ends the process; here, what computes without ever waiting cannot
    /// be stopped: its thread takes processor time from everything else until it waits or the
    /// platform ends, and the log says which function it is.
    async fn within<T: Send + 'static>(
        &self,
        limit: Duration,
        pool: &Pool,
        connector: &Connector,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, InvokeError> {
        if self.is_virtual {
            return tokio::select! {
                biased;
                () = connector.killed() => Err(InvokeError::Killed),
                done = work => Ok(done),
            };
        }
        tokio::select! {
            biased;
            () = connector.killed() => Err(InvokeError::Killed),
            done = on_own_thread(&pool.spec.name, work) => done,
            () = tokio::time::sleep(limit) => {
                tracing::warn!(function = pool.spec.name, "an environment's time was up");
                connector.kill();
                Err(InvokeError::TimedOut)
            }
        }
    }

    fn context(&self, pool: &Pool) -> Context {
        let now = self.clock.now();
        let deadline = now.as_millisecond() + i64::from(pool.spec.timeout_s) * 1_000;
        let mut context = Context::default();
        context.request_id = self.request_id();
        context.deadline = u64::try_from(deadline).unwrap_or(0);
        context.invoked_function_arn = format!(
            "arn:aws:lambda:local:000000000000:function:{}",
            pool.spec.name
        );
        context
    }
}

/// Lets a function handle an event.
async fn handle(function: Function, payload: Value, context: Context) -> Outcome {
    let handling = AssertUnwindSafe(function.invoke(payload, context)).catch_unwind();
    match handling.await {
        Ok(answer) => Ok(answer.map_err(InvokeError::from)),
        Err(_panic) => Err(FunctionError::new("Panicked", "the function panicked").into()),
    }
}

/// Waits for work that has a thread of its own: on one of the runtime's, a function that computes
/// without ever waiting would hold up timers, connections and other functions. The work is dropped
/// where it waits next when nobody waits for its end any more.
async fn on_own_thread<T: Send + 'static>(
    function: &str,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, InvokeError> {
    let (mut end, ended) = oneshot::channel();
    let runtime = Handle::current();
    let working = async move {
        tokio::select! {
            biased;
            () = end.closed() => {}
            // Whoever waited may have gone just now.
            done = work => drop(end.send(done)),
        }
    };
    std::thread::Builder::new()
        .name(function.to_owned())
        .spawn(move || runtime.block_on(working))
        .map_err(|error| InvokeError::NotStarted(function.to_owned(), error.to_string()))?;
    ended.await.map_err(|_lost| InvokeError::Killed)
}

fn size(value: &Value) -> usize {
    serde_json::to_vec(value).map_or(usize::MAX, |bytes| bytes.len())
}

/// Returns an error with all that caused it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
