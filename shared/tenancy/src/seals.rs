//! Seals of the audit trail: what a trail said, some time ago, kept where nobody can change it. An entry that is altered
//! or taken out after it was sealed is found, and so is one that is put in.
//!
//! A seal names every entry of a window of ids, in order, with its hash, and the seal before it. Seals stand in a
//! bucket of their own whose objects cannot be replaced or deleted for as long as an entry is kept. The entries
//! themselves are named, and not only a root over them, so that it can be said which one is missing. What was not
//! sealed yet is held together by the chain of each item alone: entries without a version, and the newest of each item,
//! can be taken out unseen until they are sealed.

mod sealer;
mod verify;
mod window;

use std::fmt;

use jiff::Timestamp;
use kernel::{AuditId, ContentHash, TenantId};
use serde::{Deserialize, Serialize};

use crate::keys::SealHeadKey;
use crate::objects::tenant_prefix;
use crate::record::Record;
use crate::storage::RawBlobKey;

pub use sealer::{Sealed, Sealer, TRAIL_BROKEN, Waiting};
pub use verify::Verified;

/// An entry, as it was when it was sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SealedEntry {
    id: AuditId,
    /// The entry's hash; none of what was no entry already.
    hash: Option<ContentHash>,
    /// Until when the entry is kept: after that it may be gone.
    kept_until: Option<Timestamp>,
}

/// A seal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Seal {
    tenant_id: TenantId,
    /// Its place among the seals of the tenant, from one on.
    number: u64,
    /// The hash of the seal before it.
    previous: Option<ContentHash>,
    /// The window: ids after this one, with which the seal before it ends,
    after: AuditId,
    /// and up to this one.
    through: AuditId,
    /// Every entry in the window, in the order of their ids.
    entries: Vec<SealedEntry>,
}

/// The newest seal of a tenant: where the next one begins. It is only where to look; what was sealed is what the seals
/// say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SealHeadRecord {
    number: u64,
    hash: ContentHash,
    through: AuditId,
}

impl Record for SealHeadRecord {
    type Key = SealHeadKey;

    fn key(&self) -> Self::Key {
        SealHeadKey {}
    }
}

/// What is wrong with a trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// An entry is not what was sealed, or is none.
    Altered,
    /// A sealed entry is gone before its time.
    Removed,
    /// An entry is in a window that was sealed without it.
    Added,
    /// An entry does not follow the one before it about the same item.
    Unchained,
    /// A seal is gone.
    SealMissing,
    /// A seal does not follow the one before it, or is none.
    SealAltered,
    /// An entry is of another time than it can be: of one that is not yet, or that should have been sealed long ago.
    Untimely,
}

impl Flaw {
    /// Every flaw.
    pub const ALL: [Self; 7] = [
        Self::Altered,
        Self::Removed,
        Self::Added,
        Self::Unchained,
        Self::SealMissing,
        Self::SealAltered,
        Self::Untimely,
    ];

    /// Returns its name, as the API spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Altered => "altered",
            Self::Removed => "removed",
            Self::Added => "added",
            Self::Unchained => "unchained",
            Self::SealMissing => "seal-missing",
            Self::SealAltered => "seal-altered",
            Self::Untimely => "untimely",
        }
    }
}

/// Where a trail is not what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Break {
    /// What is wrong.
    pub flaw: Flaw,
    /// With which entry; with none, where it is a seal, or something that has no entry's id.
    pub entry: Option<AuditId>,
    /// In which seal; in none, where it was not sealed yet.
    pub seal: Option<u64>,
}

impl Break {
    /// Returns what is wrong with a seal itself.
    fn of_seal(flaw: Flaw, number: u64) -> Self {
        Self {
            flaw,
            entry: None,
            seal: Some(number),
        }
    }
}

impl fmt::Display for Break {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.flaw.name())?;
        if let Some(entry) = self.entry {
            write!(formatter, " entry {entry}")?;
        }
        match self.seal {
            Some(seal) => write!(formatter, " seal {seal}"),
            None => Ok(()),
        }
    }
}

/// Digits of a seal's number in its name, so that names sort as numbers do.
const NUMBER_DIGITS: usize = 12;

fn prefix(tenant: TenantId) -> RawBlobKey {
    RawBlobKey::new(format!("{}seals/", tenant_prefix(tenant)))
}

fn key_of(tenant: TenantId, number: u64) -> RawBlobKey {
    let prefix = prefix(tenant);
    let prefix = prefix.as_str();
    RawBlobKey::new(format!("{prefix}{number:0NUMBER_DIGITS$}"))
}

/// Returns the number of a seal from its name.
fn number_of(tenant: TenantId, key: &str) -> Option<u64> {
    key.strip_prefix(prefix(tenant).as_str())?.parse().ok()
}

/// Returns where the first window of all begins.
fn beginning() -> AuditId {
    AuditId::least_at(Timestamp::UNIX_EPOCH)
}
