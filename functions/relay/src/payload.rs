//! What the relay is invoked with: a batch of the table's stream, or the word to sweep.

use runtime::FunctionError;
use serde::Deserialize;
use serde_json::Value;
use stream::Record;
use tenancy::relay::OUTBOX_ENTITY;

/// An invocation.
#[derive(Debug)]
pub(crate) enum Payload {
    /// Records of the stream, in order.
    Stream(Vec<Record>),
    /// Look for what the stream did not bring.
    Sweep,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSweep {
    kind: Kind,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Sweep,
}

impl Payload {
    /// Reads the payload.
    pub(crate) fn read(payload: Value) -> Result<Self, FunctionError> {
        if stream::is_batch(&payload) {
            return stream::read(payload, OUTBOX_ENTITY).map(Self::Stream);
        }
        let RawSweep { kind: Kind::Sweep } = serde_json::from_value(payload)
            .map_err(|error| FunctionError::new("MalformedPayload", error.to_string()))?;
        Ok(Self::Sweep)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Payload;

    #[test]
    fn a_sweep_is_asked_for_by_its_name_alone() {
        let is_sweep = |payload| matches!(Payload::read(payload), Ok(Payload::Sweep));
        assert!(is_sweep(json!({ "kind": "sweep" })));
        for other in [
            json!({}),
            json!({ "kind": "other" }),
            json!({ "kind": "sweep", "x": 1 }),
            json!(null),
        ] {
            assert!(!is_sweep(other.clone()), "{other}");
        }
    }
}
