//! The audit trail: who changed what, when, chained along each versioned item.

mod changes;

use std::fmt;

use jiff::Timestamp;
use kernel::limits::{AUDIT_LIFE_S, AUDIT_LONG_LIFE_S};
use kernel::time::plus_seconds;
use kernel::{AuditId, ContentHash, EventId, TenantId};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use crate::audit::changes::ChangedField;
pub(crate) use crate::audit::changes::{changed, deleted};
use crate::context::TenantContext;
use crate::key::{SEPARATOR, TenantKey, join};
use crate::keys::{AuditKey, CHART};
use crate::record::Record;
use crate::records::Tier;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Something was made.
    Create,
    /// What not everybody who works for the tenant may see was read.
    ReadSensitive,
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
    /// Data left the platform in a file.
    Export,
    /// A status, a tier or another setting changed.
    ConfigChange,
    /// Somebody asked for what belongs to another tenant.
    CrossTenant,
    /// Storage denied what the platform itself tried for the tenant.
    AccessDenied,
    /// The trail was found not to be what it was.
    TrailBroken,
    /// A credential was used as nobody uses one who has it by right.
    Misused,
    /// Much more was asked for than anybody needs.
    Overused,
    /// A tenant was suspended for what came from it.
    Suspended,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 19] = [
        Self::Create,
        Self::ReadSensitive,
        Self::Update,
        Self::Delete,
        Self::Restore,
        Self::Publish,
        Self::Rollback,
        Self::Deploy,
        Self::Login,
        Self::LoginFailed,
        Self::PermissionChange,
        Self::Export,
        Self::ConfigChange,
        Self::CrossTenant,
        Self::AccessDenied,
        Self::TrailBroken,
        Self::Misused,
        Self::Overused,
        Self::Suspended,
    ];

    /// Returns its name, as it is stored and as the API spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::ReadSensitive => "read-sensitive",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Restore => "restore",
            Self::Publish => "publish",
            Self::Rollback => "rollback",
            Self::Deploy => "deploy",
            Self::Login => "login",
            Self::LoginFailed => "login-failed",
            Self::PermissionChange => "permission-change",
            Self::Export => "export",
            Self::ConfigChange => "config-change",
            Self::CrossTenant => "security.cross_tenant",
            Self::AccessDenied => "security.access_denied",
            Self::TrailBroken => "security.trail_broken",
            Self::Misused => "security.misused",
            Self::Overused => "security.overused",
            Self::Suspended => "security.suspended",
        }
    }

    /// Reads a name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }
}

impl Serialize for Action {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Action {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::of_name(&name).ok_or_else(|| D::Error::custom(format_args!("`{name}` is no action")))
    }
}

/// An entry of the audit trail. It names people by id only, so that a person can be erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuditRecord {
    /// The entry's id, in order of time.
    pub id: AuditId,
    /// When it was done: when the id was made.
    pub at: Timestamp,
    /// Who did it: `member:<id>`, `key:<id>`, `operator:<id>`, `system:<consumer>` or `visitor`.
    pub actor: String,
    /// Who did it in that one's name: `operator:<id>`, in a support session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impersonator: Option<String>,
    /// What was done.
    pub action: Action,
    /// To which entity. The item's own is that of the entry.
    #[serde(rename = "subject")]
    pub entity: String,
    /// To which item of it: its partition within the tenant and its place there, or a name where it is no item that has
    /// versions.
    pub resource: String,
    /// The item's version after it; 0 where it is no item that has versions.
    #[serde(rename = "subjectVersion")]
    pub version: u64,
    /// The hash of the entry of the version before.
    pub previous: Option<ContentHash>,
    /// What changed.
    pub changes: Vec<ChangedField>,
    /// In which request.
    pub request_id: String,
    /// From which address.
    pub address: Option<String>,
    /// With which client.
    pub agent: Option<String>,
    /// Until when the entry is kept.
    pub kept_until: Timestamp,
}

impl Record for AuditRecord {
    type Key = AuditKey;

    fn key(&self) -> Self::Key {
        AuditKey { entry: self.id }
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.kept_until)
    }
}

/// What entries call the second factor of a person, which is a part of a record.
pub(crate) const SECOND_FACTOR: &str = "secondFactor";

/// What entries call the storage that denied something.
pub(crate) const STORAGE: &str = "storage";

/// Returns what everything that an entry may be about is called.
pub fn entities() -> impl Iterator<Item = &'static str> {
    let records = CHART.iter().map(|line| line.entity);
    records.chain([SECOND_FACTOR, STORAGE])
}

/// Returns whether an entry may be about something that is called so.
pub fn is_entity(name: &str) -> bool {
    entities().any(|entity| entity == name)
}

/// What an entry is about.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    pub(crate) entity: &'static str,
    pub(crate) resource: String,
    pub(crate) version: u64,
    pub(crate) previous: Option<ContentHash>,
    pub(crate) changes: Vec<ChangedField>,
}

impl Subject {
    /// Returns something that is no item which has versions.
    pub(crate) fn named(entity: &'static str, resource: impl fmt::Display) -> Self {
        Self {
            entity,
            resource: resource.to_string(),
            version: 0,
            previous: None,
            changes: Vec::new(),
        }
    }
}

/// Stands between an item's partition and its place there; neither contains it.
const PLACE: char = ' ';

/// Names an item of a tenant.
pub(crate) fn name_of(key: &impl TenantKey) -> String {
    format!("{}{PLACE}{}", join(&key.partition()), join(&key.sort()))
}

impl AuditRecord {
    pub(crate) fn new(context: &TenantContext, action: Action, subject: Subject) -> Self {
        debug_assert!(is_entity(subject.entity), "entries about it are found");
        let request = context.request();
        let id = AuditId::mint(context.mint());
        let at = id.made_at();
        Self {
            id,
            at,
            actor: context.actor().to_string(),
            impersonator: context.actor().impersonator().map(|who| who.to_string()),
            action,
            entity: subject.entity.to_owned(),
            resource: subject.resource,
            version: subject.version,
            previous: subject.previous,
            changes: subject.changes,
            request_id: request.request_id.clone(),
            address: request.address.clone(),
            agent: request.agent.clone(),
            kept_until: plus_seconds(at, life_s(context.tier())),
        }
    }

    /// Returns the entry's hash: over its canonical JSON, in the order of its fields.
    pub fn hash(&self) -> Result<ContentHash, serde_json::Error> {
        Ok(ContentHash::of(&serde_json::to_vec(self)?))
    }

    /// Returns what tells the item from others of its entity: the last id that its name has; the tenant's, of which
    /// the tenant has only one; the whole name, where it is no item that has versions.
    pub fn resource_id(&self, tenant: TenantId) -> String {
        let mut parts = self.resource.rsplit([PLACE, SEPARATOR]);
        let is_id = |part: &&str| EventId::parse(part).is_ok();
        match parts.find(is_id) {
            Some(id) => id.to_owned(),
            None if self.version > 0 => tenant.to_string(),
            None => self.resource.clone(),
        }
    }
}

/// Returns how long entries of a tenant are kept, in seconds: as long as of any where it is not known what it pays for.
fn life_s(tier: Option<Tier>) -> i64 {
    match tier {
        Some(Tier::Free | Tier::Starter | Tier::Professional) => AUDIT_LIFE_S,
        Some(Tier::Enterprise | Tier::Custom) | None => AUDIT_LONG_LIFE_S,
    }
}
