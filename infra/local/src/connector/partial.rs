//! Batches of which a part fails: some entries are not applied, and the reply says so in the
//! service's own words. It must never know what an entry means.

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Map, Value, json};

use crate::history::Service;

/// A batch taken apart.
#[derive(Debug)]
pub(crate) struct Split {
    /// The request with the entries that are applied, if there are any.
    pub(crate) applied: Option<Request<Bytes>>,
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

/// Which entries of a batch are not applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeftOut {
    /// Every second one.
    EverySecond,
    /// The one at this place, from 0.
    At(usize),
}

impl LeftOut {
    fn has(self, place: usize) -> bool {
        match self {
            Self::EverySecond => place % 2 == 1,
            Self::At(at) => place == at,
        }
    }
}

/// Takes a batch apart; none if the request is no batch, or has no entry that is to be left out.
pub(crate) fn split(
    service: Service,
    operation: &str,
    request: &Request<Bytes>,
    left_out: LeftOut,
) -> Option<Split> {
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
    let (left_out, is_rest) = match kind {
        Kind::Sqs | Kind::EventBridge => {
            let entries = body.get_mut("Entries")?;
            let taken = take(entries, left_out)?;
            (
                taken,
                entries.as_array().is_some_and(|kept| !kept.is_empty()),
            )
        }
        Kind::Table { .. } => take_of_tables(body.get_mut("RequestItems")?, left_out)?,
    };
    let applied = is_rest.then(|| {
        let mut applied = request.clone();
        *applied.body_mut() = body.to_string().into();
        applied
    });
    Some(Split {
        applied,
        kind,
        left_out,
    })
}

fn take(entries: &mut Value, left_out: LeftOut) -> Option<Vec<(usize, Value)>> {
    let all = std::mem::take(entries.as_array_mut()?);
    let (mut kept, mut taken) = (Vec::new(), Vec::new());
    for (place, entry) in all.into_iter().enumerate() {
        if left_out.has(place) {
            taken.push((place, entry));
        } else {
            kept.push(entry);
        }
    }
    *entries = Value::Array(kept);
    (!taken.is_empty()).then_some(taken)
}

/// Takes entries of each table, as a table's name and what is left out of it, and says whether any
/// table has entries left. One that has none goes.
fn take_of_tables(tables: &mut Value, left_out: LeftOut) -> Option<(Vec<(usize, Value)>, bool)> {
    let (mut taken, mut emptied) = (Vec::new(), Vec::new());
    for (name, table) in tables.as_object_mut()? {
        let mut rest = table.clone();
        let (from, to) = if table.is_array() {
            (table, &mut rest)
        } else {
            (table.get_mut("Keys")?, rest.get_mut("Keys")?)
        };
        let Some(entries) = take(from, left_out) else {
            continue;
        };
        if from.as_array().is_some_and(Vec::is_empty) {
            emptied.push(name.clone());
        }
        *to = entries.into_iter().map(|(_, entry)| entry).collect();
        taken.push((0, json!({"name": name, "rest": rest})));
    }
    let tables = tables.as_object_mut()?;
    tables.retain(|name, _| !emptied.contains(name));
    (!taken.is_empty()).then_some((taken, !tables.is_empty()))
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
                let entries = body.entry("Entries").or_insert_with(|| json!([]));
                if let Some(entries) = entries.as_array_mut() {
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
