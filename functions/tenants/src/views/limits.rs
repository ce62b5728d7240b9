//! What a tenant may use, and how often it may be asked something.

use jiff::Timestamp;
use kernel::limits::RATE_LIMIT_REQUESTS_MAX;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tenancy::abuse::AbuseLimits;
use tenancy::rate_plan::{Period, RateLimit, RateLimits, RatePlan};
use tenancy::records::{Quota, TenantRecord};
use tenancy::traffic::Traffic;
use utoipa::ToSchema;
use web::FieldError;

use crate::views::TierName;

web::shapes! {
    /// By what requests are limited.
    pub(crate) RatePlanName = json!({"type": "string", "enum": RatePlan::ALL.map(RatePlan::name)});
    /// A minute, an hour or a day of UTC.
    pub(crate) PeriodName = json!({"type": "string", "enum": Period::ALL.map(Period::name)});
    /// A number of requests that is a limit.
    pub(crate) LimitedRequests = json!({
        "type": "integer",
        "minimum": 1,
        "maximum": RATE_LIMIT_REQUESTS_MAX,
    });
}

/// How much of everything a tenant may use.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct QuotaView {
    /// Websites.
    pub(crate) max_websites: u32,
    /// Storage, in gigabytes.
    pub(crate) storage_gb: u32,
    /// Bandwidth a month, in gigabytes.
    pub(crate) bandwidth_gb: u32,
    /// Deployments at once.
    pub(crate) max_concurrent_deployments: u32,
    /// Custom domains.
    pub(crate) max_custom_domains: u32,
}

impl From<Quota> for QuotaView {
    fn from(quota: Quota) -> Self {
        Self {
            max_websites: quota.max_websites,
            storage_gb: quota.storage_gb,
            bandwidth_gb: quota.bandwidth_gb,
            max_concurrent_deployments: quota.max_concurrent_deployments,
            max_custom_domains: quota.max_custom_domains,
        }
    }
}

impl From<QuotaView> for Quota {
    fn from(quota: QuotaView) -> Self {
        Self {
            max_websites: quota.max_websites,
            storage_gb: quota.storage_gb,
            bandwidth_gb: quota.bandwidth_gb,
            max_concurrent_deployments: quota.max_concurrent_deployments,
            max_custom_domains: quota.max_custom_domains,
        }
    }
}

/// What may come from a tenant within an hour of UTC that nobody does by right. With one more, it is suspended.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AbuseLimitsView {
    /// Ids of other tenants that are asked for.
    pub(crate) cross_tenant: u32,
    /// Wrong passwords and codes of members who are signed in.
    pub(crate) failed_proofs: u32,
    /// Requests beyond the limits.
    pub(crate) refused_requests: u32,
    /// Answers, in mebibytes.
    pub(crate) egress_mib: u32,
}

impl From<AbuseLimits> for AbuseLimitsView {
    fn from(limits: AbuseLimits) -> Self {
        Self {
            cross_tenant: limits.cross_tenant,
            failed_proofs: limits.failed_proofs,
            refused_requests: limits.refused_requests,
            egress_mib: limits.egress_mib,
        }
    }
}

impl From<AbuseLimitsView> for AbuseLimits {
    fn from(limits: AbuseLimitsView) -> Self {
        Self {
            cross_tenant: limits.cross_tenant,
            failed_proofs: limits.failed_proofs,
            refused_requests: limits.refused_requests,
            egress_mib: limits.egress_mib,
        }
    }
}

/// So many requests in each period.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RateLimitView {
    /// How many.
    #[schema(value_type = LimitedRequests)]
    requests: u32,
    /// In each of these.
    #[schema(value_type = PeriodName)]
    per: String,
}

/// How often a tenant may be asked something, by its contract.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RateLimitsView {
    /// All requests to it together.
    #[schema(min_items = 1, max_items = 3)]
    tenant: Vec<RateLimitView>,
    /// Those with one API key.
    #[schema(min_items = 1, max_items = 3)]
    key: Vec<RateLimitView>,
}

impl RateLimitsView {
    pub(crate) fn of(limits: &RateLimits) -> Self {
        let all = |limits: &[RateLimit]| limits.iter().copied().map(RateLimitView::of).collect();
        Self {
            tenant: all(&limits.tenant),
            key: all(&limits.key),
        }
    }

