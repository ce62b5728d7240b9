//! SQS's JSON protocol. It must never know how messages are stored.

mod check;
mod request;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::services::protocol::json::{self, Failure};
use crate::services::sqs::spec::may_hide;
use crate::services::sqs::store::{self, Changed, Receipt};
use crate::services::sqs::wire::check::{accept, batch_failure, check_ids, invalid_value, receipt};
use crate::services::sqs::wire::request::{
    Batch, DeleteEntry, HideEntry, Message, Named, OfQueue, Receive, SendEntry,
};
use crate::services::sqs::{QueueMessage, Queues, checksum};

/// The bytes of a message, and of a batch.
pub(crate) const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

/// Answers `operation`.
pub(crate) async fn call(queues: &Queues, operation: &str, body: &Bytes) -> Result<Value, Failure> {
    match operation {
        "SendMessage" => send(queues, json::read(body)?).await,
        "SendMessageBatch" => send_batch(queues, json::read(body)?).await,
        "ReceiveMessage" => receive(queues, json::read(body)?).await,
        "DeleteMessage" => delete(queues, json::read(body)?).await,
        "DeleteMessageBatch" => delete_batch(queues, json::read(body)?).await,
        "ChangeMessageVisibility" => hide(queues, json::read(body)?).await,
        "ChangeMessageVisibilityBatch" => hide_batch(queues, json::read(body)?).await,
        "GetQueueUrl" => url(queues, json::read(body)?).await,
        "GetQueueAttributes" => attributes(queues, json::read(body)?).await,
        "PurgeQueue" => purge(queues, json::read(body)?).await,
        "ListQueues" => list(queues).await,
        other => Err(json::unknown(other)),
    }
}

async fn send(queues: &Queues, request: OfQueue<Message>) -> Result<Value, Failure> {
    let queue = existing(queues, &request.queue_url).await?;
    let message = accept(queues, request.rest)?;
    let sent = queues.accept(queue, vec![message]).await?;
    Ok(sent.into_iter().next().unwrap_or_else(json::empty))
}

