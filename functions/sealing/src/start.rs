//! What happens once, when an environment starts.

use runtime::{Environment, Function, FunctionError, StartError};
use serde::Deserialize;

use crate::round::round;

/// What the schedule says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    #[serde(rename = "kind")]
    _kind: Kind,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Seal,
}

/// Starts the function.
pub async fn start(environment: &Environment) -> Result<Function, StartError> {
    let platform = environment.platform()?;
    Ok(Function::new(move |payload, context| {
        let platform = platform.clone();
        async move {
            let read = serde_json::from_value::<Payload>(payload);
            read.map_err(|error| FunctionError::new("UnknownPayload", error.to_string()))?;
            let ended = round(&platform, context.request_id, context.deadline).await;
            ended.map_err(|error| FunctionError::new("RoundIncomplete", error.to_string()))
        }
    }))
}
