//! Sending some events by every way out that is theirs.

use std::collections::{BTreeMap, BTreeSet};

use events::{Consumer, Envelope};

use crate::batches::batches;
use crate::outlets::{BusEntry, Outlets, QueueEntry, bus_entry, queue_entries};

/// Sends `envelopes` and returns the positions of those that did not leave by every way; of these,
/// some messages may have left.
pub(crate) async fn send(outlets: &Outlets, envelopes: &[Envelope]) -> BTreeSet<usize> {
    let mut failed = BTreeSet::new();
    let mut queues: BTreeMap<Consumer, Vec<QueueEntry>> = BTreeMap::new();
    for (event, envelope) in envelopes.iter().enumerate() {
        match queue_entries(event, envelope) {
            Ok(entries) => {
                for (consumer, entry) in entries {
                    queues.entry(consumer).or_default().push(entry);
                }
            }
            Err(error) => {
                tracing::error!(event.id = %envelope.id, error = %error, "an event has no text");
                failed.insert(event);
            }
        }
    }
    for (consumer, entries) in queues {
        for batch in batches(entries, QueueEntry::bytes) {
            let unsent = outlets.enqueue(consumer, &batch).await;
            let events = unsent.positions.iter().filter_map(|at| batch.get(*at));
            note(
                &mut failed,
                events.map(|entry| entry.event),
                consumer.name(),
                &unsent.why,
            );
        }
    }
    let entries: Vec<BusEntry> = envelopes
        .iter()
        .enumerate()
        .map(|(event, envelope)| bus_entry(event, envelope))
        .collect();
    for batch in batches(entries, BusEntry::bytes) {
        let unsent = outlets.publish(&batch).await;
        let events = unsent.positions.iter().filter_map(|at| batch.get(*at));
        note(
            &mut failed,
            events.map(|entry| entry.event),
            "bus",
            &unsent.why,
        );
    }
    failed
}

fn note(
    failed: &mut BTreeSet<usize>,
    events: impl Iterator<Item = usize>,
    outlet: &str,
    why: &str,
) {
    let before = failed.len();
    failed.extend(events);
    if failed.len() > before {
        tracing::warn!(outlet, why, "events did not leave");
    }
}
