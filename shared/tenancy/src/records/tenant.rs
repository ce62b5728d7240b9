//! The tenant, its place in the operators' list and its subdomain.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kernel::{EmailAddress, HostName, Subdomain, TenantId};
use serde::{Deserialize, Serialize};

use crate::abuse::AbuseLimits;
use crate::feature::{FeatureSet, Plan};
use crate::keys::{DirectoryKey, SubdomainKey, TenantRecordKey};
use crate::rate_plan::{RateLimits, RatePlan};
use crate::record::Record;

/// Where a tenant is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TenantStatus {
    /// Being made; nothing of it can be used yet.
    Provisioning,
    /// In use.
    Active,
    /// Refused everywhere until an operator activates it again.
    Suspended,
    /// Deleted, but it can be brought back until its time of grace is over.
    Deprovisioning,
    /// Gone.
    Deleted,
}

impl TenantStatus {
    /// Every status.
    pub const ALL: [Self; 5] = [
        Self::Provisioning,
        Self::Active,
        Self::Suspended,
        Self::Deprovisioning,
        Self::Deleted,
    ];

    /// Returns whether an operator may move a tenant from this status to `next`. A move to the
    /// same status is no move and always fine.
    pub fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Active, Self::Suspended | Self::Deprovisioning)
                | (Self::Suspended, Self::Active | Self::Deprovisioning)
                | (Self::Deprovisioning, Self::Active)
        )
    }

    /// Reads a status's name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Returns the status's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Provisioning => "Provisioning",
            Self::Active => "Active",
            Self::Suspended => "Suspended",
            Self::Deprovisioning => "Deprovisioning",
            Self::Deleted => "Deleted",
        }
    }
}

/// What a tenant pays for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Tier {
    /// Costs nothing.
    Free,
    /// For one small organisation.
    #[serde(alias = "basic")]
    Starter,
    /// For an organisation with many websites.
    #[serde(alias = "pro")]
    Professional,
    /// For an organisation with its own rules.
    Enterprise,
    /// As agreed by contract.
    Custom,
}

impl Tier {
    /// Every tier, in rising order.
    pub const ALL: [Self; 5] = [
        Self::Free,
        Self::Starter,
        Self::Professional,
        Self::Enterprise,
        Self::Custom,
    ];

    /// Returns the tier's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Free => "Free",
            Self::Starter => "Starter",
            Self::Professional => "Professional",
            Self::Enterprise => "Enterprise",
            Self::Custom => "Custom",
        }
    }

    /// Returns the quota that comes with the tier. A custom tenant starts with the largest and
    /// gets what its contract says.
    pub fn quota(self) -> Quota {
        let [
            max_websites,
            storage_gb,
            bandwidth_gb,
            max_concurrent_deployments,
            max_custom_domains,
        ] = match self {
            Self::Free => [1, 1, 10, 1, 0],
            Self::Starter => [3, 10, 100, 2, 3],
            Self::Professional => [20, 100, 1_000, 5, 20],
            Self::Enterprise | Self::Custom => [200, 1_000, 10_000, 20, 200],
        };
        Quota {
            max_websites,
            storage_gb,
            bandwidth_gb,
            max_concurrent_deployments,
            max_custom_domains,
        }
    }
}

/// How much of everything a tenant may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Quota {
    /// Websites.
    pub max_websites: u32,
    /// Storage, in gigabytes.
    pub storage_gb: u32,
    /// Bandwidth a month, in gigabytes.
    pub bandwidth_gb: u32,
    /// Deployments at once.
    pub max_concurrent_deployments: u32,
    /// Custom domains.
    pub max_custom_domains: u32,
}

