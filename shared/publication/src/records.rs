//! Pointers, releases and moves.

use jiff::Timestamp;
use kernel::{PersonId, ReleaseId, WebsiteId};
use release::TreeId;
use serde::{Deserialize, Serialize};
use tenancy::Record;
use tenancy::keys::{MoveKey, MoveNumber, PointerKey, ReleaseKey};
use tenancy::records::WebsiteStatus;

/// What a website shows now. Read strongly for every page view, so it is small.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PointerRecord {
    /// The website.
    pub website_id: WebsiteId,
    /// Whether visitors are let in.
    pub status: WebsiteStatus,
    /// The release that is live.
    pub release_id: ReleaseId,
    /// Its tree.
    pub tree_id: TreeId,
    /// How often the pointer moved.
    pub moves: u64,
}

impl Record for PointerRecord {
    type Key = PointerKey;
    const SHOWN: &'static [&'static str] = &["status", "releaseId", "treeId", "moves"];

    fn key(&self) -> Self::Key {
        PointerKey {
            website: self.website_id,
        }
    }
}

/// What happened to an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// It was not there before.
    Added,
    /// It was another before.
    Changed,
    /// It is not there any more.
    Removed,
}

/// One entry that a release changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RouteSummary {
    /// Its key, such as `p/about`.
    pub key: String,
    /// What happened to it.
    pub change: ChangeKind,
}

/// What a release changed, against the one it was made from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Summary {
    /// The first entries that changed, in order.
    pub routes: Vec<RouteSummary>,
    /// How many entries changed.
    pub route_count: u64,
    /// Whether the theme or its settings changed.
    pub theme: bool,
    /// Whether the configuration changed.
    pub config: bool,
}

/// A release: a tree, where it came from, and who made it. Never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReleaseRecord {
    /// Its id.
    pub id: ReleaseId,
    /// The website.
    pub website_id: WebsiteId,
    /// Its tree.
    pub tree_id: TreeId,
    /// The release it was made from.
    pub parent_id: Option<ReleaseId>,
    /// Who made it, by id only; none where the platform did.
    pub person_id: Option<PersonId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// What it was made for.
    pub message: String,
    /// What it changed.
    pub summary: Summary,
}

impl Record for ReleaseRecord {
    type Key = ReleaseKey;

    fn key(&self) -> Self::Key {
        ReleaseKey {
            website: self.website_id,
            release: self.id,
        }
    }
}

/// A move of a pointer. All moves together tell what was live at any time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MoveRecord {
    /// The website.
    pub website_id: WebsiteId,
    /// The move's number, from one.
    pub number: u64,
    /// The release that was live before.
    pub from: Option<ReleaseId>,
    /// The release that is live after.
    pub to: ReleaseId,
    /// Its tree.
    pub tree_id: TreeId,
    /// Who moved it; none where the platform did.
    pub person_id: Option<PersonId>,
    /// When.
    pub moved_at: Timestamp,
}

impl Record for MoveRecord {
    type Key = MoveKey;

    fn key(&self) -> Self::Key {
        MoveKey {
            website: self.website_id,
            number: MoveNumber(self.number),
        }
    }
}
