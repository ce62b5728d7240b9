//! How long the SDK waits and how often it tries, the same wherever functions run.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;

/// Attempts of one call, with the first.
pub const ATTEMPTS_MAX: u32 = 3;

/// The wait before the second attempt; it doubles from one to the next.
const BACKOFF_FIRST: Duration = Duration::from_millis(50);

/// The longest wait between two attempts.
pub const BACKOFF_MAX: Duration = Duration::from_secs(1);

const CONNECT_MAX: Duration = Duration::from_secs(1);

/// Well above the slowest answers of the services, so that one that never comes is tried again.
const ATTEMPT_MAX: Duration = Duration::from_secs(3);

/// Below the time that a function has, so that it can still say what went wrong.
const CALL_MAX: Duration = Duration::from_secs(8);

/// Returns how often calls are tried.
pub fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(ATTEMPTS_MAX)
        .with_initial_backoff(BACKOFF_FIRST)
        .with_max_backoff(BACKOFF_MAX)
}

/// Returns how long calls may take.
pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_MAX)
        .operation_attempt_timeout(ATTEMPT_MAX)
        .operation_timeout(CALL_MAX)
        .build()
}
