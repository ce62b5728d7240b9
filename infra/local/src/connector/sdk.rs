//! The SDK's configuration over a connector. It must never know which service is called.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{AsyncSleep, Sleep, TokioSleep};
use aws_smithy_async::time::TimeSource;
use kernel::Clock;
use runtime::sdk::{BACKOFF_MAX, retries, timeouts};

use crate::connector::{ACCESS_KEY, Connector, SECRET_KEY};

/// How long an attempt and a call may take where a clock's time is lived in: only what hangs ends,
/// however slow the machine is.
const ATTEMPT_MAX: Duration = Duration::from_secs(10);
const CALL_MAX: Duration = Duration::from_secs(30);

/// Which time the SDK lives in.
#[derive(Debug, Clone)]
pub enum SdkTime {
    /// The operating system's: waits wait.
    Real,
    /// A clock's: requests are signed with its time, and the waits between attempts do not wait.
    /// Timeouts stay real, so that a test that hangs ends.
    Virtual(Arc<dyn Clock>),
}

/// Returns the configuration of an SDK whose every call goes through `connector`.
pub fn sdk_config(connector: &Connector, time: SdkTime) -> SdkConfig {
    let credentials = Credentials::from_keys(ACCESS_KEY, SECRET_KEY, None);
    let builder = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(connector.services().region().to_owned()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(connector.clone())
        .retry_config(retries());
    match time {
        SdkTime::Real => builder
            .timeout_config(timeouts())
            .sleep_impl(TokioSleep::new())
            .build(),
        SdkTime::Virtual(clock) => builder
            .timeout_config(
                TimeoutConfig::builder()
                    .operation_attempt_timeout(ATTEMPT_MAX)
                    .operation_timeout(CALL_MAX)
                    .build(),
            )
            .sleep_impl(ShortSleepsEnd(TokioSleep::new()))
            .time_source(ClockTime(clock))
            .build(),
    }
}

/// Ends the waits between attempts at once, and keeps the longer ones, which are timeouts.
#[derive(Debug)]
struct ShortSleepsEnd(TokioSleep);

impl AsyncSleep for ShortSleepsEnd {
    fn sleep(&self, duration: Duration) -> Sleep {
        if duration <= BACKOFF_MAX {
            Sleep::new(tokio::task::yield_now())
        } else {
            self.0.sleep(duration)
        }
    }
}

struct ClockTime(Arc<dyn Clock>);

impl fmt::Debug for ClockTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl TimeSource for ClockTime {
    fn now(&self) -> SystemTime {
        SystemTime::from(self.0.now())
    }
}
