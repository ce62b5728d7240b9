//! A message as its reader sees it. It must never know how messages are stored.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::services::protocol::json;
use crate::services::sqs::checksum;

const SENDER: &str = "AIDALOCAL";

/// A message of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueMessage {
    /// Its id.
    pub message_id: String,
    /// What deletes it after this receipt.
    pub receipt_handle: String,
    /// What it says.
    pub body: String,
    /// The checksum of the body.
    pub md5_of_body: String,
    /// `{name: {"DataType", "StringValue" or "BinaryValue" (base64)}}`.
    pub message_attributes: Value,
    /// The group that shares the queue with others.
    pub group_id: Option<String>,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// When it was first received.
    pub first_received_at: Option<Timestamp>,
    /// How often it was received.
    pub receive_count: u32,
    /// When it is to be received (again).
    pub visible_at: Timestamp,
    /// The queue that it was moved from, if this is a dead-letter queue.
    pub dead_letter_source_arn: Option<String>,
}

impl QueueMessage {
    /// Returns the record that Lambda gives a function for this message.
    pub fn to_event_record(&self, queue_arn: &str, region: &str) -> Value {
        let mut record = json!({
            "messageId": self.message_id,
            "receiptHandle": self.receipt_handle,
            "body": self.body,
            "attributes": self.system_attributes(),
            "messageAttributes": self.lambda_attributes(),
            "md5OfBody": self.md5_of_body,
            "eventSource": "aws:sqs",
            "eventSourceARN": queue_arn,
            "awsRegion": region,
        });
        if let Some(checksum) = checksum::of_attributes(&self.message_attributes) {
            json::set(&mut record, "md5OfMessageAttributes", checksum);
        }
        record
    }

    /// Returns what SQS knows about the message.
    pub(crate) fn system_attributes(&self) -> Map<String, Value> {
        let first = self.first_received_at.unwrap_or(self.sent_at);
        let mut attributes = Map::new();
        let mut set = |name: &str, value: String| {
            attributes.insert(name.to_owned(), Value::from(value));
        };
        set("ApproximateReceiveCount", self.receive_count.to_string());
        set("SentTimestamp", self.sent_at.as_millisecond().to_string());
        set("SenderId", SENDER.to_owned());
        set(
            "ApproximateFirstReceiveTimestamp",
            first.as_millisecond().to_string(),
        );
        if let Some(group) = &self.group_id {
            set("MessageGroupId", group.clone());
        }
        if let Some(source) = &self.dead_letter_source_arn {
            set("DeadLetterQueueSourceArn", source.clone());
        }
        attributes
    }

    fn lambda_attributes(&self) -> Map<String, Value> {
        let attributes = self.message_attributes.as_object().into_iter().flatten();
        let renamed = attributes.map(|(name, attribute)| {
            let mut record = json!({
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": attribute.get("DataType"),
            });
            for (from, to) in [
                ("StringValue", "stringValue"),
                ("BinaryValue", "binaryValue"),
            ] {
                if let Some(value) = attribute.get(from) {
                    json::set(&mut record, to, value.clone());
                }
            }
            (name.clone(), record)
        });
        renamed.collect()
    }
}
