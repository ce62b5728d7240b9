//! What a function's answer says of the batch it was given.

use std::collections::BTreeSet;

use serde_json::Value;

/// Returns which of `identifiers` failed: none of them if the function said nothing, or nothing of
/// failures. `None` for an answer that is not of its form or names what was not in the batch, which
/// means that nothing was dealt with.
pub(super) fn failed(answer: &Value, identifiers: &BTreeSet<String>) -> Option<BTreeSet<String>> {
    let failures = match answer {
        Value::Null => return Some(BTreeSet::new()),
        Value::Object(members) if members.is_empty() => return Some(BTreeSet::new()),
        Value::Object(members) => members.get("batchItemFailures")?,
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => return None,
    };
    if failures.is_null() {
        return Some(BTreeSet::new());
    }
    let failures = failures.as_array()?.iter();
    failures
        .map(|failure| {
            let id = failure.get("itemIdentifier")?.as_str()?;
            identifiers.contains(id).then(|| id.to_owned())
        })
        .collect()
}
