//! Mail to people: what was sent.

use jiff::Timestamp;
use kernel::limits::MAIL_LIFE_S;
use kernel::time::plus_seconds;
use serde::{Deserialize, Serialize};

use crate::keys::{MailKey, MailLeaseKey};
use crate::record::Record;

/// A mail that was sent, without its text and its address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MailRecord {
    /// The message that asked for it, the same however often it comes.
    pub message: String,
    /// When it was taken for delivery.
    pub sent_at: Timestamp,
}

impl Record for MailRecord {
    type Key = MailKey;

    fn key(&self) -> Self::Key {
        MailKey {
            message: self.message.clone(),
        }
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(plus_seconds(self.sent_at, MAIL_LIFE_S))
    }
}

/// A mail that an environment is about to send. It goes when the mail was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MailLeaseRecord {
    /// The message that asked for it.
    pub message: String,
    /// When another environment may try.
    pub until: Timestamp,
}

impl Record for MailLeaseRecord {
    type Key = MailLeaseKey;

    fn key(&self) -> Self::Key {
        MailLeaseKey {
            message: self.message.clone(),
        }
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.until)
    }
}
