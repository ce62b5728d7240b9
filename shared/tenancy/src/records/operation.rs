//! Long-running operations: what is asked for now and finished later.

use jiff::Timestamp;
use kernel::limits::OPERATION_LIFE_S;
use kernel::time::plus_seconds;
use kernel::{OperationId, PersonId, TenantId, WebsiteId};
use serde::{Deserialize, Serialize};

use crate::keys::{OperationKey, RegistrationKey};
use crate::record::Record;

/// The steps that make a tenant, in order. The first is done when the saga begins.
pub const REGISTRATION_STEPS: [&str; 6] =
    ["claim", "member", "storage", "limits", "verify", "activate"];

/// The steps that make a website, in order.
pub const WEBSITE_STEPS: [&str; 4] = ["hosts", "content", "verify", "activate"];

/// How far an operation got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OperationStatus {
    /// Nothing was done yet.
    Pending,
    /// Some of its steps are done.
    Running,
    /// All of its steps are done.
    Succeeded,
    /// It could not be done; what was done of it was undone.
    Failed,
}

impl OperationStatus {
    /// Returns the status's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}

/// How far a step got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepStatus {
    /// Not done yet.
    Pending,
    /// Done.
    Succeeded,
    /// Could not be done.
    Failed,
    /// Was done and undone.
    Compensated,
}

impl StepStatus {
    /// Returns the status's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Compensated => "compensated",
        }
    }
}

/// A step of an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// What it does.
    pub name: String,
    /// How far it got.
    pub status: StepStatus,
    /// When it got there; for a failed step, when what it may have left behind was taken away.
    pub ended_at: Option<Timestamp>,
}

/// An operation of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OperationRecord {
    /// Its id.
    pub id: OperationId,
    /// What it does, such as `register-tenant`.
    pub kind: String,
    /// How far it got.
    pub status: OperationStatus,
    /// Its steps, in order.
    pub steps: Vec<Step>,
    /// Why it failed, for the person who asked.
    pub reason: Option<String>,
    /// The tenant that it makes or belongs to.
    pub tenant_id: TenantId,
    /// The website that it makes.
    pub website_id: Option<WebsiteId>,
    /// Who asked, where it was a person; the first member of a tenant that is being made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
    /// Whether the person came with this operation, and goes if it fails.
    pub is_new_person: bool,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

impl OperationRecord {
    /// Makes an operation whose `steps` are all still to do.
    pub fn pending(
        id: OperationId,
        kind: &str,
        steps: &[&str],
        tenant_id: TenantId,
        person_id: Option<PersonId>,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            kind: kind.to_owned(),
            status: OperationStatus::Pending,
            steps: steps
                .iter()
                .map(|name| Step {
                    name: (*name).to_owned(),
                    status: StepStatus::Pending,
                    ended_at: None,
                })
                .collect(),
            reason: None,
            tenant_id,
            website_id: None,
            person_id,
            is_new_person: false,
            created_at: now,
            ended_at: None,
        }
    }

    fn forgotten_at(&self) -> Option<Timestamp> {
        self.ended_at
            .map(|ended_at| plus_seconds(ended_at, OPERATION_LIFE_S))
    }
}

impl Record for OperationRecord {
    type Key = OperationKey;
    const SHOWN: &'static [&'static str] =
        &["status", "reason", "websiteId", "createdAt", "endedAt"];

    fn key(&self) -> Self::Key {
        OperationKey { operation: self.id }
    }

    fn expires_at(&self) -> Option<Timestamp> {
        self.forgotten_at()
    }
}

/// The operation that makes a tenant: readable by its id before anybody can sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RegistrationRecord(pub OperationRecord);

impl Record for RegistrationRecord {
    type Key = RegistrationKey;

    fn key(&self) -> Self::Key {
        RegistrationKey {
            operation: self.0.id,
        }
    }

    fn expires_at(&self) -> Option<Timestamp> {
        self.0.forgotten_at()
    }
}
