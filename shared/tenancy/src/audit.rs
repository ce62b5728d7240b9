//! The audit trail: who changed what, when, chained along each versioned item.

use jiff::Timestamp;
use kernel::{AuditId, ContentHash};
use serde::{Deserialize, Serialize};

use crate::context::TenantContext;
use crate::keys::AuditKey;
use crate::record::Record;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Something was made.
    Create,
    /// Something was changed.
    Update,
    /// Something was deleted.
    Delete,
    /// Something deleted was brought back.
    Restore,
    /// Content was made public.
    Publish,
    /// A website was moved to an earlier or later release.
    Rollback,
    /// A theme or another part of a website was replaced.
    Deploy,
    /// Somebody signed in.
    Login,
    /// Somebody tried to, with another password or another code.
    LoginFailed,
    /// Somebody's rights changed.
    PermissionChange,
    /// A status, a tier or another setting changed.
    ConfigChange,
    /// Somebody asked for what belongs to another tenant.
    #[serde(rename = "security.cross_tenant")]
    CrossTenant,
    /// Storage denied what the platform itself tried for the tenant.
    #[serde(rename = "security.access_denied")]
    AccessDenied,
}

/// An entry of the audit trail. It names people by id only, so that a person can be erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuditRecord {
    /// The entry's id, in order of time.
    pub id: AuditId,
    /// When it was done.
    pub at: Timestamp,
    /// Who did it: `member:<id>`, `key:<id>`, `operator:<id>`, `system:<consumer>` or `visitor`.
    pub actor: String,
    /// What was done.
    pub action: Action,
    /// To which entity. The item's own is that of the entry.
    #[serde(rename = "subject")]
    pub entity: String,
    /// To which item of it.
    pub resource: String,
    /// The item's version after it.
    #[serde(rename = "subjectVersion")]
    pub version: u64,
    /// The hash of the entry of the version before.
    pub previous: Option<ContentHash>,
    /// The fields that changed.
    pub changed: Vec<String>,
    /// In which request.
    pub request_id: String,
    /// From which address.
    pub address: Option<String>,
    /// With which client.
    pub agent: Option<String>,
}

impl Record for AuditRecord {
    type Key = AuditKey;

    fn key(&self) -> Self::Key {
        AuditKey { entry: self.id }
    }
}

/// What an entry is about.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    pub(crate) entity: &'static str,
    pub(crate) resource: String,
    pub(crate) version: u64,
    pub(crate) previous: Option<ContentHash>,
    pub(crate) changed: Vec<String>,
}

impl AuditRecord {
    pub(crate) fn new(context: &TenantContext, action: Action, subject: Subject) -> Self {
        let request = context.request();
        Self {
            id: AuditId::mint(context.mint()),
            at: context.now(),
            actor: context.actor().to_string(),
            action,
            entity: subject.entity.to_owned(),
            resource: subject.resource,
            version: subject.version,
            previous: subject.previous,
            changed: subject.changed,
            request_id: request.request_id.clone(),
            address: request.address.clone(),
            agent: request.agent.clone(),
        }
    }

    /// Returns the entry's hash: over its canonical JSON, in the order of its fields.
    pub fn hash(&self) -> Result<ContentHash, serde_json::Error> {
        Ok(ContentHash::of(&serde_json::to_vec(self)?))
    }
}

/// Returns the names of the top-level fields in which two records differ.
pub(crate) fn changed_fields(
    before: &impl Serialize,
    after: &impl Serialize,
) -> Result<Vec<String>, serde_json::Error> {
    let (before, after) = (serde_json::to_value(before)?, serde_json::to_value(after)?);
    let names = |value: &serde_json::Value| -> Vec<String> {
        value
            .as_object()
            .map(|fields| fields.keys().cloned().collect())
            .unwrap_or_default()
    };
    let mut changed: Vec<String> = names(&before)
        .into_iter()
        .chain(names(&after))
        .filter(|name| before.get(name) != after.get(name))
        .collect();
    changed.sort_unstable();
    changed.dedup();
    Ok(changed)
}
