//! The outbox: what the stream brings from it, and what a sweep finds in it.

use events::Envelope;
use serde_json::{Value, json};
use stream::{Record, item, key, report};
use tenancy::relay::{Relay, Sweep, Unreadable};
use tenancy::{Platform, StorageError};

use crate::batches::ENTRIES_MAX;
use crate::outlets::Outlets;
use crate::send::send;

/// Time that must remain for another part of a batch to be begun, in milliseconds.
const MARGIN_MS: u64 = 2_000;

/// Time that must remain for another part of a sweep to be begun, in milliseconds: a call of it may
/// wait for an answer that never comes, and how far the sweep came is noted after that.
const SWEEP_MARGIN_MS: u64 = 10_000;

/// Places of the due index that one sweep looks at: what four hours have. After a longer standstill
/// the sweeps catch up, each in bounded time.
const PLACES_MAX: usize = 1_000;

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
    /// Some items cannot be read: they stay in the outbox, and later sweeps pass them by.
    #[error("{count} of the overdue items cannot be read, first {first}")]
    Unreadable {
        /// How many.
        count: usize,
        /// The first one's key and what is wrong with it.
        first: String,
    },
    /// There was more than one sweep does.
    #[error("not all was looked at after {0} overdue events")]
    Unfinished(usize),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// What came of a sweep.
#[derive(Debug, Default)]
struct Tally {
    sent: usize,
    unsent: usize,
    unreadable: usize,
    first_unreadable: Option<String>,
}

impl Tally {
    fn result(self, is_over: bool) -> Result<Value, SweepError> {
        if self.unsent > 0 {
            return Err(SweepError::Unsent(self.unsent));
        }
        if let Some(first) = self.first_unreadable {
            let count = self.unreadable;
            return Err(SweepError::Unreadable { count, first });
        }
        if !is_over {
            return Err(SweepError::Unfinished(self.sent));
        }
        Ok(json!({ "sent": self.sent }))
    }
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
    pub(crate) async fn relay(&self, records: Vec<Record>, deadline_ms: u64) -> Value {
        let (waiting, unreadable) = read(records);
        let mut rest = waiting;
        while !rest.is_empty() {
            if !self.has_time(deadline_ms, MARGIN_MS) {
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

    /// Sends what waited too long. All that can leave does, whatever else cannot; and what there is
    /// no time for is the next sweep's.
    pub(crate) async fn sweep(&self, deadline_ms: u64) -> Result<Value, SweepError> {
        let mut sweep = self.relay.sweep().await?;
        let mut tally = Tally::default();
        let swept = self.sweep_on(&mut sweep, &mut tally, deadline_ms).await;
        // However far it came, that is done.
        self.relay.note(&sweep).await?;
        swept?;
        tally.result(sweep.is_over())
    }

    async fn sweep_on(
        &self,
        sweep: &mut Sweep,
        tally: &mut Tally,
        deadline_ms: u64,
    ) -> Result<(), StorageError> {
        for _ in 0..PLACES_MAX {
            if sweep.is_over() || !self.has_time(deadline_ms, SWEEP_MARGIN_MS) {
                return Ok(());
            }
            let overdue = self.relay.overdue(sweep).await?;
            for unreadable in &overdue.unreadable {
                let Unreadable { pk, sk, error } = unreadable;
                tracing::error!(pk, sk, error = %error, "an outbox item cannot be read");
                tally.unreadable += 1;
                tally.first_unreadable.get_or_insert(unreadable.to_string());
            }
            for events in overdue.events.chunks(ENTRIES_MAX) {
                if !self.has_time(deadline_ms, SWEEP_MARGIN_MS) {
                    return Ok(());
                }
                let failed = send(&self.outlets, events).await;
                for (position, event) in events.iter().enumerate() {
                    let has_left = !failed.contains(&position) && self.take_out(event).await;
                    sweep.pass(event, has_left);
                    if has_left {
                        tally.sent += 1;
                    } else {
                        tally.unsent += 1;
                    }
                }
            }
            sweep.pass_all(overdue);
        }
        Ok(())
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

    fn has_time(&self, deadline_ms: u64, margin_ms: u64) -> bool {
        let now = u64::try_from(self.platform.now().as_millisecond()).unwrap_or(0);
        deadline_ms == 0 || deadline_ms.saturating_sub(now) > margin_ms
    }
}

/// Reads records up to the first that cannot be read, and returns that one's sequence number.
fn read(records: Vec<Record>) -> (Vec<Waiting>, Option<String>) {
    let mut waiting = Vec::with_capacity(records.len());
    for record in records {
        let Some(image) = record.image else { continue };
        let sequence_number = record.sequence_number;
        let [pk, sk] = key(&image);
        let envelope = item(image)
            .map_err(|error| error.to_string())
            .and_then(|item| Relay::envelope(item).map_err(|error| error.to_string()));
        match envelope {
            Ok(envelope) => waiting.push(Waiting {
                sequence_number,
                envelope,
            }),
            Err(error) => {
                tracing::error!(
                    sequence_number,
                    pk,
                    sk,
                    error,
                    "an outbox item cannot be read"
                );
                return (waiting, Some(sequence_number));
            }
        }
    }
    (waiting, None)
}
