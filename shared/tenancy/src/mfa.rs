//! Whose sign-ins to a tenant need a second factor.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::role::{Role, Roles};

/// The roles for which a tenant asks for a second factor: whoever has one of them, anywhere in the tenant, does
/// nothing there without.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MfaRule(BTreeSet<Role>);

impl MfaRule {
    /// Returns whether it asks nobody.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether it asks those who have these roles.
    pub fn asks(&self, roles: &Roles) -> bool {
        let mut on_websites = roles.websites.iter();
        self.0.contains(&roles.tenant) || on_websites.any(|(_, role)| self.0.contains(&role))
    }

    /// Goes through the roles, in rising order.
    pub fn roles(&self) -> impl Iterator<Item = Role> {
        self.0.iter().copied()
    }
}

impl FromIterator<Role> for MfaRule {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(roles.into_iter().collect())
    }
}
