//! Invitations: who may become a member of a tenant.

use jiff::Timestamp;
use kernel::limits::{INVITATIONS_SENT_MAX, INVITATIONS_WINDOW_S};
use kernel::time::plus_seconds;
use kernel::{ContentHash, EmailAddress, InvitationId, PersonId};
use serde::{Deserialize, Serialize};

use crate::keys::{InvitationKey, InvitationsSentKey, InvitedKey};
use crate::record::Record;
use crate::records::{PersonByEmailRecord, Window};
use crate::role::{Role, WebsiteRoles};

/// An invitation that nobody has accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InvitationRecord {
    /// Its id.
    pub id: InvitationId,
    /// The address that it was sent to.
    pub email: EmailAddress,
    /// What the person is going to be in the whole tenant.
    pub role: Role,
    /// What the person is going to be beside that on single websites.
    #[serde(default, skip_serializing_if = "WebsiteRoles::is_empty")]
    pub websites: WebsiteRoles,
    /// Who sent the newest link. It is good for as long as that person runs the tenant.
    pub invited_by: PersonId,
    /// When it was made.
    pub invited_at: Timestamp,
    /// When the newest link ends.
    pub ends_at: Timestamp,
    /// The number of the newest link: those before are not good any more.
    pub number: u64,
}

impl InvitationRecord {
    /// Returns what keeps the address from being invited twice.
    pub fn invited(&self) -> InvitedRecord {
        InvitedRecord {
            email: PersonByEmailRecord::digest(&self.email),
            invitation_id: self.id,
        }
    }
}

impl Record for InvitationRecord {
    type Key = InvitationKey;
    const SHOWN: &'static [&'static str] = &[
        "role",
        "websites",
        "invitedBy",
        "invitedAt",
        "endsAt",
        "number",
    ];

    fn key(&self) -> Self::Key {
        InvitationKey {
            invitation: self.id,
        }
    }
}

/// An address that is invited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InvitedRecord {
    /// The hash of the address.
    pub email: ContentHash,
    /// The invitation.
    pub invitation_id: InvitationId,
}

impl Record for InvitedRecord {
    type Key = InvitedKey;

    fn key(&self) -> Self::Key {
        InvitedKey { email: self.email }
    }
}

/// How many links to become a member a tenant had sent, in the newest window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct InvitationsSentRecord {
    /// When the window began.
    pub(crate) since: Timestamp,
    /// How many were sent in it.
    pub(crate) count: u32,
}

impl InvitationsSentRecord {
    /// Returns the count with one more at `now`. The error is when there may be another one.
    pub(crate) fn one_more(before: Option<&Self>, now: Timestamp) -> Result<Self, Timestamp> {
        let window = Window {
            life_s: INVITATIONS_WINDOW_S,
            max: INVITATIONS_SENT_MAX,
        };
        let before = before.map(|before| (before.since, before.count));
        let (since, count) = window.one_more(before, now)?;
        Ok(Self { since, count })
    }
}

impl Record for InvitationsSentRecord {
    type Key = InvitationsSentKey;

    fn key(&self) -> Self::Key {
        InvitationsSentKey {}
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(plus_seconds(self.since, INVITATIONS_WINDOW_S))
    }
}
