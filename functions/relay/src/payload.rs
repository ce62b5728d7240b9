//! What the relay is invoked with: a batch of the table's stream, or the word to sweep.

use runtime::FunctionError;
use serde::Deserialize;
use serde_dynamo::Item;
use serde_json::Value;
use tenancy::relay::OUTBOX_ENTITY;

/// An invocation.
#[derive(Debug)]
pub(crate) enum Payload {
    /// Records of the stream, in order.
    Stream(Vec<StreamRecord>),
    /// Look for what the stream did not bring.
    Sweep,
}

/// A record of the stream.
#[derive(Debug)]
pub(crate) struct StreamRecord {
    /// Its place in the stream.
    pub(crate) sequence_number: String,
    /// The item as it was put; none where the record is about no event that waits.
    pub(crate) image: Option<Value>,
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

#[derive(Deserialize)]
struct RawStream {
    #[serde(rename = "Records")]
    records: Vec<RawRecord>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawRecord {
    event_name: String,
    dynamodb: RawChange,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawChange {
    sequence_number: Option<String>,
    new_image: Option<Value>,
}

impl Payload {
    /// Reads the payload. A record without a sequence number fails the whole invocation: it could
    /// not be reported.
    pub(crate) fn read(payload: Value) -> Result<Self, FunctionError> {
        let malformed = |why: String| FunctionError::new("MalformedPayload", why);
        if payload.get("Records").is_none() {
            let RawSweep { kind: Kind::Sweep } =
                serde_json::from_value(payload).map_err(|error| malformed(error.to_string()))?;
            return Ok(Self::Sweep);
        }
        let raw: RawStream =
            serde_json::from_value(payload).map_err(|error| malformed(error.to_string()))?;
        let records = raw.records.into_iter().map(|record| {
            let sequence_number = record
                .dynamodb
                .sequence_number
                .filter(|number| !number.is_empty())
                .ok_or_else(|| malformed("a record has no sequence number".to_owned()))?;
            let image = record.dynamodb.new_image;
            Ok(StreamRecord {
                sequence_number,
                image: image.filter(|image| record.event_name == "INSERT" && is_outbox(image)),
            })
        });
        Ok(Self::Stream(records.collect::<Result<_, _>>()?))
    }
}

fn is_outbox(image: &Value) -> bool {
    image.pointer("/entity/S").and_then(Value::as_str) == Some(OUTBOX_ENTITY)
}

/// Returns the primary key of an image, for the log: empty where it has none.
pub(crate) fn key(image: &Value) -> [String; 2] {
    ["/pk/S", "/sk/S"].map(|at| {
        let text = image.pointer(at).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    })
}

/// Reads an image as an item.
pub(crate) fn item(image: Value) -> Result<Item, serde_json::Error> {
    serde_json::from_value(image)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Payload;

    fn record(name: &str, entity: &str, number: &Value) -> Value {
        json!({
            "eventName": name,
            "dynamodb": { "SequenceNumber": number, "NewImage": { "entity": { "S": entity } } },
        })
    }

    #[test]
    fn only_new_events_of_the_outbox_have_an_image() {
        let payload = json!({ "Records": [
            record("INSERT", "outbox", &json!("1")),
            record("REMOVE", "outbox", &json!("2")),
            record("INSERT", "page", &json!("3")),
            { "eventName": "REMOVE", "dynamodb": { "SequenceNumber": "4" } },
        ]});
        let Payload::Stream(records) = Payload::read(payload).unwrap() else {
            panic!("a stream was read as something else");
        };
        let found: Vec<_> = records
            .iter()
            .map(|record| (record.sequence_number.as_str(), record.image.is_some()))
            .collect();
        assert_eq!(
            found,
            [("1", true), ("2", false), ("3", false), ("4", false)]
        );
    }

    #[test]
    fn what_could_not_be_reported_fails_the_invocation() {
        for number in [json!(null), json!("")] {
            let payload = json!({ "Records": [record("INSERT", "outbox", &number)] });
            assert!(Payload::read(payload).is_err(), "{number}");
        }
    }

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
