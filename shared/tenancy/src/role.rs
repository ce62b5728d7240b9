//! Roles: what a principal may do, in rising order.

use std::collections::BTreeMap;

use kernel::WebsiteId;
use serde::{Deserialize, Serialize};

/// What somebody may do inside a tenant, or on one website of it. Each role may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Anybody: reads what is published.
    Visitor,
    /// Belongs to the tenant, and does on single websites what other roles let.
    Member,
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
    pub const ALL: [Self; 6] = [
        Self::Visitor,
        Self::Member,
        Self::ContentEditor,
        Self::WebsiteAdmin,
        Self::TenantAdmin,
        Self::System,
    ];

    /// The roles that a person can have in a tenant, in rising order.
    pub const OF_MEMBERS: [Self; 4] = [
        Self::Member,
        Self::ContentEditor,
        Self::WebsiteAdmin,
        Self::TenantAdmin,
    ];

    /// The roles of which a tenant can say what they may do, in rising order.
    pub const CHANGEABLE: [Self; 3] = [Self::Member, Self::ContentEditor, Self::WebsiteAdmin];

    /// The roles that a person can have on one website, in rising order.
    pub const ON_WEBSITES: [Self; 2] = [Self::ContentEditor, Self::WebsiteAdmin];

    /// Returns the role's name, as tokens and charts spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Visitor => "visitor",
            Self::Member => "member",
            Self::ContentEditor => "contentEditor",
            Self::WebsiteAdmin => "websiteAdmin",
            Self::TenantAdmin => "tenantAdmin",
            Self::System => "system",
        }
    }

    /// What companies call their people where we have another name for it. Their members are ours.
    pub const OF_COMPANIES: [(&str, Self); 2] =
        [("owner", Self::TenantAdmin), ("admin", Self::TenantAdmin)];

    /// Reads the name of a role that a person can have in a tenant, or what companies call it.
    pub fn of_member(name: &str) -> Option<Self> {
        let of_company = || {
            let mut names = Self::OF_COMPANIES.into_iter();
            let (_, role) = names.find(|(other, _)| *other == name)?;
            Some(role)
        };
        Self::named(&Self::OF_MEMBERS, name).or_else(of_company)
    }

    /// Reads the name of a role of which a tenant can say what it may do.
    pub fn changeable(name: &str) -> Option<Self> {
        Self::named(&Self::CHANGEABLE, name)
    }

    /// Reads the name of a role that a person can have on one website.
    pub fn on_website(name: &str) -> Option<Self> {
        Self::named(&Self::ON_WEBSITES, name)
    }

    fn named(among: &[Self], name: &str) -> Option<Self> {
        among.iter().copied().find(|role| role.name() == name)
    }
}

/// The roles that somebody has on single websites, beside the one in the whole tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WebsiteRoles(BTreeMap<WebsiteId, Role>);

impl WebsiteRoles {
    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the role on a website, if there is one.
    pub fn on(&self, website: WebsiteId) -> Option<Role> {
        self.0.get(&website).copied()
    }

    /// Goes through them, by website.
    pub fn iter(&self) -> impl Iterator<Item = (WebsiteId, Role)> {
        self.0.iter().map(|(website, role)| (*website, *role))
    }
}

impl FromIterator<(WebsiteId, Role)> for WebsiteRoles {
    fn from_iter<I: IntoIterator<Item = (WebsiteId, Role)>>(roles: I) -> Self {
        Self(roles.into_iter().collect())
    }
}

/// What somebody may do in a tenant: everywhere, and on single websites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles {
    /// The role in the whole tenant.
    pub tenant: Role,
    /// Those on single websites.
    pub websites: WebsiteRoles,
}

impl Roles {
    /// Returns what comes of a role alone.
    pub fn everywhere(tenant: Role) -> Self {
        Self {
            tenant,
            websites: WebsiteRoles::default(),
        }
    }
}
