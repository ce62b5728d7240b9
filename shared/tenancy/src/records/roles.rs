//! What each role may do in a tenant.

use serde::{Deserialize, Serialize};

use crate::keys::RolesKey;
use crate::policy::Policy;
use crate::record::Record;

/// What a tenant says that each role may do. Tenants without one have the built-in policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RolesRecord {
    /// What each role may do.
    pub policy: Policy,
}

impl Record for RolesRecord {
    type Key = RolesKey;

    fn key(&self) -> Self::Key {
        RolesKey {}
    }
}
