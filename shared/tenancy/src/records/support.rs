//! Support sessions: a tenant's leave for operators to act in it.

use jiff::Timestamp;
use kernel::limits::SUPPORT_LIFE_S;
use kernel::time::plus_seconds;
use kernel::{PersonId, SupportId};
use serde::{Deserialize, Serialize};

use crate::keys::SupportKey;
use crate::record::Record;

/// A support session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SupportRecord {
    /// Its id.
    pub id: SupportId,
    /// What operators are let in for.
    pub reason: String,
    /// Whether they may change something.
    pub may_change: bool,
    /// Who let them in, and in whose name they act.
    pub created_by: PersonId,
    /// Since when they are let in.
    pub began_at: Timestamp,
    /// Until when.
    pub ends_at: Timestamp,
    /// When it was ended before that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

impl SupportRecord {
    /// Returns whether operators are let in at `now`.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.ends_at
    }
}

impl Record for SupportRecord {
    type Key = SupportKey;
    const SHOWN: &'static [&'static str] = &[
        "reason",
        "mayChange",
        "createdBy",
        "beganAt",
        "endsAt",
        "endedAt",
    ];

    fn key(&self) -> Self::Key {
        SupportKey { support: self.id }
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(plus_seconds(self.began_at, SUPPORT_LIFE_S))
    }
}
