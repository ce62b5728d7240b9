//! Batches of which a part fails: every second entry is not applied, and the reply says so in
//! the service's own words. It must never know what an entry means.

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Map, Value, json};

use crate::history::Service;

/// A batch taken apart.
#[derive(Debug)]
pub(crate) struct Split {
    /// The request with the entries that are applied.
    pub(crate) applied: Request<Bytes>,
    kind: Kind,
    /// The entries that are not applied, with their places.
    left_out: Vec<(usize, Value)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sqs,
    EventBridge,
    Table { unprocessed: &'static str },
}

/// Takes a batch of more than one entry apart; none if the request is no such batch.
pub(crate) fn split(service: Service, operation: &str, request: &Request<Bytes>) -> Option<Split> {
    let kind = match (service, operation) {
        (Service::Sqs, operation) if operation.ends_with("Batch") => Kind::Sqs,
        (Service::EventBridge, "PutEvents") => Kind::EventBridge,
        (Service::DynamoDb, "BatchWriteItem") => Kind::Table {
            unprocessed: "UnprocessedItems",
        },
        (Service::DynamoDb, "BatchGetItem") => Kind::Table {
            unprocessed: "UnprocessedKeys",
        },
        _ => return None,
    };
    let mut body: Value = serde_json::from_slice(request.body()).ok()?;
    let left_out = match kind {
        Kind::Sqs | Kind::EventBridge => take_every_second(body.get_mut("Entries")?)?,
        Kind::Table { .. } => take_of_tables(body.get_mut("RequestItems")?)?,
    };
    let mut applied = request.clone();
    *applied.body_mut() = body.to_string().into();
    Some(Split {
        applied,
        kind,
        left_out,
    })
}

fn take_every_second(entries: &mut Value) -> Option<Vec<(usize, Value)>> {
    let all = std::mem::take(entries.as_array_mut()?);
    let (mut kept, mut taken) = (Vec::new(), Vec::new());
    for (place, entry) in all.into_iter().enumerate() {
        if place % 2 == 1 {
            taken.push((place, entry));
        } else {
            kept.push(entry);
        }
    }
    *entries = Value::Array(kept);
    (!taken.is_empty()).then_some(taken)
}

/// Takes every second entry of each table, as a table's name and what is left out of it.
fn take_of_tables(tables: &mut Value) -> Option<Vec<(usize, Value)>> {
    let mut taken = Vec::new();
    for (name, table) in tables.as_object_mut()? {
        let mut rest = table.clone();
        let (from, to) = if table.is_array() {
            (table, &mut rest)
        } else {
            (table.get_mut("Keys")?, rest.get_mut("Keys")?)
        };
        let Some(entries) = take_every_second(from) else {
            continue;
        };
        *to = entries.into_iter().map(|(_, entry)| entry).collect();
        taken.push((0, json!({"name": name, "rest": rest})));
    }
    (!taken.is_empty()).then_some(taken)
}

impl Split {
    /// Adds what was left out to the answer of the rest.
    pub(crate) fn complete(self, response: Response<Bytes>) -> Response<Bytes> {
        let parsed = serde_json::from_slice::<Map<String, Value>>(response.body());
        let (true, Ok(mut body)) = (response.status().is_success(), parsed) else {
            return response;
        };
        match self.kind {
            Kind::Sqs => {
                let failed = body.entry("Failed").or_insert_with(|| json!([]));
                let ids = self
                    .left_out
                    .iter()
                    .filter_map(|(_, entry)| entry.get("Id"));
                if let Some(failed) = failed.as_array_mut() {
                    failed.extend(ids.map(|id| {
                        json!({"Id": id, "SenderFault": false, "Code": "InternalError",
                               "Message": "internal failure"})
                    }));
                }
            }
            Kind::EventBridge => {
                let count = body.get("FailedEntryCount").and_then(Value::as_u64);
                let count = count.unwrap_or_default() + self.left_out.len() as u64;
                if let Some(entries) = body.get_mut("Entries").and_then(Value::as_array_mut) {
                    for (place, _) in &self.left_out {
                        let failure = json!({"ErrorCode": "InternalFailure",
                                             "ErrorMessage": "internal failure"});
                        entries.insert((*place).min(entries.len()), failure);
                    }
                }
                body.insert("FailedEntryCount".to_owned(), Value::from(count));
            }
            Kind::Table { unprocessed } => {
                let tables = body.entry(unprocessed).or_insert_with(|| json!({}));
                for (_, table) in self.left_out {
                    let (name, rest) =
                        (table.get("name").and_then(Value::as_str), table.get("rest"));
                    if let (Some(tables), Some(name), Some(rest)) =
                        (tables.as_object_mut(), name, rest)
                    {
                        tables.insert(name.to_owned(), rest.clone());
                    }
                }
            }
        }
        let (mut parts, _) = response.into_parts();
        parts.headers.remove(http::header::CONTENT_LENGTH);
        Response::from_parts(parts, Value::Object(body).to_string().into())
    }
}
