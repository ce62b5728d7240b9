//! What was counted of a tenant that nobody does by right, and what it says of being suspended for it.

use jiff::Timestamp;
use kernel::PersonId;
use kernel::limits::APPEAL_LIFE_S;
use kernel::time::plus_seconds;
use serde::{Deserialize, Serialize};

use crate::abuse::AbuseCounts;
use crate::keys::{AbuseKey, AppealKey};
use crate::rate_plan::Period;
use crate::record::Record;

/// What was counted within an hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AbuseRecord {
    /// When the hour began.
    pub(crate) hour: Timestamp,
    /// The place in the table's stream up to which it is counted.
    pub(crate) through: String,
    /// What there was.
    pub(crate) counts: AbuseCounts,
}

impl Record for AbuseRecord {
    type Key = AbuseKey;

    fn key(&self) -> Self::Key {
        AbuseKey {}
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(plus_seconds(self.hour, Period::Day.seconds()))
    }
}

/// An appeal against a suspension: one of each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AppealRecord {
    /// When the tenant was suspended, in seconds since 1970.
    pub suspension: i64,
    /// Who appeals.
    pub appealed_by: PersonId,
    /// When.
    pub appealed_at: Timestamp,
    /// What for.
    pub text: String,
}

impl AppealRecord {
    /// Returns the key of the appeal against the suspension that began then.
    pub fn key_of(suspended_at: Timestamp) -> AppealKey {
        AppealKey {
            suspension: suspended_at.as_second(),
        }
    }
}

impl Record for AppealRecord {
    type Key = AppealKey;
    const SHOWN: &'static [&'static str] = &["suspension", "appealedBy", "appealedAt"];

    fn key(&self) -> Self::Key {
        AppealKey {
            suspension: self.suspension,
        }
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(plus_seconds(self.appealed_at, APPEAL_LIFE_S))
    }
}