async fn send_batch(queues: &Queues, request: Batch<SendEntry>) -> Result<Value, Failure> {
    let queue = existing(queues, &request.queue_url).await?;
    check_ids(request.entries.iter().map(|entry| entry.id.as_str()))?;
    let size = |entry: &SendEntry| entry.message.size();
    if request.entries.iter().map(size).sum::<usize>() > MESSAGE_BYTES_MAX {
        return Err(batch_failure(
            "BatchRequestTooLong",
            "Batch requests cannot be longer than 1048576 bytes.",
            "AWS.SimpleQueueService.BatchRequestTooLong;Sender",
        ));
    }
    let (mut ids, mut messages, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    for entry in request.entries {
        match accept(queues, entry.message) {
            Ok(message) => {
                ids.push(entry.id);
                messages.push(message);
            }
            Err(failure) => failed.push(entry_failure(&entry.id, &failure)),
        }
    }
    let sent = if messages.is_empty() {
        Vec::new()
    } else {
        queues.accept(queue, messages).await?
    };
    let successful: Vec<Value> = ids
        .into_iter()
        .zip(sent)
        .map(|(id, mut result)| {
            json::set(&mut result, "Id", id);
            result
        })
        .collect();
    Ok(batch_answer(&successful, failed))
}

async fn receive(queues: &Queues, request: OfQueue<Receive>) -> Result<Value, Failure> {
    let queue = existing(queues, &request.queue_url).await?;
    let Receive {
        max,
        visibility_timeout,
        ..
    } = &request.rest;
    if !(1..=10).contains(&max.unwrap_or(1)) || !visibility_timeout.is_none_or(may_hide) {
        let message = "Value for a parameter is out of range.";
        return Err(invalid_value(message));
    }
    let messages = queues
        .receive(&queue, max.unwrap_or(1), *visibility_timeout)
        .await?;
    if messages.is_empty() {
        return Ok(json::empty());
    }
    let shown: Vec<Value> = messages
        .iter()
        .map(|message| show(message, &request.rest))
        .collect();
    Ok(json!({"Messages": shown}))
}

fn show(message: &QueueMessage, request: &Receive) -> Value {
    let mut shown = json!({
        "MessageId": message.message_id,
        "ReceiptHandle": message.receipt_handle,
        "MD5OfBody": message.md5_of_body,
        "Body": message.body,
    });
    let wanted: Vec<&String> = request
        .attribute_names
        .iter()
        .chain(&request.message_system_attribute_names)
        .collect();
    let attributes: Map<String, Value> = message
        .system_attributes()
        .into_iter()
        .filter(|(name, _)| {
            wanted
                .iter()
                .any(|wanted| *wanted == "All" || *wanted == name)
        })
        .collect();
    if !attributes.is_empty() {
        json::set(&mut shown, "Attributes", Value::Object(attributes));
    }
    let wanted = |name: &str| {
        request.message_attribute_names.iter().any(|pattern| {
            let prefix = pattern
                .strip_suffix(".*")
                .or_else(|| pattern.strip_suffix('*'));
            pattern == "All" || pattern == name || prefix.is_some_and(|text| name.starts_with(text))
        })
    };
    let members = message.message_attributes.as_object().into_iter().flatten();
    let attributes: Map<String, Value> = members
        .filter(|(name, _)| wanted(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let attributes = Value::Object(attributes);
    if let Some(checksum) = checksum::of_attributes(&attributes) {
        json::set(&mut shown, "MD5OfMessageAttributes", checksum);
        json::set(&mut shown, "MessageAttributes", attributes);
    }
    shown
}

async fn delete(queues: &Queues, request: OfQueue<DeleteEntry>) -> Result<Value, Failure> {
    let queue = existing(queues, &request.queue_url).await?;
    let receipt = receipt(&queue, &request.rest.receipt_handle)?;
    delete_received(queues, receipt).await?;
    Ok(json::empty())
}

async fn delete_batch(
    queues: &Queues,
    request: Batch<Named<DeleteEntry>>,
) -> Result<Value, Failure> {
    let queue = existing(queues, &request.queue_url).await?;
    check_ids(request.entries.iter().map(|entry| entry.id.as_str()))?;
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in request.entries {
        match receipt(&queue, &entry.rest.receipt_handle) {
            Ok(receipt) => {
                delete_received(queues, receipt).await?;
                successful.push(json!({"Id": entry.id}));
            }
            Err(failure) => failed.push(entry_failure(&entry.id, &failure)),
        }
    }
    Ok(batch_answer(&successful, failed))
}

async fn delete_received(queues: &Queues, receipt: Receipt) -> Result<(), Failure> {
    queues
        .state
        .transact(move |connection| store::delete(connection, &receipt))
        .await?;
    Ok(())
}

async fn hide(queues: &Queues, request: OfQueue<HideEntry>) -> Result<Value, Failure> {
    let queue = existing(queues, &request.queue_url).await?;
    hide_one(queues, &queue, request.rest).await?;
    Ok(json::empty())
}

async fn hide_batch(queues: &Queues, request: Batch<Named<HideEntry>>) -> Result<Value, Failure> {
    let queue = existing(queues, &request.queue_url).await?;
    check_ids(request.entries.iter().map(|entry| entry.id.as_str()))?;
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in request.entries {
        match hide_one(queues, &queue, entry.rest).await {
            Ok(()) => successful.push(json!({"Id": entry.id})),
            Err(failure) => failed.push(entry_failure(&entry.id, &failure)),
        }
    }
    Ok(batch_answer(&successful, failed))
}

async fn hide_one(queues: &Queues, queue: &str, entry: HideEntry) -> Result<(), Failure> {
    let receipt = receipt(queue, &entry.receipt_handle)?;
    let seconds = entry.visibility_timeout.unwrap_or_default();
    if !may_hide(seconds) {
        return Err(invalid_value(
            "Value for parameter VisibilityTimeout is out of range.",
        ));
    }
    match queues.hide(receipt, seconds).await? {
        Changed::Hidden => Ok(()),
        Changed::NotInFlight => Err(batch_failure(
            "MessageNotInflight",
            "The message referred to is not in flight.",
            "AWS.SimpleQueueService.MessageNotInflight;Sender",
        )),
    }
}

async fn url(queues: &Queues, request: request::GetUrl) -> Result<Value, Failure> {
    let name = existing(queues, &request.queue_name).await?;
    Ok(json!({"QueueUrl": queues.url(&name)}))
}

async fn list(queues: &Queues) -> Result<Value, Failure> {
    let names = queues.names().await?;
    let urls: Vec<String> = names.iter().map(|name| queues.url(name)).collect();
    Ok(json!({"QueueUrls": urls}))
}

async fn purge(queues: &Queues, request: OfQueue<request::Nothing>) -> Result<Value, Failure> {
    let queue = existing(queues, &request.queue_url).await?;
    queues
        .state
        .transact(move |connection| store::purge(connection, &queue))
        .await?;
    Ok(json::empty())
}

async fn attributes(
    queues: &Queues,
    request: OfQueue<request::Attributes>,
) -> Result<Value, Failure> {
    let queue = existing(queues, &request.queue_url).await?;
    let (name, now) = (queue.clone(), queues.now_ms());
    let (spec, (visible, in_flight, delayed)) = queues
        .state
        .transact(move |connection| {
            Ok((
                store::spec(connection, &name)?,
                store::counts(connection, &name, now)?,
            ))
        })
        .await?;
    let mut known = vec![
        ("QueueArn", queues.arn(&queue)),
        ("ApproximateNumberOfMessages", visible.to_string()),
        (
            "ApproximateNumberOfMessagesNotVisible",
            in_flight.to_string(),
        ),
        ("ApproximateNumberOfMessagesDelayed", delayed.to_string()),
        (
            "VisibilityTimeout",
            spec.visibility_timeout_seconds.to_string(),
        ),
        ("MessageRetentionPeriod", spec.retention_seconds.to_string()),
        ("DelaySeconds", spec.delay_seconds.to_string()),
        ("MaximumMessageSize", MESSAGE_BYTES_MAX.to_string()),
        ("ReceiveMessageWaitTimeSeconds", "0".to_owned()),
    ];
    if let Some(redrive) = spec.redrive {
        let policy = json!({
            "deadLetterTargetArn": queues.arn(&redrive.dead_letter_queue),
            "maxReceiveCount": redrive.max_receive_count,
        });
        known.push(("RedrivePolicy", policy.to_string()));
    }
    let wanted = request.rest.attribute_names;
    let shown: Map<String, Value> = known
        .into_iter()
        .filter(|(name, _)| {
            wanted
                .iter()
                .any(|wanted| wanted == "All" || wanted == name)
        })
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .collect();
    Ok(json!({"Attributes": shown}))
}

/// Returns the name of the queue that a URL (or a name) means, if there is one.
async fn existing(queues: &Queues, url: &str) -> Result<String, Failure> {
    let name = url.rsplit('/').next().unwrap_or_default().to_owned();
    let wanted = name.clone();
    let found = queues
        .state
        .transact(move |connection| store::find_spec(connection, &wanted))
        .await?;
    if found.is_some() {
        return Ok(name);
    }
    Err(batch_failure(
        "QueueDoesNotExist",
        "The specified queue does not exist.",
        "AWS.SimpleQueueService.NonExistentQueue;Sender",
    ))
}

fn batch_answer(successful: &[Value], failed: Vec<Value>) -> Value {
    let mut answer = json!({"Successful": successful});
    if !failed.is_empty() {
        json::set(&mut answer, "Failed", Value::Array(failed));
    }
    answer
}

fn entry_failure(id: &str, failure: &Failure) -> Value {
    json!({
        "Id": id,
        "SenderFault": true,
        "Code": failure.code(),
        "Message": failure.message(),
    })
}
