//! A function as a process of its own, on Lambda or under an emulator of its Runtime API.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use aws_config::BehaviorVersion;
use jiff::Timestamp;
use kernel::{Clock, SystemClock, SystemEntropy};
use lambda_runtime::{Context, LambdaEvent, service_fn};
use serde_json::Value;

use crate::environment::{Environment, StartError};
use crate::logs::{LogFormat, start_logs};
use crate::{sdk, tls};
use invocation::Function;

/// The variable that names a file of roots to trust in place of AWS's own, as AWS's tools have it:
/// for whoever runs functions against something else than AWS.
const CA_BUNDLE: &str = "AWS_CA_BUNDLE";

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
    let bundle = variables.get(CA_BUNDLE).filter(|path| !path.is_empty());
    let bundle = bundle.map(std::fs::read).transpose()?;
    let sdk = aws_config::defaults(BehaviorVersion::latest())
        .http_client(tls::client(bundle))
        .retry_config(sdk::retries())
        .timeout_config(sdk::timeouts());
    let environment = Environment {
        variables,
        sdk: sdk.load().await,
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
