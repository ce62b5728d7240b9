//! What each role may do in a tenant, and what it needs for that.

use serde::{Deserialize, Serialize};

use crate::keys::RolesKey;
use crate::mfa::MfaRule;
use crate::policy::Policy;
use crate::record::Record;

/// What a tenant says that each role may do and needs. Tenants without one have the built-in policy, and ask for no
/// second factor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RolesRecord {
    /// What each role may do.
    pub policy: Policy,
    /// Which of them need a second factor.
    #[serde(default, skip_serializing_if = "MfaRule::is_empty")]
    pub mfa: MfaRule,
}

impl Record for RolesRecord {
    type Key = RolesKey;
    const SHOWN: &'static [&'static str] = &["policy", "mfa"];

    fn key(&self) -> Self::Key {
        RolesKey {}
    }
}
