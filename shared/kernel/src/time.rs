//! Time as an argument.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// A source of the current instant.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Returns the current instant, cut to whole milliseconds, so that what is stored and what
    /// was returned are equal.
    fn now(&self) -> Timestamp;
}

/// The operating system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the system's clock"
    )]
    fn now(&self) -> Timestamp {
        whole_milliseconds(Timestamp::now())
    }
}

/// A clock that moves only when told to. Clones share one instant.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<Mutex<Timestamp>>);

impl ManualClock {
    /// Makes a clock that stands at `instant`.
    pub fn at(instant: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(whole_milliseconds(instant))))
    }

    /// Moves the clock by `step`.
    pub fn advance(&self, step: SignedDuration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = whole_milliseconds(now.saturating_add(step).unwrap_or(Timestamp::MAX));
    }

    /// Moves the clock to `instant`.
    pub fn set(&self, instant: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = whole_milliseconds(instant);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the whole seconds from `now` until `instant`, one at least: what somebody is told to wait.
pub fn seconds_until(instant: Timestamp, now: Timestamp) -> u32 {
    let rest = instant.as_second().saturating_sub(now.as_second());
    u32::try_from(rest.max(1)).unwrap_or(u32::MAX)
}

/// Returns `instant` plus `seconds`, or the last instant there is.
pub fn plus_seconds(instant: Timestamp, seconds: i64) -> Timestamp {
    instant
        .saturating_add(SignedDuration::from_secs(seconds))
        .unwrap_or(Timestamp::MAX)
}

fn whole_milliseconds(instant: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(instant.as_millisecond()).unwrap_or(instant)
}
