//! What the API takes and answers.

mod limits;

use std::collections::BTreeMap;

use self::limits::RatePlanName;
pub(crate) use self::limits::{AbuseLimitsView, LimitsView, QuotaView, RateLimitsView};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tenancy::records::{
    AppealRecord, DirectoryRecord, OperationRecord, ProfileRecord, TenantRecord, TenantStatus, Tier,
};
use tenancy::{Feature, FeatureSet};
use utoipa::ToSchema;
use web::shapes::{DisplayName, EmailText, NewPassword, Notes, TenantSubdomain};

web::shapes! {
    /// How far a tenant is.
    pub(crate) StatusName = json!({
        "type": "string",
        "enum": TenantStatus::ALL.map(TenantStatus::name),
    });
    /// What a tenant pays for.
    pub(crate) TierName = json!({"type": "string", "enum": Tier::ALL.map(Tier::name)});
    /// What a tenant can have.
    pub(crate) FeatureName = json!({
        "type": "string",
        "enum": Feature::CHART.map(|(_, name, _)| name),
    });
}

/// A tenant's profile.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProfileView {
    id: String,
    name: String,
    subdomain: String,
    status: &'static str,
    tier: &'static str,
    /// What it has, beside what every tenant has.
    #[schema(value_type = Vec<FeatureName>)]
    features: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<String>,
}

impl ProfileView {
    pub(crate) fn of(tenant: &TenantRecord) -> Self {
        let ProfileRecord {
            description,
            contact_email,
            locale,
            time_zone,
        } = tenant.profile.clone();
        Self {
            id: tenant.id.to_string(),
            name: tenant.name.clone(),
            subdomain: tenant.subdomain.to_string(),
            status: tenant.status.name(),
            tier: tenant.tier.name(),
            features: names(tenant.plan().features),
            description,
            contact_email: contact_email.map(|email| email.to_string()),
            locale,
            time_zone,
        }
    }
}

/// What a tenant may say of itself.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ProfileChange {
    /// Its name.
    #[schema(value_type = DisplayName)]
    pub(crate) name: String,
    /// What it does.
    #[schema(max_length = 1020)]
    pub(crate) description: Option<String>,
    /// Where it can be written to.
    #[schema(value_type = Option<EmailText>)]
    pub(crate) contact_email: Option<String>,
    /// Its language, as a BCP 47 tag.
    #[schema(pattern = "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$", max_length = 35)]
    pub(crate) locale: Option<String>,
    /// Its time zone, by its IANA name.
    #[schema(format = "time-zone")]
    pub(crate) time_zone: Option<String>,
}

/// A tenant, as operators see it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TenantView {
    id: String,
    name: String,
    subdomain: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_domain: Option<String>,
    status: &'static str,
    tier: &'static str,
    quota: QuotaView,
    /// What it has, beside what every tenant has.
    #[schema(value_type = Vec<FeatureName>)]
    features: Vec<&'static str>,
    #[schema(value_type = RatePlanName)]
    rate_plan: &'static str,
    rate_limits: RateLimitsView,
    abuse_limits: AbuseLimitsView,
    metadata: BTreeMap<String, String>,
    created_at: String,
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    suspended_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suspended_reason: Option<String>,
    /// The appeal against the suspension, where a tenant is read by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    appeal: Option<AppealView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purge_at: Option<String>,
}

/// An appeal against a suspension.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AppealView {
    /// Who appealed.
    appealed_by: String,
    appealed_at: String,
    text: String,
}

impl TenantView {
    /// Adds an appeal.
    pub(crate) fn with(self, appeal: Option<&AppealRecord>) -> Self {
        let appeal = appeal.map(|appeal| AppealView {
            appealed_by: appeal.appealed_by.to_string(),
            appealed_at: appeal.appealed_at.to_string(),
            text: appeal.text.clone(),
        });
        Self { appeal, ..self }
    }

    pub(crate) fn of(tenant: &TenantRecord) -> Self {
        Self {
            id: tenant.id.to_string(),
            name: tenant.name.clone(),
            subdomain: tenant.subdomain.to_string(),
            custom_domain: tenant.custom_domain.as_ref().map(ToString::to_string),
            status: tenant.status.name(),
            tier: tenant.tier.name(),
            quota: tenant.quota.into(),
            features: names(tenant.plan().features),
            rate_plan: tenant.rate_plan.name(),
            rate_limits: RateLimitsView::of(&tenant.rate_limits()),
            abuse_limits: tenant.abuse_limits().into(),
            metadata: tenant.metadata.clone(),
            created_at: tenant.created_at.to_string(),
            updated_at: tenant.updated_at.to_string(),
            suspended_at: tenant.suspended_at.map(|at| at.to_string()),
            suspended_reason: tenant.suspended_reason.clone(),
            appeal: None,
            purge_at: tenant.purge_at.map(|at| at.to_string()),
        }
    }
}

/// A tenant in the operators' list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TenantSummary {
    id: String,
    name: String,
    subdomain: String,
    status: &'static str,
    tier: &'static str,
    created_at: String,
}

