//! Roles: what a principal may do, in rising order.

use serde::{Deserialize, Serialize};

/// What somebody may do inside a tenant. Each role may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Anybody: reads what is published.
    Visitor,
    /// Writes pages.
    ContentEditor,
    /// Runs websites.
    WebsiteAdmin,
    /// Runs the tenant.
    TenantAdmin,
    /// The platform itself, dealing with a message. No token carries it.
    System,
}

impl Role {
    /// Every role, in rising order.
    pub const ALL: [Self; 5] = [
        Self::Visitor,
        Self::ContentEditor,
        Self::WebsiteAdmin,
        Self::TenantAdmin,
        Self::System,
    ];

    /// Returns the role's name, as tokens and charts spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Visitor => "visitor",
            Self::ContentEditor => "contentEditor",
            Self::WebsiteAdmin => "websiteAdmin",
            Self::TenantAdmin => "tenantAdmin",
            Self::System => "system",
        }
    }

    /// The roles that a person can have, in rising order.
    pub const OF_MEMBERS: [Self; 3] = [Self::ContentEditor, Self::WebsiteAdmin, Self::TenantAdmin];

    /// Reads the name of a role that a person can have.
    pub fn of_member(name: &str) -> Option<Self> {
        Self::OF_MEMBERS
            .into_iter()
            .find(|role| role.name() == name)
    }
}
