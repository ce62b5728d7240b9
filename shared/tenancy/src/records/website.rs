//! Websites and the hosts they answer at.

use jiff::Timestamp;
use kernel::{HostName, SiteLabel, TenantId, WebsiteId};
use serde::{Deserialize, Serialize};

use crate::keys::{HostKey, OwnerKey, SiteLabelKey, WebsiteKey};
use crate::record::Record;

/// Where a website is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum WebsiteStatus {
    /// Being made.
    Provisioning,
    /// Visitors can read it.
    Active,
    /// Visitors are told to come back later, by an operator's or the platform's will.
    Suspended,
    /// Visitors are told to come back later, by the tenant's will.
    Maintenance,
    /// Not there for visitors; it can be brought back until its time of grace is over.
    Deleted,
}

/// A website.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WebsiteRecord {
    /// Its id.
    pub id: WebsiteId,
    /// Its name.
    pub name: String,
    /// Its name in host names.
    pub subdomain: SiteLabel,
    /// The hosts it answers at, the canonical one first.
    pub hosts: Vec<HostName>,
    /// Where it is in its life.
    pub status: WebsiteStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it changed last.
    pub updated_at: Timestamp,
    /// Until when it can be brought back, where it was deleted.
    pub purge_at: Option<Timestamp>,
}

impl Record for WebsiteRecord {
    type Key = WebsiteKey;
    const SHOWN: &'static [&'static str] = &[
        "name",
        "subdomain",
        "hosts",
        "status",
        "createdAt",
        "purgeAt",
    ];

    fn key(&self) -> Self::Key {
        WebsiteKey { website: self.id }
    }
}

/// A taken name in host names: of the websites of a tenant only one has it, from the moment it is
/// asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SiteLabelRecord {
    /// The name.
    pub label: SiteLabel,
    /// The website that has it.
    pub website_id: WebsiteId,
}

impl Record for SiteLabelRecord {
    type Key = SiteLabelKey;

    fn key(&self) -> Self::Key {
        SiteLabelKey {
            label: self.label.clone(),
        }
    }
}

/// A host, which is one website's and nothing else: a website with ten hosts moves by one write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HostRecord {
    /// The host.
    pub host: HostName,
    /// Whose website it is.
    pub tenant_id: TenantId,
    /// The website.
    pub website_id: WebsiteId,
}

impl Record for HostRecord {
    type Key = HostKey;

    fn key(&self) -> Self::Key {
        HostKey {
            host: self.host.clone(),
        }
    }
}

/// Whose an id is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct OwnerRecord {
    pub(crate) id: String,
    pub(crate) tenant_id: TenantId,
}

impl Record for OwnerRecord {
    type Key = OwnerKey;

    fn key(&self) -> Self::Key {
        OwnerKey {
            id: self.id.clone(),
        }
    }
}
