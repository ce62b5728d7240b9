//! What functions write without an entry in the audit trail beside it.

use local::fault::Call;
use serde_json::Value;

/// What may be written without an entry, and why: the function, what it does, and to which entity or partition.
pub(super) const EXEMPT: [(&str, &str); 24] = [
    ("authorizer Put apiKeyUse", COUNT),
    ("authorizer Update T#TRAFFIC", COUNT),
    ("authorizer Update T#TRAFFIC#ALL", COUNT),
    ("authorizer Update TRAFFIC", COUNT),
    ("content Put object", OBJECT),
    ("identity Put knownNetwork", COUNT),
    (
        "identity Put outbox",
        "a link that is asked for an address, of which nothing says whose it is",
    ),
    ("identity Put rate", COUNT),
    (
        "identity Put session",
        "a refresh token is exchanged: the sign-in is the same",
    ),
    ("notifications Put mailLease", PLACE),
    ("provisioning Delete T#USAGE", COUNT),
    ("provisioning Put object", OBJECT),
    ("provisioning Put registration", PLACE),
    ("provisioning Put usage", COUNT),
    ("relay Delete T#OUTBOX", PLACE),
    ("relay Put sweep", PLACE),
    ("sealing Put sealHead", PLACE),
    ("sealing Put sealing", PLACE),
    ("security Put abuse", COUNT),
    ("security Put securityEvent", COPY),
    ("security Put securityMonth", COPY),
    ("tenants Put rate", COUNT),
    (
        "websites Put idempotency",
        "a request under a key came to nothing new",
    ),
    ("websites Put object", OBJECT),
];

/// How often something happened, which is a change of nothing.
const COUNT: &str = "a count";

/// What stands in a trail already.
const COPY: &str = "a copy of an entry";

/// A text under its own hash: what comes to lead to it has an entry.
const OBJECT: &str = "an object to which nothing leads yet";

/// How far the platform itself has come; what it did has its entries.
const PLACE: &str = "how far work has come";

/// Returns what a call writes to the table where none of it is an entry of the audit trail.
pub(super) fn without_entry(call: &Call<'_>) -> Vec<String> {
    let body: Value = serde_json::from_slice(call.body).unwrap_or_default();
    let mut written = Vec::new();
    match call.operation {
        "PutItem" | "UpdateItem" | "DeleteItem" => written.push(name(call.operation, &body)),
        "TransactWriteItems" => {
            let parts = body["TransactItems"].as_array().into_iter().flatten();
            let parts = parts.filter_map(|part| part.as_object()).flatten();
            let parts = parts.filter(|(kind, _)| *kind != "ConditionCheck");
            written.extend(parts.map(|(kind, part)| name(kind, part)));
        }
        "BatchWriteItem" => {
            let tables = body["RequestItems"].as_object().into_iter().flatten();
            let writes = tables.filter_map(|(_, writes)| writes.as_array()).flatten();
            written.extend(writes.filter_map(|write| {
                let (kind, part) = write.as_object()?.iter().next()?;
                Some(name(kind, part))
            }));
        }
        _ => {}
    }
    if written.iter().any(|one| one == "Put audit") {
        written.clear();
    }
    written
        .iter()
        .map(|one| format!("{} {one}", call.function))
        .collect()
}

/// Says what is done to what: an item's entity where it is put, its partition where it is not.
fn name(kind: &str, part: &Value) -> String {
    let text = |pointer: &str| part.pointer(pointer).and_then(Value::as_str);
    let verb = kind.trim_end_matches("Item").trim_end_matches("Request");
    let what = text("/Item/entity/S").or_else(|| text("/Key/pk/S"));
    let what = what.unwrap_or("?");
    let what = what
        .split('#')
        .filter(|word| word.chars().all(|it| it.is_ascii_alphabetic()));
    format!("{verb} {}", what.collect::<Vec<_>>().join("#"))
}