    /// Reads the limits of a contract; what is wrong with them is added to `errors`.
    pub(crate) fn read(&self, pointer: &str, errors: &mut Vec<FieldError>) -> RateLimits {
        let mut all = |limits: &[RateLimitView], name: &str| {
            read_all(limits, &format!("{pointer}/{name}"), errors)
        };
        RateLimits {
            tenant: all(&self.tenant, "tenant"),
            key: all(&self.key, "key"),
        }
    }
}

impl RateLimitView {
    fn of(limit: RateLimit) -> Self {
        Self {
            requests: limit.requests,
            per: limit.per.name().to_owned(),
        }
    }
}

fn read_all(
    limits: &[RateLimitView],
    pointer: &str,
    errors: &mut Vec<FieldError>,
) -> Vec<RateLimit> {
    if limits.is_empty() {
        errors.push(FieldError::new(pointer, "names no limit"));
    }
    let mut read: Vec<RateLimit> = Vec::new();
    for (at, RateLimitView { requests, per }) in limits.iter().enumerate() {
        if !(1..=RATE_LIMIT_REQUESTS_MAX).contains(requests) {
            let detail = format!("must be from 1 to {RATE_LIMIT_REQUESTS_MAX}");
            errors.push(FieldError::new(format!("{pointer}/{at}/requests"), detail));
        }
        match Period::of_name(per) {
            None => {
                let detail = "is none of `minute`, `hour` and `day`";
                errors.push(FieldError::new(format!("{pointer}/{at}/per"), detail));
            }
            Some(per) if read.iter().any(|limit| limit.per == per) => {
                let detail = "has a limit already";
                errors.push(FieldError::new(format!("{pointer}/{at}/per"), detail));
            }
            Some(per) => read.push(RateLimit {
                requests: *requests,
                per,
            }),
        }
    }
    read
}

/// What a tenant may use and how often it may be asked something, with how much of that is left.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LimitsView {
    #[schema(value_type = TierName)]
    tier: &'static str,
    #[schema(value_type = RatePlanName)]
    rate_plan: &'static str,
    rate_limits: RateStatesView,
    /// How many requests there were today, in UTC, with those that are taken and not made yet.
    requests_today: u32,
    abuse_limits: AbuseLimitsView,
    quota: QuotaView,
    used: UsedView,
}

/// How often a tenant may be asked something.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RateStatesView {
    /// All requests to it together.
    tenant: Vec<RateStateView>,
    /// Those with one API key. The answers to a key say how much of it is left.
    key: Vec<RateLimitView>,
}

/// So many requests in each period, and how it is in the one that is now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RateStateView {
    requests: u32,
    #[schema(value_type = PeriodName)]
    per: &'static str,
    /// How many more there may be, but for those that are taken and not made yet.
    remaining: u32,
    /// When the next one begins.
    #[schema(format = DateTime)]
    resets_at: String,
}

/// How much of its quota a tenant uses.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct UsedView {
    /// Websites that there are, and those that are being made.
    websites: u64,
}

impl LimitsView {
    pub(crate) fn of(
        tenant: &TenantRecord,
        traffic: Option<&Traffic>,
        websites: u64,
        now: Timestamp,
    ) -> Self {
        let limits = tenant.rate_limits();
        let state = |limit: &RateLimit| {
            let used = traffic.map_or(0, |traffic| traffic.in_period(limit.per, now));
            RateStateView {
                requests: limit.requests,
                per: limit.per.name(),
                remaining: limit.requests.saturating_sub(used),
                resets_at: limit.per.end(now).to_string(),
            }
        };
        Self {
            tier: tenant.tier.name(),
            rate_plan: tenant.rate_plan.name(),
            rate_limits: RateStatesView {
                tenant: limits.tenant.iter().map(state).collect(),
                key: limits.key.iter().copied().map(RateLimitView::of).collect(),
            },
            requests_today: traffic.map_or(0, Traffic::of_day),
            abuse_limits: tenant.abuse_limits().into(),
            quota: tenant.quota.into(),
            used: UsedView { websites },
        }
    }
}
