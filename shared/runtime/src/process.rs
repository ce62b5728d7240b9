//! A function as a process of its own, on Lambda or under an emulator of its Runtime API.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use jiff::Timestamp;
use kernel::{Clock, SystemClock, SystemEntropy};
use lambda_runtime::{Context, LambdaEvent, service_fn};
use mimalloc::MiMalloc;
use serde_json::Value;

use crate::environment::{Environment, StartError};
use crate::logs::{LogFormat, start_logs};
use crate::sdk;
use invocation::Function;

/// The allocator of every program that starts functions. A page is made of many small pieces, and an
/// environment keeps large ones for a long time: the system's allocator takes longer for the ones
/// and leaves holes between the others.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Starts the function `name` and serves invocations until the process ends.
pub fn main<S>(name: &'static str, start: S) -> ExitCode
where
    S: AsyncFnOnce(&Environment) -> Result<Function, StartError>,
{
    start_logs(
        LogFormat::Json,
        &variables().remove("LOG_FILTER").unwrap_or_default(),
    );
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(function.name = name, error = %error, "cannot start a runtime");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(serve(start)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(function.name = name, error = ?error, "the function ended");
            ExitCode::FAILURE
        }
    }
}

async fn serve<S>(start: S) -> Result<(), lambda_runtime::Error>
where
    S: AsyncFnOnce(&Environment) -> Result<Function, StartError>,
{
    let variables = variables();
    let environment = Environment {
        sdk: sdk::config(&variables)?,
        variables,
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
    };
    let function = start(&environment).await?;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
        let function = function.clone();
        let context = with_deadline(event.context, SystemClock.now());
        async move {
            function
                .invoke(event.payload, context)
                .await
                .map_err(|error| lambda_runtime::Diagnostic {
                    error_type: error.error_type,
                    error_message: error.message,
                })
        }
    }))
    .await
}

/// Takes a deadline away that was over before the invocation began: emulators of the Runtime API
/// that have none send a small number. Functions read 0 as no deadline.
fn with_deadline(mut context: Context, now: Timestamp) -> Context {
    if i64::try_from(context.deadline).is_ok_and(|deadline| deadline <= now.as_millisecond()) {
        context.deadline = 0;
    }
    context
}

/// Reads the process's variables: here and nowhere else.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the process's variables"
)]
fn variables() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use lambda_runtime::Context;

    use super::with_deadline;

    #[test]
    fn a_deadline_that_is_over_at_the_beginning_is_none() {
        let now = Timestamp::from_millisecond(1_000).unwrap();
        for (deadline, kept) in [(0, 0), (600, 0), (1_000, 0), (1_001, 1_001)] {
            let mut context = Context::default();
            context.deadline = deadline;
            assert_eq!(with_deadline(context, now).deadline, kept);
        }
    }
}
