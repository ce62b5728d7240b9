//! What the API answers of a trail that is held against its seals.

use serde::Serialize;
use serde_json::json;
use tenancy::seals::{Break, Flaw, Verified};
use utoipa::ToSchema;

web::shapes! {
    /// What is wrong.
    pub(crate) FlawName = json!({"type": "string", "enum": Flaw::ALL.map(Flaw::name)});
}

/// What came of holding a part of an audit trail against its seals.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VerificationView {
    /// Whether nothing was found in this part.
    is_intact: bool,
    /// How many things are wrong in it.
    broken: u64,
    /// The first of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_broken: Option<BreakView>,
    /// Seals that were read.
    seals: u64,
    /// Entries that are there.
    entries: u64,
    /// Sealed entries that are not there any more because they are kept no longer.
    expired: u64,
    /// Entries that are there and not sealed yet: of these it is not known whether they are all.
    unsealed: u64,
    /// Until when entries are sealed, as far as this part goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    sealed_until: Option<String>,
    /// Where the next part begins, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Where a trail is not what it was.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BreakView {
    #[schema(value_type = FlawName)]
    flaw: &'static str,
    /// With which entry, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry_id: Option<String>,
    /// When that entry was made, as its id says.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    /// In which seal, where it was sealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    seal: Option<u64>,
}

impl VerificationView {
    pub(crate) fn of(verified: &Verified, next_cursor: Option<String>) -> Self {
        Self {
            is_intact: verified.first.is_none(),
            broken: verified.broken,
            first_broken: verified.first.map(BreakView::of),
            seals: verified.seals,
            entries: verified.entries,
            expired: verified.expired,
            unsealed: verified.unsealed,
            sealed_until: verified.sealed_until.map(|until| until.to_string()),
            next_cursor,
        }
    }
}

impl BreakView {
    fn of(found: Break) -> Self {
        Self {
            flaw: found.flaw.name(),
            entry_id: found.entry.map(|entry| entry.to_string()),
            at: found.entry.map(|entry| entry.made_at().to_string()),
            seal: found.seal,
        }
    }
}
