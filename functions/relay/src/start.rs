//! What happens once, when an environment starts.

use std::sync::Arc;

use events::Consumer;
use runtime::{Environment, Function, FunctionError, StartError};

use crate::outbox::Outbox;
use crate::outlets::Outlets;
use crate::payload::Payload;

/// Starts the function.
pub async fn start(environment: &Environment) -> Result<Function, StartError> {
    let mut queues = Vec::new();
    for consumer in Consumer::ALL {
        let url = environment.variable(consumer.queue_variable())?;
        queues.push((consumer, url.to_owned()));
    }
    let outlets = Outlets::new(
        aws_sdk_sqs::Client::new(&environment.sdk),
        aws_sdk_eventbridge::Client::new(&environment.sdk),
        queues,
        environment.variable("EVENT_BUS_NAME")?,
    );
    let outbox = Arc::new(Outbox::new(environment.platform()?, outlets));
    Ok(Function::new(move |payload, context| {
        let outbox = Arc::clone(&outbox);
        async move {
            match Payload::read(payload)? {
                Payload::Stream(records) => Ok(outbox.relay(records, context.deadline).await),
                Payload::Sweep => outbox
                    .sweep(context.deadline)
                    .await
                    .map_err(|error| FunctionError::new("SweepIncomplete", error.to_string())),
            }
        }
    }))
}
