//! How often something was done lately that may be done so often, and from where people were let in.

use jiff::Timestamp;
use kernel::ContentHash;
use kernel::limits::{
    ATTEMPTS_MAX, ATTEMPTS_WINDOW_S, CODES_MAX, CODES_WINDOW_S, FAILURES_MAX, FAILURES_WINDOW_S,
    LINKS_ASKED_MAX, LINKS_WINDOW_S, NETWORK_FAILURES_MAX, NETWORK_KNOWN_S,
};
use kernel::time::plus_seconds;
use serde::{Deserialize, Serialize};

use crate::keys::{KnownNetworkKey, RateKey};
use crate::record::Record;

/// A window, which begins with the first that is counted in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    /// How long it is, in seconds.
    pub(crate) life_s: i64,
    /// How many there may be in it.
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

/// What is counted of somebody or something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Counted {
    /// Links to an e-mail address that set another password.
    ResetLinks,
    /// Links that prove an e-mail address.
    VerificationLinks,
    /// Links to an e-mail address that make somebody a member.
    InvitationLinks,
    /// Passwords that were tried for an e-mail address from a network, since the last right one.
    Attempts,
    /// Wrong passwords for an e-mail address, from everywhere.
    Failures,
    /// Wrong passwords from a network, for every e-mail address.
    NetworkFailures,
    /// Codes that were tried for a person, since the last right one.
    Codes,
}

impl Counted {
    /// Returns how many there may be.
    pub(crate) fn window(self) -> Window {
        let (life_s, max) = match self {
            Self::ResetLinks | Self::VerificationLinks | Self::InvitationLinks => {
                (LINKS_WINDOW_S, LINKS_ASKED_MAX)
            }
            Self::Attempts => (ATTEMPTS_WINDOW_S, ATTEMPTS_MAX),
            Self::Failures => (FAILURES_WINDOW_S, FAILURES_MAX),
            Self::NetworkFailures => (FAILURES_WINDOW_S, NETWORK_FAILURES_MAX),
            Self::Codes => (CODES_WINDOW_S, CODES_MAX),
        };
        Window { life_s, max }
    }

    fn name(self) -> &'static str {
        match self {
            Self::ResetLinks => "resetLinks",
            Self::VerificationLinks => "verificationLinks",
            Self::InvitationLinks => "invitationLinks",
            Self::Attempts => "attempts",
            Self::Failures => "failures",
            Self::NetworkFailures => "networkFailures",
            Self::Codes => "codes",
        }
    }

    /// Returns the key of the count of them.
    pub(crate) fn of(self, of: ContentHash) -> RateKey {
        let what = self.name();
        RateKey { of, what }
    }
}

/// How many of something there were in the newest window: of what is somebody's, and of what is nobody's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RateRecord {
    /// The hash of whom or what they are counted of.
    pub(crate) of: ContentHash,
    /// What is counted.
    pub(crate) what: Counted,
    /// When the window began.
    pub(crate) since: Timestamp,
    /// How many there were in it.
    pub(crate) count: u32,
}

impl RateRecord {
    /// Returns the first count, of none.
    pub(crate) fn none(what: Counted, of: ContentHash, now: Timestamp) -> Self {
        Self {
            of,
            what,
            since: now,
            count: 0,
        }
    }

    /// Returns the count with one more at `now`. The error is when there may be another one.
    pub(crate) fn one_more(&self, now: Timestamp) -> Result<Self, Timestamp> {
        let before = Some((self.since, self.count));
        let (since, count) = self.what.window().one_more(before, now)?;
        Ok(Self {
            since,
            count,
            ..self.clone()
        })
    }
}

impl Record for RateRecord {
    type Key = RateKey;

    fn key(&self) -> Self::Key {
        self.what.of(self.of)
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(plus_seconds(self.since, self.what.window().life_s))
    }
}

/// A network from which whoever has an e-mail address proved to be that person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct KnownNetworkRecord {
    /// The hash of the address.
    pub(crate) email: ContentHash,
    /// The hash of the network.
    pub(crate) network: ContentHash,
    /// When that was, the last time that it was noted.
    pub(crate) seen_at: Timestamp,
}

impl KnownNetworkRecord {
    /// Returns until when the network is known.
    pub(crate) fn ends_at(&self) -> Timestamp {
        plus_seconds(self.seen_at, NETWORK_KNOWN_S)
    }
}

impl Record for KnownNetworkRecord {
    type Key = KnownNetworkKey;

    fn key(&self) -> Self::Key {
        KnownNetworkKey {
            email: self.email,
            network: self.network,
        }
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.ends_at())
    }
}
