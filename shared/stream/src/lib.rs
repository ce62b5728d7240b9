//! Batches of the table's stream: what is new in them of one entity, and which record must come again. It must never
//! know what an item means.

use invocation::FunctionError;
use serde::Deserialize;
use serde_dynamo::Item;
use serde_json::{Value, json};

/// A record of the stream.
#[derive(Debug)]
pub struct Record {
    /// Its place in the stream.
    pub sequence_number: String,
    /// The item as it was put; none where the record is about no new item of the entity.
    pub image: Option<Value>,
}

#[derive(Deserialize)]
struct RawBatch {
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

/// Returns whether a payload is a batch of the stream.
pub fn is_batch(payload: &Value) -> bool {
    payload.get("Records").is_some()
}

/// Reads a batch of which the new items of `entity` are wanted.
///
/// # Errors
///
/// A record without a sequence number fails the whole batch: it could not be reported.
pub fn read(payload: Value, entity: &str) -> Result<Vec<Record>, FunctionError> {
    let malformed = |why: String| FunctionError::new("MalformedPayload", why);
    let batch: RawBatch =
        serde_json::from_value(payload).map_err(|error| malformed(error.to_string()))?;
    let records = batch.records.into_iter().map(|record| {
        let number = record.dynamodb.sequence_number;
        let sequence_number = number
            .filter(|number| !number.is_empty())
            .ok_or_else(|| malformed("a record has no sequence number".to_owned()))?;
        let is_new = |image: &Value| {
            let found = image.pointer("/entity/S").and_then(Value::as_str);
            record.event_name == "INSERT" && found == Some(entity)
        };
        Ok(Record {
            sequence_number,
            image: record.dynamodb.new_image.filter(is_new),
        })
    });
    records.collect()
}

/// Returns the primary key of an image, for the log: empty where it has none.
pub fn key(image: &Value) -> [String; 2] {
    ["/pk/S", "/sk/S"].map(|at| {
        let text = image.pointer(at).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    })
}

/// Reads an image as an item.
///
/// # Errors
///
/// It is none.
pub fn item(image: Value) -> Result<Item, serde_json::Error> {
    serde_json::from_value(image)
}

/// Answers a batch of which this record and those after it must come again; without one, none must.
pub fn report(first_failed: Option<String>) -> Value {
    let failures: Vec<Value> = first_failed
        .map(|number| json!({ "itemIdentifier": number }))
        .into_iter()
        .collect();
    json!({ "batchItemFailures": failures })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::read;

    fn record(name: &str, entity: &str, number: &Value) -> Value {
        json!({
            "eventName": name,
            "dynamodb": { "SequenceNumber": number, "NewImage": { "entity": { "S": entity } } },
        })
    }

    #[test]
    fn only_new_items_of_the_entity_have_an_image() {
        let payload = json!({ "Records": [
            record("INSERT", "outbox", &json!("1")),
            record("REMOVE", "outbox", &json!("2")),
            record("INSERT", "page", &json!("3")),
            { "eventName": "REMOVE", "dynamodb": { "SequenceNumber": "4" } },
        ]});
        let records = read(payload, "outbox").unwrap();
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
    fn what_could_not_be_reported_fails_the_batch() {
        for number in [json!(null), json!("")] {
            let payload = json!({ "Records": [record("INSERT", "outbox", &number)] });
            assert!(read(payload, "outbox").is_err(), "{number}");
        }
    }
}
