//! Where what was given up is put, for an operator to find.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::services::Services;

/// Puts what was given up into `queue`; where there is none, the log is all that knows of it.
pub(super) async fn bury(
    services: &Arc<Services>,
    queue: Option<&str>,
    event: &Value,
) -> anyhow::Result<()> {
    tracing::error!(event = %event, queue, "given up");
    let Some(queue) = queue else {
        return Ok(());
    };
    let message = json!({
        "QueueUrl": services.queues().url(queue),
        "MessageBody": event.to_string(),
    });
    let request = http::Request::post(services.queues().url(queue))
        .header("x-amz-target", "AmazonSQS.SendMessage")
        .header("content-type", "application/x-amz-json-1.0")
        .body(message.to_string().into())?;
    let answer = services.call(request).await;
    anyhow::ensure!(
        answer.status().is_success(),
        "the dead letter cannot be kept"
    );
    Ok(())
}
