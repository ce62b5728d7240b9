//! The operations of DynamoDB, from JSON to JSON. It must never know about tokens, capacity or
//! which tables there are.

use dynoxide::DynoxideError;
use dynoxide::actions::vector_lifecycle::VectorIndexLifecycle;
use dynoxide::actions::{
    batch_get_item, batch_write_item, create_table, delete_item, delete_table, describe_stream,
    describe_table, describe_time_to_live, get_item, get_records, get_shard_iterator, list_streams,
    list_tables, put_item, query, scan, transact_get_items, transact_write_items, update_item,
    update_table, update_time_to_live,
};
use dynoxide::storage::Storage;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::services::dynamodb::engine::finish;

/// A refused request: its status and the body that AWS answers with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl From<DynoxideError> for Refusal {
    fn from(error: DynoxideError) -> Self {
        Self {
            status: error.status_code(),
            body: error.to_json(),
        }
    }
}

/// Reports whether `operation` can change items.
pub(crate) fn writes(operation: &str) -> bool {
    matches!(
        operation,
        "PutItem" | "UpdateItem" | "DeleteItem" | "BatchWriteItem" | "TransactWriteItems"
    )
}

/// Runs `operation`.
pub(crate) fn execute(
    storage: &Storage,
    lifecycle: &VectorIndexLifecycle,
    operation: &str,
    body: &[u8],
) -> Result<Value, Refusal> {
    // An operation is its module's `execute`, which takes the storage and the request.
    macro_rules! run {
        ($module:ident) => {
            written(finish($module::execute(storage, read(body)?))?)
        };
        ($module:ident, $extra:expr) => {
            written(finish($module::execute(storage, read(body)?, $extra))?)
        };
    }
    match operation {
        "GetItem" => run!(get_item),
        "PutItem" => run!(put_item),
        "UpdateItem" => run!(update_item),
        "DeleteItem" => run!(delete_item),
        "Query" => run!(query),
        "Scan" => run!(scan),
        "BatchGetItem" => run!(batch_get_item),
        "BatchWriteItem" => run!(batch_write_item),
        "TransactGetItems" => run!(transact_get_items),
        "TransactWriteItems" => run!(transact_write_items),
        "CreateTable" => run!(create_table),
        "DeleteTable" => run!(delete_table, lifecycle),
        "DescribeTable" => run!(describe_table, lifecycle),
        "UpdateTable" => run!(update_table, lifecycle),
        "ListTables" => run!(list_tables),
        "UpdateTimeToLive" => run!(update_time_to_live),
        "DescribeTimeToLive" => run!(describe_time_to_live),
        "ListStreams" => run!(list_streams),
        "DescribeStream" => run!(describe_stream),
        "GetShardIterator" => run!(get_shard_iterator),
        "GetRecords" => run!(get_records),
        _ => Err(Refusal {
            status: 400,
            body: r#"{"__type":"com.amazon.coral.service#UnknownOperationException"}"#.to_owned(),
        }),
    }
}

fn written<T: Serialize>(response: T) -> Result<Value, Refusal> {
    serde_json::to_value(response)
        .map_err(|error| DynoxideError::InternalServerError(error.to_string()).into())
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| refusal_of_reading(&error.to_string()).into())
}

/// Words what the engine's readers refuse: they mark what AWS calls a validation error.
fn refusal_of_reading(message: &str) -> DynoxideError {
    let bare = message.split(" at line ").next().unwrap_or(message);
    for mark in ["VALIDATION_REQUEST:", "VALIDATION_AS_READ:", "VALIDATION:"] {
        if let Some(text) = bare.strip_prefix(mark) {
            return DynoxideError::ValidationException(text.to_owned());
        }
    }
    for mark in ["SERIALIZATION_AS_READ:", "SERIALIZATION:"] {
        if let Some(text) = bare.strip_prefix(mark) {
            return DynoxideError::SerializationException(text.to_owned());
        }
    }
    let validation = ["missing field", "unknown variant", "null", "AttributeValue"];
    if validation.iter().any(|part| bare.contains(part)) {
        return DynoxideError::ValidationException(bare.to_owned());
    }
    DynoxideError::SerializationException(bare.to_owned())
}
