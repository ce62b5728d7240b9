//! Structured logs: JSON lines on Lambda, readable lines on a person's machine.

use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line, with the fields of the open spans.
    Json,
    /// For people.
    Pretty,
}

/// Starts logging to the standard error (pretty) or standard output (JSON, where Lambda reads).
///
/// `filter` is a list of `target=level` directives; one that cannot be read means `info`. A second
/// call changes nothing.
pub fn start_logs(format: LogFormat, filter: &str) {
    let info = Targets::new().with_default(Level::INFO);
    let filter = if filter.is_empty() {
        info
    } else {
        filter.parse().unwrap_or(info)
    };
    let registry = tracing_subscriber::registry().with(filter);
    let _already_started = match format {
        LogFormat::Json => registry
            .with(tracing_subscriber::fmt::layer().json().flatten_event(true))
            .try_init()
            .is_err(),
        LogFormat::Pretty => registry
            .with(
                tracing_subscriber::fmt::layer()
                    .with_writer(std::io::stderr)
                    .compact(),
            )
            .try_init()
            .is_err(),
    };
}
