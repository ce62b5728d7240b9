//! Counters of what a tier bounds.

use serde::{Deserialize, Serialize};

use crate::keys::UsageKey;
use crate::record::Record;

/// The name under which websites are counted.
pub const WEBSITES: &str = "websites";

/// How many of a counted thing a tenant has. Changes count on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UsageRecord {
    /// What is counted.
    #[serde(skip)]
    pub what: &'static str,
    /// How many there are.
    pub count: u64,
}

impl Record for UsageRecord {
    type Key = UsageKey;

    fn key(&self) -> Self::Key {
        UsageKey { what: self.what }
    }
}
