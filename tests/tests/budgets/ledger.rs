//! Writing down what is measured: a route is asked cold and then warm, and only what the function
//! itself does is counted. What an environment does at its start, before it is asked anything, is
//! a line of its own.

use jiff::SignedDuration;
use local::history::CallRecord;
use serde_json::Value;
use tests::client::{Answer, Call};
use tests::world::World;

use crate::costs::cells;
use crate::file::{Line, Subject};

/// What was measured of one function.
#[derive(Default)]
pub(crate) struct Ledger {
    function: &'static str,
    pub(crate) lines: Vec<Line>,
    /// Requests that had an idempotency key.
    keys: u32,
}

impl Ledger {
    pub(crate) fn of(function: &'static str) -> Self {
        Self {
            function,
            ..Self::default()
        }
    }

    /// Starts an environment, the only one that the function has then, and writes down what that
    /// took.
    pub(crate) async fn start(&mut self, world: &World) {
        let history = world.platform.history();
        world.platform.pools().cool_down();
        let mark = history.mark();
        let started = world.platform.pools().warm_up(self.function, 1).await;
        started.unwrap();
        self.note("its start", "cold", history.since(mark));
    }

    /// Brings the function's environments into a state.
    async fn bring(&self, world: &World, state: &'static str) {
        if state == "cold" {
            let pools = world.platform.pools();
            pools.cool_down();
            pools.warm_up(self.function, 1).await.unwrap();
        }
    }

    /// Writes down what `calls` cost of the function.
    pub(crate) fn note(&mut self, what: &str, state: &'static str, mut calls: Vec<CallRecord>) {
        calls.retain(|call| call.function == self.function);
        let subject = Subject {
            function: self.function.to_owned(),
            what: what.to_owned(),
            state,
        };
        self.lines.push(Line {
            subject,
            cells: cells(&calls),
        });
    }

    /// Invokes the function and writes down what that took. Returns the answer.
    pub(crate) async fn invoke(
        &mut self,
        world: &World,
        what: &str,
        state: &'static str,
        payload: Value,
    ) -> Value {
        self.bring(world, state).await;
        let mark = world.platform.history().mark();
        let answer = world.platform.invoke(self.function, payload).await;
        self.note(what, state, world.platform.history().since(mark));
        answer.unwrap()
    }

    /// Makes a request and writes down what that took.
    pub(crate) async fn request(
        &mut self,
        world: &World,
        what: &str,
        state: &'static str,
        call: Call,
    ) -> Answer {
        world.clock.advance(SignedDuration::from_millis(1));
        self.bring(world, state).await;
        let mark = world.platform.history().mark();
        let answer = world.client().call(call).await.unwrap();
        assert!(
            !answer.status.is_client_error() && !answer.status.is_server_error(),
            "{what}: {}",
            answer.text()
        );
        self.note(what, state, world.platform.history().since(mark));
        answer
    }

    /// Measures a route: cold, and then warm.
    pub(crate) async fn route(
        &mut self,
        world: &World,
        what: &str,
        prepare: impl AsyncFn() -> Call,
    ) {
        for state in ["cold", "warm"] {
            let call = prepare().await;
            self.request(world, what, state, call).await;
        }
    }

    /// Measures a route that knows repetitions: as [`Self::route`] does, and then warm with a key,
    /// for the first time and once more.
    pub(crate) async fn repeatable(
        &mut self,
        world: &World,
        what: &str,
        prepare: impl AsyncFn() -> Call,
    ) {
        self.route(world, what, &prepare).await;
        self.keys += 1;
        let call = prepare().await;
        let call = call.with("idempotency-key", format!("{:036}", self.keys));
        for suffix in ["with a key", "repeated"] {
            let what = format!("{what}, {suffix}");
            self.request(world, &what, "warm", call.clone()).await;
        }
    }
}
