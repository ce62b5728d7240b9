//! Batches as the queue delivers them. Bodies stay text until each message's own turn, so that one
//! that cannot be read does not take the others with it.

use std::collections::BTreeMap;

use invocation::FunctionError;
use serde::Deserialize;
use serde_json::Value;

use crate::Message;

/// The messages of one invocation.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) records: Vec<Record>,
}

/// One message, its body still text.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) message_id: String,
    body: String,
    receives: u32,
    ordinal: u32,
}

#[derive(Deserialize)]
struct RawBatch {
    #[serde(rename = "Records")]
    records: Vec<RawRecord>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawRecord {
    message_id: Option<String>,
    body: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    #[serde(default)]
    message_attributes: BTreeMap<String, RawAttribute>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawAttribute {
    string_value: Option<String>,
}

impl Batch {
    /// Reads a batch. A record without an id fails the whole invocation: to report it by an empty
    /// id would mean nothing, or everything.
    pub(crate) fn read(payload: Value) -> Result<Self, FunctionError> {
        let malformed = |why: String| FunctionError::new("MalformedBatch", why);
        let raw: RawBatch =
            serde_json::from_value(payload).map_err(|error| malformed(error.to_string()))?;
        let records = raw.records.into_iter().map(|raw| {
            let message_id = raw
                .message_id
                .filter(|id| !id.is_empty())
                .ok_or_else(|| malformed("a record has no id".to_owned()))?;
            let receives = raw.attributes.get("ApproximateReceiveCount");
            let ordinal = raw.message_attributes.get("ordinal");
            Ok(Record {
                message_id,
                body: raw.body.unwrap_or_default(),
                receives: receives.and_then(|text| text.parse().ok()).unwrap_or(1),
                ordinal: ordinal
                    .and_then(|attribute| attribute.string_value.as_deref()?.parse().ok())
                    .unwrap_or(0),
            })
        });
        Ok(Self {
            records: records.collect::<Result<_, _>>()?,
        })
    }
}

impl Record {
    /// Reads the event out of the message.
    pub(crate) fn into_message(self) -> Result<Message, serde_json::Error> {
        Ok(Message {
            envelope: serde_json::from_str(&self.body)?,
            message_id: self.message_id,
            receives: self.receives,
            ordinal: self.ordinal,
        })
    }
}
