//! Rules of a bus: each event that a rule's pattern matches is brought to the rule's function until
//! it is through, or given up to the function's dead-letter queue. Events of one rule come one after
//! the other.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use kernel::time::plus_seconds;

use crate::platform::dead_letters::bury;
use crate::platform::pattern;
use crate::platform::pool::Pools;
use crate::services::Services;
use crate::services::events::BusEvent;
use crate::template::{FunctionSpec, RuleSource};

/// Waits before an event is tried again, in seconds: Lambda's own for asynchronous invocations.
const RETRY_DELAYS_S: [i64; 2] = [60, 120];

/// Events that are looked at in one step.
const EVENTS_MAX: usize = 100;

/// A rule and its function.
#[derive(Debug)]
pub(super) struct Rule {
    function: String,
    dead_letters: Option<String>,
    source: RuleSource,
    tries: Mutex<Tries>,
}

/// How the event at hand is doing.
#[derive(Debug, Default, Clone, Copy)]
struct Tries {
    failed: usize,
    next_at: Option<Timestamp>,
}

impl Rule {
    pub(super) fn new(function: &FunctionSpec, source: &RuleSource) -> Self {
        Self {
            function: function.name.clone(),
            dead_letters: function.dead_letters.clone(),
            source: source.clone(),
            tries: Mutex::default(),
        }
    }

    /// Returns when the event at hand is tried again, if it failed.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.tries().next_at
    }

    /// Brings the next event, if there is one whose time has come. Returns whether anything moved.
    pub(super) async fn step(
        &self,
        pools: &Arc<Pools>,
        services: &Arc<Services>,
    ) -> anyhow::Result<bool> {
        let tries = self.tries();
        if tries.next_at.is_some_and(|at| at > pools.clock().now()) {
            return Ok(false);
        }
        let after = self.position(services).await?;
        let events = services.bus().bus_events(after, EVENTS_MAX).await?;
        let Some(last) = events.last().map(|event| event.sequence) else {
            return Ok(false);
        };
        let Some(event) = events.iter().find(|event| self.wants(event)) else {
            self.move_to(services, last).await?;
            return Ok(true);
        };
        if let Err(error) = pools.invoke(&self.function, event.event.clone()).await {
            tracing::warn!(function = self.function, error = %error, "an event failed");
            if let Some(delay_s) = RETRY_DELAYS_S.get(tries.failed) {
                let next_at = Some(plus_seconds(pools.clock().now(), *delay_s));
                self.set_tries(Tries {
                    failed: tries.failed + 1,
                    next_at,
                });
                return Ok(false);
            }
            bury(services, self.dead_letters.as_deref(), &event.event).await?;
        }
        self.set_tries(Tries::default());
        self.move_to(services, event.sequence).await?;
        Ok(true)
    }

    /// Returns the place of the last event that the rule is done with.
    pub(super) async fn position(&self, services: &Services) -> anyhow::Result<i64> {
        let text = services.position(&self.name()).await?;
        Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
    }

    async fn move_to(&self, services: &Services, sequence: i64) -> anyhow::Result<()> {
        services
            .set_position(&self.name(), &sequence.to_string())
            .await?;
        Ok(())
    }

    fn name(&self) -> String {
        format!("rule/{}", self.source.name)
    }

    fn wants(&self, event: &BusEvent) -> bool {
        event.bus == self.source.bus && pattern::matches(&self.source.pattern, &event.event)
    }

    fn tries(&self) -> Tries {
        *self.tries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_tries(&self, tries: Tries) {
        *self.tries.lock().unwrap_or_else(PoisonError::into_inner) = tries;
    }
}