impl TenantSummary {
    pub(crate) fn of(tenant: &DirectoryRecord) -> Self {
        Self {
            id: tenant.id.to_string(),
            name: tenant.name.clone(),
            subdomain: tenant.subdomain.to_string(),
            status: tenant.status.name(),
            tier: tenant.tier.name(),
            created_at: tenant.created_at.to_string(),
        }
    }
}

/// What operators look for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TenantQuery {
    /// Only those with this status.
    #[schema(value_type = Option<StatusName>)]
    pub(crate) status: Option<String>,
    /// Only those of this tier.
    #[schema(value_type = Option<TierName>)]
    pub(crate) tier: Option<String>,
    /// Only those whose names begin with this.
    pub(crate) q: Option<String>,
}

/// A tenant that an operator makes.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewTenantBody {
    /// Its name.
    #[schema(value_type = DisplayName)]
    pub(crate) name: String,
    /// Its name in host names.
    #[schema(value_type = TenantSubdomain)]
    pub(crate) subdomain: String,
    /// What it pays for.
    #[schema(value_type = Option<TierName>)]
    pub(crate) tier: Option<String>,
    /// The e-mail address of its first admin.
    #[schema(value_type = EmailText)]
    pub(crate) admin_email: String,
    /// The password of its first admin: a new one, or that of the person whom the platform knows.
    #[schema(value_type = NewPassword)]
    pub(crate) admin_password: String,
    /// What operators note about it.
    #[serde(default)]
    #[schema(value_type = Notes)]
    pub(crate) metadata: BTreeMap<String, String>,
}

/// What operators may change of a tenant: its name, its notes, the plan that limits its requests, and a custom tenant's
/// quota, features and limits of requests.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TenantChange {
    /// Its name.
    #[schema(value_type = DisplayName)]
    pub(crate) name: String,
    /// What operators note about it.
    #[serde(default)]
    #[schema(value_type = Notes)]
    pub(crate) metadata: BTreeMap<String, String>,
    /// How much it may use; only of tier `Custom`.
    pub(crate) quota: Option<QuotaView>,
    /// What it has, beside what every tenant has; only of tier `Custom`.
    #[schema(value_type = Option<Vec<FeatureName>>)]
    pub(crate) features: Option<Vec<String>>,
    /// By what its requests are limited.
    #[schema(value_type = Option<RatePlanName>)]
    pub(crate) rate_plan: Option<String>,
    /// How often it may be asked something, whatever the plan says; only of tier `Custom`.
    pub(crate) rate_limits: Option<RateLimitsView>,
    /// What of it is too much, whatever the tier says; only of tier `Custom`.
    pub(crate) abuse_limits: Option<AbuseLimitsView>,
}

fn names(features: FeatureSet) -> Vec<&'static str> {
    features.iter().map(Feature::name).collect()
}

/// A status to move to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct StatusChange {
    /// `Active`, `Suspended` or `Deprovisioning`.
    #[schema(value_type = StatusName)]
    pub(crate) status: String,
    /// Why, for a suspension.
    #[schema(max_length = 500)]
    pub(crate) reason: Option<String>,
}

/// Why a tenant is suspended.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Suspension {
    /// Why.
    #[schema(max_length = 500)]
    pub(crate) reason: Option<String>,
}

/// A tier to change to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TierChange {
    /// The tier.
    #[schema(value_type = TierName)]
    pub(crate) tier: String,
}

/// Whether a subdomain can be taken.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubdomainView {
    pub(crate) subdomain: String,
    /// Whether it can.
    pub(crate) available: bool,
    /// Why not: `reserved`, `taken` or `malformed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<&'static str>,
}

/// A tenant that is being made.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TenantAccepted {
    pub(crate) tenant_id: String,
    pub(crate) operation: OperationReference,
}

/// Where an operation is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OperationReference {
    pub(crate) id: String,
    pub(crate) status: &'static str,
    pub(crate) href: String,
}

/// An operation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OperationView {
    id: String,
    kind: String,
    /// `pending`, `running`, `succeeded` or `failed`.
    status: &'static str,
    steps: Vec<StepView>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    tenant_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    website_id: Option<String>,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
}

/// A step of an operation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StepView {
    name: String,
    /// `pending`, `succeeded`, `failed` or `compensated`.
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
}

impl OperationView {
    pub(crate) fn of(operation: &OperationRecord) -> Self {
        let steps = operation.steps.iter().map(|step| StepView {
            name: step.name.clone(),
            status: step.status.name(),
            ended_at: step.ended_at.map(|at| at.to_string()),
        });
        Self {
            id: operation.id.to_string(),
            kind: operation.kind.clone(),
            status: operation.status.name(),
            steps: steps.collect(),
            reason: operation.reason.clone(),
            tenant_id: operation.tenant_id.to_string(),
            website_id: operation.website_id.map(|website| website.to_string()),
            created_at: operation.created_at.to_string(),
            ended_at: operation.ended_at.map(|at| at.to_string()),
        }
    }
}

/// A kind of refusal.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProblemView {
    pub(crate) slug: &'static str,
    pub(crate) status: u16,
    pub(crate) title: &'static str,
    pub(crate) cause: &'static str,
    pub(crate) fix: &'static str,
}
