//! The ways out over SQS and EventBridge. Both may take part of a batch and answer that all is
//! well, so every entry's own result is looked at.

use std::collections::BTreeSet;

use aws_sdk_eventbridge::operation::put_events::PutEventsOutput;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};
use aws_sdk_sqs::error::{BuildError, DisplayErrorContext};
use aws_sdk_sqs::operation::send_message_batch::SendMessageBatchOutput;
use aws_sdk_sqs::types::{
    MessageAttributeValue, SendMessageBatchRequestEntry, SendMessageBatchResultEntry,
};
use events::Consumer;

use crate::outlets::{BusEntry, QueueEntry, Unsent};

/// What our events say of where they come from.
const SOURCE: &str = "hotswap";

/// The attribute that tells an event's deliveries apart.
const ORDINAL: &str = "ordinal";

/// SQS and EventBridge. Both say of every entry whether it left.
#[derive(Debug)]
pub(crate) struct Outlets {
    sqs: aws_sdk_sqs::Client,
    bus: aws_sdk_eventbridge::Client,
    queues: Vec<(Consumer, String)>,
    bus_name: String,
}

impl Outlets {
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

    /// Sends one batch to a consumer's queue.
    pub(crate) async fn enqueue(&self, consumer: Consumer, batch: &[QueueEntry]) -> Unsent {
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
            Ok(output) => unsent_of_queue(batch.len(), &output),
            Err(error) => Unsent::all(batch.len(), DisplayErrorContext(&error).to_string()),
        }
    }

    /// Puts one batch on the bus.
    pub(crate) async fn publish(&self, batch: &[BusEntry]) -> Unsent {
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
            Ok(output) => unsent_of_bus(batch.len(), &output),
            Err(error) => Unsent::all(batch.len(), DisplayErrorContext(&error).to_string()),
        }
    }
}

/// Reads what left out of a queue's answer: it names what it took, by the entries' own ids.
fn unsent_of_queue(count: usize, output: &SendMessageBatchOutput) -> Unsent {
    let taken: BTreeSet<&str> = output
        .successful()
        .iter()
        .map(SendMessageBatchResultEntry::id)
        .collect();
    let reasons = output
        .failed()
        .iter()
        .map(|entry| format!("{}: {}", entry.code(), entry.message().unwrap_or_default()));
    Unsent {
        positions: (0..count)
            .filter(|position| !taken.contains(position.to_string().as_str()))
            .collect(),
        why: reasons.collect::<Vec<_>>().join(", "),
    }
}

/// Reads what left out of the bus's answer: results come in the order of the entries, and one that
/// left has an id.
fn unsent_of_bus(count: usize, output: &PutEventsOutput) -> Unsent {
    let results = output.entries();
    let has_left = |position: &usize| {
        results
            .get(*position)
            .is_some_and(|result| result.event_id().is_some())
    };
    let reasons = results.iter().filter_map(PutEventsResultEntry::error_code);
    Unsent {
        positions: (0..count).filter(|position| !has_left(position)).collect(),
        why: reasons.collect::<Vec<_>>().join(", "),
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

    use aws_sdk_eventbridge::operation::put_events::PutEventsOutput;
    use aws_sdk_eventbridge::types::PutEventsResultEntry;
    use aws_sdk_sqs::operation::send_message_batch::SendMessageBatchOutput;
    use aws_sdk_sqs::types::{BatchResultErrorEntry, SendMessageBatchResultEntry};

    use super::{unsent_of_bus, unsent_of_queue};

    #[test]
    fn a_message_that_the_queue_does_not_name_did_not_leave() {
        let mut output = SendMessageBatchOutput::builder().set_failed(Some(Vec::new()));
        for id in ["2", "0"] {
            let taken = SendMessageBatchResultEntry::builder()
                .id(id)
                .message_id("m")
                .md5_of_message_body("d")
                .build()
                .unwrap();
            output = output.successful(taken);
        }
        let refused = BatchResultErrorEntry::builder()
            .id("1")
            .code("InternalError")
            .sender_fault(false)
            .build()
            .unwrap();
        let unsent = unsent_of_queue(4, &output.failed(refused).build().unwrap());
        assert_eq!(unsent.positions, BTreeSet::from([1, 3]));
        assert_eq!(unsent.why, "InternalError: ");
    }

    #[test]
    fn an_event_without_an_id_did_not_leave() {
        let taken = PutEventsResultEntry::builder().event_id("e").build();
        let refused = PutEventsResultEntry::builder()
            .error_code("ThrottlingException")
            .build();
        let output = PutEventsOutput::builder()
            .failed_entry_count(1)
            .entries(taken.clone())
            .entries(refused)
            .entries(taken)
            .build();
        let unsent = unsent_of_bus(4, &output);
        assert_eq!(unsent.positions, BTreeSet::from([1, 3]));
        assert_eq!(unsent.why, "ThrottlingException");
    }
}
