//! The outbox: what the stream brings from it, and what a sweep finds in it.

use events::Envelope;
use serde_json::{Value, json};
use tenancy::relay::Relay;
use tenancy::{Platform, StorageError};

use crate::batches::ENTRIES_MAX;
use crate::outlets::Outlets;
use crate::payload::{StreamRecord, item};
use crate::send::send;

/// Time that must remain for another part of a batch to be begun, in milliseconds.
const MARGIN_MS: u64 = 2_000;

/// The relay over its ways out.
pub(crate) struct Outbox {
    platform: Platform,
    relay: Relay,
    outlets: Outlets,
}

/// Why a sweep did not do all that was to be done; the next one goes on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SweepError {
    /// Some events did not leave.
    #[error("{0} of the overdue events did not leave")]
    Unsent(usize),
    /// Some items cannot be read: they stay in the outbox, and the next sweep passes them by.
    #[error("{0} of the overdue items cannot be read")]
    Unreadable(usize),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// An event with its place in the stream.
struct Waiting {
    sequence_number: String,
    envelope: Envelope,
}

impl Outbox {
    pub(crate) fn new(platform: Platform, outlets: Outlets) -> Self {
        Self {
            relay: Relay::new(platform.clone()),
            platform,
            outlets,
        }
    }

    /// Relays the stream's records in order, and reports the first that was not relayed: the
    /// stream comes again from there.
    pub(crate) async fn relay(&self, records: Vec<StreamRecord>, deadline_ms: u64) -> Value {
        let (waiting, unreadable) = read(records);
        let mut rest = waiting;
        while !rest.is_empty() {
            if !self.has_time(deadline_ms) {
                tracing::warn!(events = rest.len(), "no time left to relay");
                return report(rest.first().map(|first| first.sequence_number.clone()));
            }
            let later = rest.split_off(rest.len().min(ENTRIES_MAX));
            if let Some(failed) = self.relay_some(&rest).await {
                return report(Some(failed));
            }
            rest = later;
        }
        report(unreadable)
    }

    /// Sends what waited too long. All that can leave does, whatever else cannot.
    pub(crate) async fn sweep(&self) -> Result<Value, SweepError> {
        let sweep = self.relay.overdue().await?;
        let mut unsent = 0;
        for envelopes in sweep.overdue.chunks(ENTRIES_MAX) {
            let failed = send(&self.outlets, envelopes).await;
            for (position, envelope) in envelopes.iter().enumerate() {
                if failed.contains(&position) || !self.take_out(envelope).await {
                    unsent += 1;
                }
            }
        }
        if unsent > 0 {
            return Err(SweepError::Unsent(unsent));
        }
        self.relay.swept(&sweep).await?;
        for error in &sweep.unreadable {
            tracing::error!(error = %error, "an outbox item cannot be read");
        }
        if !sweep.unreadable.is_empty() {
            return Err(SweepError::Unreadable(sweep.unreadable.len()));
        }
        Ok(json!({ "sent": sweep.overdue.len() }))
    }

    /// Relays some records and returns the sequence number of the first that was not.
    async fn relay_some(&self, waiting: &[Waiting]) -> Option<String> {
        let envelopes: Vec<Envelope> = waiting
            .iter()
            .map(|record| record.envelope.clone())
            .collect();
        let failed = send(&self.outlets, &envelopes).await;
        for (position, record) in waiting.iter().enumerate() {
            if failed.contains(&position) || !self.take_out(&record.envelope).await {
                return Some(record.sequence_number.clone());
            }
        }
        None
    }

    /// Takes an event that left out of the outbox.
    async fn take_out(&self, envelope: &Envelope) -> bool {
        match self.relay.sent(envelope).await {
            Ok(()) => {
                tracing::info!(
                    tenant.id = %envelope.tenant_id,
                    request.id = envelope.request_id,
                    event.id = %envelope.id,
                    event.kind = envelope.event.kind(),
                    "relayed"
                );
                true
            }
            Err(error) => {
                tracing::warn!(
                    tenant.id = %envelope.tenant_id,
                    request.id = envelope.request_id,
                    event.id = %envelope.id,
                    error = %error,
                    "an event left but is still in the outbox"
                );
                false
            }
        }
    }

    fn has_time(&self, deadline_ms: u64) -> bool {
        let now = u64::try_from(self.platform.now().as_millisecond()).unwrap_or(0);
        deadline_ms == 0 || deadline_ms.saturating_sub(now) > MARGIN_MS
    }
}

/// Reads records up to the first that cannot be read, and returns that one's sequence number.
fn read(records: Vec<StreamRecord>) -> (Vec<Waiting>, Option<String>) {
    let mut waiting = Vec::with_capacity(records.len());
    for record in records {
        let Some(image) = record.image else { continue };
        let sequence_number = record.sequence_number;
        let envelope = item(image)
            .map_err(|error| error.to_string())
            .and_then(|item| Relay::envelope(item).map_err(|error| error.to_string()));
        match envelope {
            Ok(envelope) => waiting.push(Waiting {
                sequence_number,
                envelope,
            }),
            Err(error) => {
                tracing::error!(sequence_number, error, "an outbox item cannot be read");
                return (waiting, Some(sequence_number));
            }
        }
    }
    (waiting, None)
}

fn report(first_failed: Option<String>) -> Value {
    let failures: Vec<Value> = first_failed
        .map(|number| json!({ "itemIdentifier": number }))
        .into_iter()
        .collect();
    json!({ "batchItemFailures": failures })
}
