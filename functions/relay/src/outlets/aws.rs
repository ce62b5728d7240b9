//! The ways out over SQS and EventBridge. Both may take part of a batch and answer that all is
//! well, so every entry's own result is looked at.

use std::collections::BTreeSet;

use async_trait::async_trait;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_sdk_sqs::error::{BuildError, DisplayErrorContext};
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
use events::Consumer;

use crate::outlets::{BusEntry, Outlets, QueueEntry, Unsent};

/// What our events say of where they come from.
const SOURCE: &str = "hotswap";

/// The attribute that tells an event's deliveries apart.
const ORDINAL: &str = "ordinal";

/// SQS and EventBridge.
#[derive(Debug)]
pub(crate) struct AwsOutlets {
    sqs: aws_sdk_sqs::Client,
    bus: aws_sdk_eventbridge::Client,
    queues: Vec<(Consumer, String)>,
    bus_name: String,
}

impl AwsOutlets {
    pub(crate) fn new(
        sqs: aws_sdk_sqs::Client,
        bus: aws_sdk_eventbridge::Client,
        queues: Vec<(Consumer, String)>,
        bus_name: &str,
    ) -> Self {
        Self {
            sqs,
            bus,
            queues,
            bus_name: bus_name.to_owned(),
        }
    }
}

#[async_trait]
impl Outlets for AwsOutlets {
    async fn enqueue(&self, consumer: Consumer, batch: &[QueueEntry]) -> Unsent {
        let Some((_, url)) = self.queues.iter().find(|(of, _)| *of == consumer) else {
            return Unsent::all(batch.len(), "the consumer has no queue".to_owned());
        };
        let entries = batch
            .iter()
            .enumerate()
            .map(|(position, entry)| message(position, entry));
        let entries = match entries.collect::<Result<Vec<_>, _>>() {
            Ok(entries) => entries,
            Err(error) => return Unsent::all(batch.len(), error.to_string()),
        };
        let sent = self
            .sqs
            .send_message_batch()
            .queue_url(url)
            .set_entries(Some(entries))
            .send()
            .await;
        match sent {
            Ok(output) => {
                let taken = output
                    .successful()
                    .iter()
                    .map(|entry| entry.id().to_owned());
                let why = output
                    .failed()
                    .iter()
                    .map(|entry| format!("{}: {}", entry.code(), entry.message().unwrap_or("")))
                    .collect::<Vec<_>>()
                    .join(", ");
                missing(batch.len(), &taken.collect(), why)
            }
            Err(error) => Unsent::all(batch.len(), DisplayErrorContext(&error).to_string()),
        }
    }

    async fn publish(&self, batch: &[BusEntry]) -> Unsent {
        let entries = batch.iter().map(|entry| {
            PutEventsRequestEntry::builder()
                .event_bus_name(&self.bus_name)
                .source(SOURCE)
                .detail_type(entry.kind)
                .detail(&entry.detail)
                .build()
        });
        let sent = self
            .bus
            .put_events()
            .set_entries(Some(entries.collect()))
            .send()
            .await;
        match sent {
            // Results come in the order of the entries; an entry without one did not leave.
            Ok(output) => {
                let taken = output
                    .entries()
                    .iter()
                    .enumerate()
                    .filter(|(_, entry)| entry.event_id().is_some())
                    .map(|(position, _)| position.to_string());
                let why = output
                    .entries()
                    .iter()
                    .filter_map(|entry| entry.error_code())
                    .collect::<Vec<_>>()
                    .join(", ");
                missing(batch.len(), &taken.collect(), why)
            }
            Err(error) => Unsent::all(batch.len(), DisplayErrorContext(&error).to_string()),
        }
    }
}

/// Returns the entries of a batch of `count` that are not among those `taken`.
fn missing(count: usize, taken: &BTreeSet<String>, why: String) -> Unsent {
    Unsent {
        positions: (0..count)
            .filter(|position| !taken.contains(&position.to_string()))
            .collect(),
        why,
    }
}

fn message(
    position: usize,
    entry: &QueueEntry,
) -> Result<SendMessageBatchRequestEntry, BuildError> {
    let ordinal = MessageAttributeValue::builder()
        .data_type("String")
        .string_value(entry.ordinal.to_string())
        .build()?;
    SendMessageBatchRequestEntry::builder()
        .id(position.to_string())
        .message_body(&entry.body)
        .message_group_id(entry.group.to_string())
        .delay_seconds(i32::try_from(entry.delay_s).unwrap_or(i32::MAX))
        .message_attributes(ORDINAL, ordinal)
        .build()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::missing;

    #[test]
    fn an_entry_without_a_good_result_did_not_leave() {
        let taken = BTreeSet::from(["0".to_owned(), "2".to_owned(), "9".to_owned()]);
        let unsent = missing(4, &taken, "why".to_owned());
        assert_eq!(unsent.positions, BTreeSet::from([1, 3]));
        assert_eq!(
            missing(0, &BTreeSet::new(), String::new()).positions.len(),
            0
        );
    }
}
