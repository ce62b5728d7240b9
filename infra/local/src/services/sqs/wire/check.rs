//! What SQS refuses. It must never know how messages are stored.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::services::protocol::json::Failure;
use crate::services::protocol::random_id;
use crate::services::sqs::spec::DELAY_SECONDS_MAX;
use crate::services::sqs::store::{Receipt, Sent};
use crate::services::sqs::wire::MESSAGE_BYTES_MAX;
use crate::services::sqs::wire::request::Message;
use crate::services::sqs::{BATCH_MAX, Queues};

const GROUP_CHARACTERS_MAX: usize = 128;
const ATTRIBUTES_MAX: usize = 10;

/// Reads a message, or says why it is refused.
pub(crate) fn accept(queues: &Queues, message: Message) -> Result<Sent, Failure> {
    if message.size() > MESSAGE_BYTES_MAX {
        let text = "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.";
        return Err(invalid_value(text));
    }
    if message.body.is_empty() {
        return Err(Failure::new(
            400,
            "MissingParameter",
            "The request must contain MessageBody.",
        ));
    }
    if !message.body.chars().all(may_be_sent) {
        let text = "Invalid characters found. Valid unicode characters are those of XML 1.0.";
        return Err(Failure::new(
            400,
            "com.amazonaws.sqs#InvalidMessageContents",
            text,
        ));
    }
    let group_id = message.group_id.unwrap_or_default();
    let delays = message
        .delay_seconds
        .is_none_or(|delay| delay <= DELAY_SECONDS_MAX);
    if !delays || group_id.len() > GROUP_CHARACTERS_MAX || message.deduplication_id.is_some() {
        return Err(invalid_value("Value for a parameter is invalid."));
    }
    if message.attributes.len() > ATTRIBUTES_MAX {
        return Err(invalid_value(
            "Number of message attributes exceeds the allowed maximum.",
        ));
    }
    Ok(Sent {
        message_id: random_id(&*queues.identity.entropy),
        body: message.body,
        attributes: Value::Object(message.attributes),
        group_id,
        delay_seconds: message.delay_seconds,
    })
}

/// The characters of XML 1.0.
fn may_be_sent(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

/// Reads a receipt of `queue`.
pub(crate) fn receipt(queue: &str, handle: &str) -> Result<Receipt, Failure> {
    Receipt::read(handle)
        .filter(|receipt| receipt.queue == queue)
        .ok_or_else(|| {
            Failure::new(
                400,
                "com.amazonaws.sqs#ReceiptHandleIsInvalid",
                "The input receipt handle is invalid.",
            )
            .with_query_error("ReceiptHandleIsInvalid;Sender")
        })
}

/// Checks the ids of a batch's entries.
pub(crate) fn check_ids<'a>(ids: impl Iterator<Item = &'a str>) -> Result<(), Failure> {
    let ids: Vec<&str> = ids.collect();
    if ids.is_empty() {
        return Err(batch_failure(
            "EmptyBatchRequest",
            "There should be at least one entry in the request.",
            "AWS.SimpleQueueService.EmptyBatchRequest;Sender",
        ));
    }
    if ids.len() > BATCH_MAX {
        return Err(batch_failure(
            "TooManyEntriesInBatchRequest",
            "Maximum number of entries per request are 10.",
            "AWS.SimpleQueueService.TooManyEntriesInBatchRequest;Sender",
        ));
    }
    let in_id = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if ids
        .iter()
        .any(|id| id.is_empty() || id.len() > 80 || !id.bytes().all(in_id))
    {
        return Err(batch_failure(
            "InvalidBatchEntryId",
            "A batch entry id can only contain alphanumeric characters, hyphens and underscores.",
            "AWS.SimpleQueueService.InvalidBatchEntryId;Sender",
        ));
    }
    if ids.iter().collect::<BTreeSet<_>>().len() < ids.len() {
        return Err(batch_failure(
            "BatchEntryIdsNotDistinct",
            "Two or more batch entries in the request have the same id.",
            "AWS.SimpleQueueService.BatchEntryIdsNotDistinct;Sender",
        ));
    }
    Ok(())
}

/// Makes a failure of one of SQS's own kinds.
pub(crate) fn batch_failure(kind: &str, message: &str, query_error: &'static str) -> Failure {
    Failure::new(400, &format!("com.amazonaws.sqs#{kind}"), message).with_query_error(query_error)
}

/// Makes the failure of a parameter out of bounds.
pub(crate) fn invalid_value(message: &str) -> Failure {
    Failure::new(
        400,
        "com.amazon.coral.service#InvalidParameterValueException",
        message,
    )
    .with_query_error("InvalidParameterValue;Sender")
}
