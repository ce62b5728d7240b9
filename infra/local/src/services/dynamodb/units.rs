//! Capacity units: asked of the engine for every request, so that tests can count them, and
//! shown to the caller only where it asked too. It must never know what the items mean.

use bytes::Bytes;
use serde_json::Value;

use crate::services::protocol::Units;

const MEMBER: &[u8] = b"\"ReturnConsumedCapacity\"";
const QUESTION: &[u8] = b"{\"ReturnConsumedCapacity\":\"TOTAL\",";

/// A request that asks for its units.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) body: Bytes,
    /// Whether the question was added here.
    pub(crate) asked_here: bool,
}

/// Adds the question to a request that can have it and does not.
pub(crate) fn ask(operation: &str, body: &Bytes) -> Measured {
    let can_ask = reads(operation) || super::dispatch::writes(operation);
    let has_members = body.first() == Some(&b'{') && body.len() > 2;
    let asks = body.windows(MEMBER.len()).any(|part| part == MEMBER);
    match body.get(1..) {
        Some(rest) if can_ask && has_members && !asks => Measured {
            body: [QUESTION, rest].concat().into(),
            asked_here: true,
        },
        _ => Measured {
            body: body.clone(),
            asked_here: false,
        },
    }
}

/// Reads the units out of an answer, and takes them away where the caller did not ask.
pub(crate) fn take(operation: &str, answer: &mut Value, asked_here: bool) -> Units {
    let Some(capacity) = answer.get("ConsumedCapacity") else {
        return Units::default();
    };
    let units = match capacity {
        Value::Array(tables) => tables.iter().map(of_table).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0.0,
        Value::Object(_) => of_table(capacity),
    };
    if asked_here && let Some(members) = answer.as_object_mut() {
        members.remove("ConsumedCapacity");
    }
    if reads(operation) {
        Units {
            read: units,
            write: 0.0,
        }
    } else {
        Units {
            read: 0.0,
            write: units,
        }
    }
}

fn reads(operation: &str) -> bool {
    matches!(
        operation,
        "GetItem" | "Query" | "Scan" | "BatchGetItem" | "TransactGetItems"
    )
}

fn of_table(capacity: &Value) -> f64 {
    capacity
        .get("CapacityUnits")
        .and_then(Value::as_f64)
        .unwrap_or_default()
}
