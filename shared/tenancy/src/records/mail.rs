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
    /// To become a member of a tenant.
    Invitation,
}

/// Something that may happen so often in a window, which begins with the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    /// How long it is, in seconds.
    pub(crate) life_s: i64,
    /// How often it may happen in it.
    pub(crate) max: u32,
}

impl Window {
    /// Counts one more at `now`, after `before`: since when, and how many. The error is when the window ends
    /// in which there were enough.
    pub(crate) fn one_more(
        self,
        before: Option<(Timestamp, u32)>,
        now: Timestamp,
    ) -> Result<(Timestamp, u32), Timestamp> {
        let end = |since| plus_seconds(since, self.life_s);
        let (since, count) = before
            .filter(|(since, _)| now < end(*since))
            .unwrap_or((now, 0));
        if count < self.max {
            Ok((since, count.saturating_add(1)))
        } else {
            Err(end(since))
        }
    }
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
            LinkKind::Invitation => "invitation",
        };
        LinksAskedKey { email, kind }
    }

    /// Returns the count with one more at `now`. The error is when there may be another one.
    pub(crate) fn one_more(
        email: ContentHash,
        kind: LinkKind,
        before: Option<&Self>,
        now: Timestamp,
    ) -> Result<Self, Timestamp> {
        let window = Window {
            life_s: LINKS_WINDOW_S,
            max: LINKS_ASKED_MAX,
        };
        let before = before.map(|before| (before.since, before.count));
        let (since, count) = window.one_more(before, now)?;
        Ok(Self {
            email,
            kind,
            since,
            count,
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
