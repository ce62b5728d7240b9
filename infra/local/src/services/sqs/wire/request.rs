//! The requests of SQS. It must never know what is done with them.

use serde::Deserialize;
use serde_json::{Map, Value};

/// A request about one queue.
#[derive(Debug)]
pub(crate) struct OfQueue<T> {
    pub(crate) queue_url: String,
    pub(crate) rest: T,
}

/// Entries for one queue.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Batch<T> {
    pub(crate) queue_url: String,
    #[serde(default = "Vec::new")]
    pub(crate) entries: Vec<T>,
}

/// An entry of a batch.
#[derive(Debug)]
pub(crate) struct Named<T> {
    pub(crate) id: String,
    pub(crate) rest: T,
}

/// A message of a batch.
#[derive(Debug)]
pub(crate) struct SendEntry {
    pub(crate) id: String,
    pub(crate) message: Message,
}

/// A message to send.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Message {
    #[serde(rename = "MessageBody")]
    pub(crate) body: String,
    pub(crate) delay_seconds: Option<u32>,
    #[serde(default, rename = "MessageAttributes")]
    pub(crate) attributes: Map<String, Value>,
    #[serde(default, rename = "MessageSystemAttributes")]
    _system_attributes: Map<String, Value>,
    #[serde(rename = "MessageGroupId")]
    pub(crate) group_id: Option<String>,
    #[serde(rename = "MessageDeduplicationId")]
    pub(crate) deduplication_id: Option<String>,
}

impl Message {
    /// Returns the bytes that count against the limit: body, attribute names, types and values.
    pub(crate) fn size(&self) -> usize {
        let attributes = self.attributes.iter().map(|(name, attribute)| {
            let members = attribute.as_object().into_iter().flatten();
            let values = members
                .filter_map(|(_, value)| value.as_str())
                .map(str::len);
            name.len() + values.sum::<usize>()
        });
        self.body.len() + attributes.sum::<usize>()
    }
}

/// How to receive.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Receive {
    #[serde(rename = "MaxNumberOfMessages")]
    pub(crate) max: Option<u32>,
    pub(crate) visibility_timeout: Option<u32>,
    #[serde(rename = "WaitTimeSeconds")]
    _wait: Option<u32>,
    #[serde(default)]
    pub(crate) attribute_names: Vec<String>,
    #[serde(default)]
    pub(crate) message_system_attribute_names: Vec<String>,
    #[serde(default)]
    pub(crate) message_attribute_names: Vec<String>,
    #[serde(rename = "ReceiveRequestAttemptId")]
    _attempt: Option<String>,
}

/// A received message to delete.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DeleteEntry {
    pub(crate) receipt_handle: String,
}

/// A received message to hide.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct HideEntry {
    pub(crate) receipt_handle: String,
    pub(crate) visibility_timeout: Option<u32>,
}

/// The attributes that are asked for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Attributes {
    #[serde(default)]
    pub(crate) attribute_names: Vec<String>,
}

/// No more than the queue.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// The name whose URL is asked for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct GetUrl {
    pub(crate) queue_name: String,
    #[serde(default, rename = "QueueOwnerAWSAccountId")]
    _owner: Option<String>,
}

/// Takes the text member `name` out of an object and reads the rest of it, so that the rest can
/// refuse unknown members.
fn take<'de, D, T>(deserializer: D, name: &'static str) -> Result<(String, T), D::Error>
where
    D: serde::Deserializer<'de>,
    T: serde::de::DeserializeOwned,
{
    let mut members = Map::deserialize(deserializer)?;
    let Some(Value::String(text)) = members.remove(name) else {
        return Err(serde::de::Error::missing_field(name));
    };
    let rest = serde_json::from_value(Value::Object(members)).map_err(serde::de::Error::custom)?;
    Ok((text, rest))
}

impl<'de, T: serde::de::DeserializeOwned> Deserialize<'de> for OfQueue<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (queue_url, rest) = take(deserializer, "QueueUrl")?;
        Ok(Self { queue_url, rest })
    }
}

impl<'de, T: serde::de::DeserializeOwned> Deserialize<'de> for Named<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (id, rest) = take(deserializer, "Id")?;
        Ok(Self { id, rest })
    }
}

impl<'de> Deserialize<'de> for SendEntry {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (id, message) = take(deserializer, "Id")?;
        Ok(Self { id, message })
    }
}
