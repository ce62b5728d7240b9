//! The ways out: the consumers' queues and the bus.

mod aws;

use std::collections::BTreeSet;

use events::{Consumer, Envelope};
use kernel::TenantId;

pub(crate) use aws::Outlets;

/// A message for a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QueueEntry {
    /// Which of the events at hand it carries.
    pub(crate) event: usize,
    /// Which of the event's deliveries it is.
    pub(crate) ordinal: usize,
    /// The event.
    pub(crate) body: String,
    /// Its tenant, whose messages queue up behind each other and nobody else's.
    pub(crate) group: TenantId,
    /// How long it stays in the queue, in seconds.
    pub(crate) delay_s: u32,
}

/// An event for the bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BusEntry {
    /// Which of the events at hand it is.
    pub(crate) event: usize,
    /// Its type.
    pub(crate) kind: &'static str,
    /// The event as others see it.
    pub(crate) detail: String,
}

/// Why a batch did not leave, or not all of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Unsent {
    /// The positions, in the batch, of what did not leave.
    pub(crate) positions: BTreeSet<usize>,
    /// Why, for the log.
    pub(crate) why: String,
}

impl QueueEntry {
    /// Returns how much of a batch it takes, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        // The attribute that numbers deliveries: its name, type and value.
        const ATTRIBUTE: usize = 32;
        self.body.len() + ATTRIBUTE
    }
}

impl BusEntry {
    /// Returns how much of a batch it takes, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        // The source, and the time that the bus adds.
        const FRAME: usize = 32;
        self.detail.len() + self.kind.len() + FRAME
    }
}

impl Unsent {
    /// Nothing of a batch of `count` left.
    pub(crate) fn all(count: usize, why: String) -> Self {
        Self {
            positions: (0..count).collect(),
            why,
        }
    }
}

/// Makes the queue's entries of an event.
pub(crate) fn queue_entries(
    event: usize,
    envelope: &Envelope,
) -> Result<Vec<(Consumer, QueueEntry)>, serde_json::Error> {
    let deliveries = envelope.event.deliveries();
    if deliveries.is_empty() {
        return Ok(Vec::new());
    }
    let body = serde_json::to_string(envelope)?;
    let entries = deliveries.iter().enumerate().map(|(ordinal, delivery)| {
        let entry = QueueEntry {
            event,
            ordinal,
            body: body.clone(),
            group: envelope.tenant_id,
            delay_s: delivery.delay_s,
        };
        (delivery.consumer, entry)
    });
    Ok(entries.collect())
}

/// Makes the bus's entry of an event.
pub(crate) fn bus_entry(event: usize, envelope: &Envelope) -> BusEntry {
    BusEntry {
        event,
        kind: envelope.event.kind(),
        detail: envelope.to_cloud_event().to_string(),
    }
}
