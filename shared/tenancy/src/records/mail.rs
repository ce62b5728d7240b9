//! Mail to people: what was sent, and how much was asked for.

use jiff::Timestamp;
use kernel::ContentHash;
use kernel::limits::{LINKS_ASKED_MAX, LINKS_WINDOW_S, MAIL_LIFE_S};
use kernel::time::plus_seconds;
use serde::{Deserialize, Serialize};

use crate::keys::{LinksAskedKey, MailKey, MailLeaseKey};
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

/// What links are for that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum LinkKind {
    /// To set another password.
    Reset,
    /// To prove an e-mail address.
    Verification,
}

/// How many links of a kind to an e-mail address were asked for, in the newest window: of an address that is
/// somebody's, and of one that is nobody's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LinksAskedRecord {
    /// The hash of the address.
    pub(crate) email: ContentHash,
    /// What they are for.
    pub(crate) kind: LinkKind,
    /// When the window began.
    pub(crate) since: Timestamp,
    /// How many were asked for in it.
    pub(crate) count: u32,
}

impl LinksAskedRecord {
    /// Returns the key of the count of a kind of links to an address.
    pub(crate) fn key_of(email: ContentHash, kind: LinkKind) -> LinksAskedKey {
        let kind = match kind {
            LinkKind::Reset => "reset",
            LinkKind::Verification => "verification",
        };
        LinksAskedKey { email, kind }
    }

    /// Returns the count with one more at `now`; `None` where there were enough.
    pub(crate) fn one_more(
        email: ContentHash,
        kind: LinkKind,
        before: Option<&Self>,
        now: Timestamp,
    ) -> Option<Self> {
        let in_window = |before: &&Self| now < plus_seconds(before.since, LINKS_WINDOW_S);
        let (since, count) = before
            .filter(in_window)
            .map_or((now, 0), |before| (before.since, before.count));
        (count < LINKS_ASKED_MAX).then_some(Self {
            email,
            kind,
            since,
            count: count + 1,
        })
    }
}

impl Record for LinksAskedRecord {
    type Key = LinksAskedKey;

    fn key(&self) -> Self::Key {
        Self::key_of(self.email, self.kind)
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(plus_seconds(self.since, LINKS_WINDOW_S))
    }
}
