//! Counters of what a tier bounds.

use serde::{Deserialize, Serialize};
use tenancy::Record;
use tenancy::invitations::INVITATIONS;
use tenancy::keys::UsageKey;

/// How many of a counted thing a tenant has. Made at zero with the tenant; changes count on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct UsageRecord {
    /// What is counted.
    #[serde(skip)]
    pub(crate) what: &'static str,
    /// How many there are.
    pub(crate) count: u64,
}

/// The name under which websites are counted.
pub(crate) const WEBSITES: &str = "websites";

/// The counters that are made with a tenant. Others begin when something is first counted on them.
pub(crate) const COUNTED: [&str; 2] = [WEBSITES, INVITATIONS];

impl Record for UsageRecord {
    type Key = UsageKey;

    fn key(&self) -> Self::Key {
        UsageKey { what: self.what }
    }
}