/// What a tenant says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfileRecord {
    /// What it does.
    pub description: Option<String>,
    /// Where it can be written to.
    pub contact_email: Option<EmailAddress>,
    /// Its language, as a BCP 47 tag.
    pub locale: Option<String>,
    /// Its time zone, by its IANA name.
    pub time_zone: Option<String>,
}

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TenantRecord {
    /// Its id.
    pub id: TenantId,
    /// Its name.
    pub name: String,
    /// Its name in host names.
    pub subdomain: Subdomain,
    /// Its own domain, if it has one.
    pub custom_domain: Option<HostName>,
    /// Where it is in its life.
    pub status: TenantStatus,
    /// What it pays for.
    pub tier: Tier,
    /// How much it may use.
    pub quota: Quota,
    /// What it has by its contract, if that says so: instead of what comes with the tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreed_features: Option<FeatureSet>,
    /// By which plan its requests are limited.
    #[serde(default)]
    pub rate_plan: RatePlan,
    /// How they are limited by its contract, if that says so: instead of by the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreed_rate_limits: Option<RateLimits>,
    /// What of it is too much by its contract, if that says so: instead of what comes with the tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreed_abuse_limits: Option<AbuseLimits>,
    /// What it says of itself.
    pub profile: ProfileRecord,
    /// What operators note about it.
    pub metadata: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it changed last.
    pub updated_at: Timestamp,
    /// Since when it is suspended.
    pub suspended_at: Option<Timestamp>,
    /// Why it is suspended.
    pub suspended_reason: Option<String>,
    /// When it can no longer be brought back.
    pub purge_at: Option<Timestamp>,
}

impl TenantRecord {
    /// Returns what it pays for, and has for that.
    pub fn plan(&self) -> Plan {
        let by_tier = Plan::of_tier(self.tier);
        Plan {
            features: self.agreed_features.unwrap_or(by_tier.features),
            ..by_tier
        }
    }

    /// Returns what of it is too much.
    pub fn abuse_limits(&self) -> AbuseLimits {
        let by_tier = || AbuseLimits::of_tier(self.tier);
        self.agreed_abuse_limits.unwrap_or_else(by_tier)
    }

    /// Returns how often it may be asked something.
    pub fn rate_limits(&self) -> RateLimits {
        let by_plan = || self.rate_plan.limits(self.tier);
        self.agreed_rate_limits.clone().unwrap_or_else(by_plan)
    }
}

impl Record for TenantRecord {
    type Key = TenantRecordKey;
    const SHOWN: &'static [&'static str] = &[
        "name",
        "subdomain",
        "customDomain",
        "status",
        "tier",
        "quota",
        "agreedFeatures",
        "ratePlan",
        "agreedRateLimits",
        "agreedAbuseLimits",
        "profile.description",
        "profile.locale",
        "profile.timeZone",
        "createdAt",
        "suspendedAt",
        "suspendedReason",
        "purgeAt",
    ];

    fn key(&self) -> Self::Key {
        TenantRecordKey {}
    }
}

/// A tenant in the operators' list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DirectoryRecord {
    /// Its id.
    pub id: TenantId,
    /// Its name.
    pub name: String,
    /// Its name in host names.
    pub subdomain: Subdomain,
    /// Where it is in its life.
    pub status: TenantStatus,
    /// What it pays for.
    pub tier: Tier,
    /// When it was made.
    pub created_at: Timestamp,
}

impl DirectoryRecord {
    /// Returns the list's entry for `tenant`.
    pub fn of(tenant: &TenantRecord) -> Self {
        Self {
            id: tenant.id,
            name: tenant.name.clone(),
            subdomain: tenant.subdomain.clone(),
            status: tenant.status,
            tier: tenant.tier,
            created_at: tenant.created_at,
        }
    }

    /// Returns the form of a name under which it is sorted and searched: lower case, and only
    /// letters and digits, so that it has no separator.
    pub fn sort_name(name: &str) -> String {
        name.to_lowercase()
            .chars()
            .filter(|letter| letter.is_alphanumeric())
            .take(64)
            .collect()
    }
}

impl Record for DirectoryRecord {
    type Key = DirectoryKey;

    fn key(&self) -> Self::Key {
        DirectoryKey {
            name: Self::sort_name(&self.name),
            tenant: self.id,
        }
    }
}

/// A taken subdomain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SubdomainRecord {
    /// The subdomain.
    pub subdomain: Subdomain,
    /// Whose it is.
    pub tenant_id: TenantId,
}

impl Record for SubdomainRecord {
    type Key = SubdomainKey;

    fn key(&self) -> Self::Key {
        SubdomainKey {
            subdomain: self.subdomain.clone(),
        }
    }
}
