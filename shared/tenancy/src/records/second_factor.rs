//! What a person has beside a password.

use jiff::Timestamp;
use kernel::ContentHash;
use serde::{Deserialize, Serialize};

/// The second factor of a person: an authenticator that is in use, and one that is set up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecondFactor {
    /// The one whose codes are asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authenticator: Option<Authenticator>,
    /// The one that takes its place with its first code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enrollment: Option<Enrollment>,
}

impl SecondFactor {
    /// Returns whether there is nothing of it.
    pub fn is_empty(&self) -> bool {
        self.authenticator.is_none() && self.enrollment.is_none()
    }
}

/// An authenticator that is in use: it makes codes of the time (RFC 6238).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Authenticator {
    /// What its secret is made of, beside what the platform keeps to itself.
    pub nonce: ContentHash,
    /// Since when it is in use.
    pub since: Timestamp,
    /// The newest time step of which a code was taken: none of it or of one before is taken again
    /// (RFC 6238 §5.2).
    pub used_step: u64,
    /// The hashes of the recovery codes that were not used.
    pub recovery_codes: Vec<ContentHash>,
}

/// An authenticator that is set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Enrollment {
    /// What its secret and its recovery codes are made of, beside what the platform keeps to itself.
    pub nonce: ContentHash,
    /// Until when its first code may come.
    pub ends_at: Timestamp,
}
