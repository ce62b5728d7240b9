//! What was asked of the API on one day.

use jiff::Timestamp;
use kernel::limits::TRAFFIC_LIFE_S;
use kernel::time::plus_seconds;
use kernel::{ApiKeyId, ContentHash};
use serde::{Deserialize, Serialize};

use crate::keys::{CallerTrafficKey, TrafficKey};
use crate::rate_plan::Period;
use crate::record::Record;
use crate::traffic::Traffic;

/// How the requests to a tenant are called that are counted altogether.
const ALL: &str = "ALL";

/// What was asked of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrafficRecord {
    /// With which key; without one, altogether.
    pub key: Option<ApiKeyId>,
    /// How much, and on which day.
    #[serde(flatten)]
    pub traffic: Traffic,
}

/// What was asked by somebody who is in no tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CallerTrafficRecord {
    /// The hash of who it is.
    pub(crate) caller: ContentHash,
    /// How much, and on which day.
    #[serde(flatten)]
    pub(crate) traffic: Traffic,
}

impl TrafficRecord {
    /// Returns the key of the day that `now` is in.
    pub fn key_of(key: Option<ApiKeyId>, now: Timestamp) -> TrafficKey {
        TrafficKey {
            of: Self::whose(key),
            day: day(now),
        }
    }

    /// Returns what stands in the key for whose requests they are.
    pub fn whose(key: Option<ApiKeyId>) -> String {
        key.map_or_else(|| ALL.to_owned(), |key| key.to_string())
    }
}

/// Returns the day of an instant, as text that sorts as days do.
pub(crate) fn day(now: Timestamp) -> String {
    Period::Day.begun(now).strftime("%F").to_string()
}

impl Record for TrafficRecord {
    type Key = TrafficKey;

    fn key(&self) -> Self::Key {
        Self::key_of(self.key, self.traffic.day())
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(plus_seconds(self.traffic.day(), TRAFFIC_LIFE_S))
    }
}

impl Record for CallerTrafficRecord {
    type Key = CallerTrafficKey;

    fn key(&self) -> Self::Key {
        CallerTrafficKey {
            caller: self.caller,
            day: day(self.traffic.day()),
        }
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(plus_seconds(self.traffic.day(), TRAFFIC_LIFE_S))
    }
}
