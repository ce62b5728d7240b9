//! What changed of an item, in words for the audit trail. Only what a record says may be shown is: a secret or
//! somebody's personal data is not in the trail by oversight.

use kernel::ContentHash;
use kernel::limits::AUDIT_VALUE_BYTES_MAX;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::record::Record;

/// The member that says when an item changed, which the entry says itself.
const CHANGED_AT: &str = "updatedAt";

/// A member that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangedField {
    /// The member's name; of a member of a member, with its own before it and a dot between.
    pub field: String,
    /// What it was, as JSON, if it was anything. Of a large value it is the hash and the size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl ChangedField {
    /// Returns whether it is not shown what the member was and is.
    pub fn is_masked(&self) -> bool {
        self.before.is_none() && self.after.is_none()
    }
}

/// Returns in what two records differ.
pub(crate) fn changed<R: Record>(
    before: &R,
    after: &R,
) -> Result<Vec<ChangedField>, serde_json::Error> {
    let (before, after) = (serde_json::to_value(before)?, serde_json::to_value(after)?);
    let mut found = Vec::new();
    differ(R::SHOWN, "", &before, &after, &mut found);
    Ok(found)
}

/// Returns what there was of a record that is deleted, as far as it may be shown.
pub(crate) fn deleted<R: Record>(record: &R) -> Result<Vec<ChangedField>, serde_json::Error> {
    let before = serde_json::to_value(record)?;
    let mut found = Vec::new();
    differ(R::SHOWN, "", &before, &json!({}), &mut found);
    found.retain(|change| !change.is_masked());
    Ok(found)
}

/// Goes through the members of two values that differ; what is in neither of them is null.
fn differ(
    shown: &[&str],
    within: &str,
    before: &Value,
    after: &Value,
    found: &mut Vec<ChangedField>,
) {
    let none = Map::new();
    let (was, is) = (before.as_object(), after.as_object());
    let (was, is) = (was.unwrap_or(&none), is.unwrap_or(&none));
    let mut names: Vec<&String> = was.keys().chain(is.keys()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let (before, after) = (was.get(name), is.get(name));
        let (before, after) = (
            before.unwrap_or(&Value::Null),
            after.unwrap_or(&Value::Null),
        );
        if before == after || name == CHANGED_AT {
            continue;
        }
        let field = format!("{within}{name}");
        let is_shown = shown.contains(&field.as_str());
        let below = format!("{field}.");
        if !is_shown && shown.iter().any(|shown| shown.starts_with(&below)) {
            differ(shown, &below, before, after, found);
            continue;
        }
        found.push(ChangedField {
            before: Some(before).filter(|_| is_shown).and_then(written),
            after: Some(after).filter(|_| is_shown).and_then(written),
            field,
        });
    }
}

/// Writes a value; a large one by its hash.
fn written(value: &Value) -> Option<String> {
    if value.is_null() {
        return None;
    }
    let text = value.to_string();
    if text.len() <= AUDIT_VALUE_BYTES_MAX {
        return Some(text);
    }
    let hash = ContentHash::of(text.as_bytes()).to_string();
    Some(json!({"bytes": text.len(), "sha256": hash}).to_string())
}
