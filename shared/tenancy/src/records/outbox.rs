//! Events that wait, messages that were dealt with, requests that were made.

use events::Envelope;
use jiff::Timestamp;
use kernel::ContentHash;
use kernel::limits::{IDEMPOTENCY_LIFE_S, INBOX_LIFE_S};
use kernel::time::plus_seconds;
use serde::{Deserialize, Serialize};

use crate::keys::{IdempotencyKey, InboxKey, OpenIdempotencyKey, OutboxKey, SweepKey};
use crate::record::Record;

/// An event that waits to be sent, as the text that will be sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct OutboxRecord {
    pub(crate) envelope: Envelope,
}

impl Record for OutboxRecord {
    type Key = OutboxKey;

    fn key(&self) -> Self::Key {
        OutboxKey {
            event: self.envelope.id,
        }
    }
}

/// That a consumer has dealt with a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct InboxRecord {
    #[serde(skip)]
    pub(crate) consumer: &'static str,
    pub(crate) message: String,
    pub(crate) seen_at: Timestamp,
}

impl Record for InboxRecord {
    type Key = InboxKey;

    fn key(&self) -> Self::Key {
        InboxKey {
            consumer: self.consumer,
            message: self.message.clone(),
        }
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(plus_seconds(self.seen_at, INBOX_LIFE_S))
    }
}

/// What is needed to answer a repeated request as the first was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IdempotencyRecord {
    /// What stands for the caller, the operation and the key.
    pub digest: ContentHash,
    /// What stands for what was sent: the request's body and the version it means.
    pub fingerprint: ContentHash,
    /// What is needed to answer the request again, such as the id of what it made.
    pub outcome: String,
    /// When the request was made.
    pub made_at: Timestamp,
}

impl Record for IdempotencyRecord {
    type Key = IdempotencyKey;

    fn key(&self) -> Self::Key {
        IdempotencyKey {
            digest: self.digest,
        }
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(plus_seconds(self.made_at, IDEMPOTENCY_LIFE_S))
    }
}

/// The same for requests that were made before there was a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct OpenIdempotencyRecord(pub(crate) IdempotencyRecord);

impl Record for OpenIdempotencyRecord {
    type Key = OpenIdempotencyKey;

    fn key(&self) -> Self::Key {
        OpenIdempotencyKey {
            digest: self.0.digest,
        }
    }

    fn expires_at(&self) -> Option<Timestamp> {
        self.0.expires_at()
    }
}

/// How far the sweeper has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SweepRecord {
    /// The minute before which nothing waits that can be read.
    pub(crate) minute: i64,
    /// Where the next sweep goes on, if the last one did not come to now: later than `minute`, where
    /// something had to be left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<DuePlace>,
}

/// A place in the due index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DuePlace {
    pub(crate) minute: i64,
    pub(crate) shard: u8,
    /// The line after which it is; the first one where it is missing.
    pub(crate) after: Option<String>,
}

impl Record for SweepRecord {
    type Key = SweepKey;

    fn key(&self) -> Self::Key {
        SweepKey {
            kind: crate::relay::OUTBOX,
        }
    }
}
