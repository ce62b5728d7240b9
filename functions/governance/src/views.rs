//! What the API takes and answers.

use kernel::TenantId;
use kernel::limits::AUDIT_RESOURCE_BYTES_MAX;
use serde::Serialize;
use serde_json::{Value, json};
use tenancy::Action;
use tenancy::audit::{AuditRecord, ChangedField, entities};
use utoipa::ToSchema;
use web::shapes::{ID, LINE};

use crate::domain::export::{Format, Row};
use crate::query::PLATFORM;

web::shapes! {
    /// What was done.
    pub(crate) ActionName = json!({"type": "string", "enum": Action::ALL.map(Action::name)});
    /// Who did it.
    pub(crate) ActorName = json!({"type": "string", "pattern": ACTOR});
    /// What entries are about.
    pub(crate) ResourceTypeName = json!({"type": "string", "enum": entities().collect::<Vec<_>>()});
    /// What tells a thing from others of its type.
    pub(crate) ResourceIdText = json!({
        "type": "string", "minLength": 1, "maxLength": AUDIT_RESOURCE_BYTES_MAX, "pattern": LINE,
    });
    /// How a file is written.
    pub(crate) FormatName = json!({"type": "string", "enum": Format::ALL.map(Format::name)});
    /// An instant (RFC 3339).
    pub(crate) InstantText = json!({"type": "string", "format": "date-time"});
    /// A tenant, or the platform.
    pub(crate) TenantScope = json!({
        "anyOf": [{"type": "string", "pattern": ID}, {"type": "string", "enum": [PLATFORM]}],
    });
}

/// As [`tenancy::Actor::is_name`] reads it.
const ACTOR: &str = concat!(
    "^(visitor|system:[A-Za-z0-9._-]{1,64}",
    "|(member|key|operator):[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})$",
);

/// An entry of the audit trail.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EntryView {
    id: String,
    /// Whose trail it stands in; none in the platform's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant_id: Option<String>,
    /// When it was done.
    at: String,
    /// Who did it: `member:<id>`, `key:<id>`, `operator:<id>`, `system:<consumer>` or `visitor`.
    actor: String,
    /// Which operator did it in that one's name, in a support session: `operator:<id>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    impersonator: Option<String>,
    #[schema(value_type = ActionName)]
    action: &'static str,
    resource: ResourceView,
    /// What changed.
    changes: Vec<ChangeView>,
    /// In which request; the same as in its answer's `X-Request-Id`.
    request_id: String,
    /// From which network address.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// With which client.
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<String>,
    /// Until when the entry is kept.
    kept_until: String,
}

/// What an entry is about.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResourceView {
    r#type: String,
    id: String,
    /// Its version after it was done, where it has versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
}

/// A member that changed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChangeView {
    /// Its name; of a member of a member, with that one's before it and a dot between.
    field: String,
    /// What it was. Of a large value, its hash and its size.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Value>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Value>,
    /// Whether the values are not shown: they are secret, somebody's personal data, or content.
    is_masked: bool,
}

impl EntryView {
    pub(crate) fn of(tenant: Option<TenantId>, entry: &AuditRecord) -> Self {
        Self {
            id: entry.id.to_string(),
            tenant_id: tenant.map(|tenant| tenant.to_string()),
            at: entry.at.to_string(),
            actor: entry.actor.clone(),
            impersonator: entry.impersonator.clone(),
            action: entry.action.name(),
            resource: ResourceView {
                r#type: entry.entity.clone(),
                id: entry.resource_id(tenant.unwrap_or(TenantId::PLATFORM)),
                version: Some(entry.version).filter(|version| *version > 0),
            },
            changes: entry.changes.iter().map(ChangeView::of).collect(),
            request_id: entry.request_id.clone(),
            address: entry.address.clone(),
            agent: entry.agent.clone(),
            kept_until: entry.kept_until.to_string(),
        }
    }
}

impl ChangeView {
    fn of(change: &ChangedField) -> Self {
        let value = |text: &Option<String>| {
            let text = text.as_deref();
            text.and_then(|text| serde_json::from_str(text).ok())
        };
        Self {
            field: change.field.clone(),
            before: value(&change.before),
            after: value(&change.after),
            is_masked: change.is_masked(),
        }
    }
}

impl Row for EntryView {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "tenantId",
        "at",
        "actor",
        "impersonator",
        "action",
        "resourceType",
        "resourceId",
        "resourceVersion",
        "changes",
        "requestId",
        "address",
        "agent",
        "keptUntil",
    ];

    fn cells(&self) -> Vec<String> {
        let version = self.resource.version.map(|version| version.to_string());
        vec![
            self.id.clone(),
            self.tenant_id.clone().unwrap_or_default(),
            self.at.clone(),
            self.actor.clone(),
            self.impersonator.clone().unwrap_or_default(),
            self.action.to_owned(),
            self.resource.r#type.clone(),
            self.resource.id.clone(),
            version.unwrap_or_default(),
            json!(self.changes).to_string(),
            self.request_id.clone(),
            self.address.clone().unwrap_or_default(),
            self.agent.clone().unwrap_or_default(),
            self.kept_until.clone(),
        ]
    }
}
