//! The shape of a table, and how one is made of it. It must never know the template's language.

use serde_json::{Value, json};

use crate::services::ServicesError;
use crate::services::dynamodb::engine::{TableEngine, engine_error};
use crate::services::protocol::json::set;

/// A table; its keys are text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSpec {
    /// The name.
    pub name: String,
    /// The partition key's attribute.
    pub partition_key: String,
    /// The sort key's attribute.
    pub sort_key: Option<String>,
    /// The global secondary indexes.
    pub indexes: Vec<IndexSpec>,
    /// Whether there is a stream, with new and old images.
    pub stream: bool,
    /// The attribute that holds an item's end, in seconds since the epoch.
    pub ttl_attribute: Option<String>,
}

/// A global secondary index; its keys are text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexSpec {
    /// The name.
    pub name: String,
    /// The partition key's attribute.
    pub partition_key: String,
    /// The sort key's attribute.
    pub sort_key: Option<String>,
    /// What of an item the index holds.
    pub projection: Projection,
}

/// What of an item an index holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Projection {
    /// Everything.
    All,
    /// The keys of the table and of the index.
    KeysOnly,
    /// The keys and these attributes.
    Include(Vec<String>),
}

/// Makes the table, or adds the indexes and the time to live that an existing one lacks.
pub(crate) fn ensure(engine: &mut TableEngine, spec: &TableSpec) -> Result<(), ServicesError> {
    let exists = engine
        .storage()
        .table_exists(&spec.name)
        .map_err(engine_error)?;
    if exists {
        add_indexes(engine, spec)?;
    } else {
        engine.run("CreateTable", &creation(spec))?;
    }
    set_time_to_live(engine, spec)
}

fn creation(spec: &TableSpec) -> Value {
    let mut request = json!({
        "TableName": spec.name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": key_schema(&spec.partition_key, spec.sort_key.as_deref()),
        "AttributeDefinitions": attributes(spec),
    });
    if !spec.indexes.is_empty() {
        let indexes: Value = spec.indexes.iter().map(index).collect();
        set(&mut request, "GlobalSecondaryIndexes", indexes);
    }
    if spec.stream {
        let stream = json!({"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"});
        set(&mut request, "StreamSpecification", stream);
    }
    request
}

fn add_indexes(engine: &mut TableEngine, spec: &TableSpec) -> Result<(), ServicesError> {
    let described = engine.run("DescribeTable", &json!({"TableName": spec.name}))?;
    let there = described
        .pointer("/Table/GlobalSecondaryIndexes")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    for missing in &spec.indexes {
        if there
            .iter()
            .any(|index| index.get("IndexName").and_then(Value::as_str) == Some(&missing.name))
        {
            continue;
        }
        let request = json!({
            "TableName": spec.name,
            "AttributeDefinitions": attributes(spec),
            "GlobalSecondaryIndexUpdates": [{"Create": index(missing)}],
        });
        engine.run("UpdateTable", &request)?;
    }
    Ok(())
}

fn set_time_to_live(engine: &mut TableEngine, spec: &TableSpec) -> Result<(), ServicesError> {
    let Some(attribute) = &spec.ttl_attribute else {
        return Ok(());
    };
    let described = engine.run("DescribeTimeToLive", &json!({"TableName": spec.name}))?;
    let status = described.pointer("/TimeToLiveDescription/TimeToLiveStatus");
    if status.and_then(Value::as_str) == Some("ENABLED") {
        return Ok(());
    }
    let request = json!({
        "TableName": spec.name,
        "TimeToLiveSpecification": {"Enabled": true, "AttributeName": attribute},
    });
    engine.run("UpdateTimeToLive", &request)?;
    Ok(())
}

fn index(spec: &IndexSpec) -> Value {
    let projection = match &spec.projection {
        Projection::All => json!({"ProjectionType": "ALL"}),
        Projection::KeysOnly => json!({"ProjectionType": "KEYS_ONLY"}),
        Projection::Include(attributes) => {
            json!({"ProjectionType": "INCLUDE", "NonKeyAttributes": attributes})
        }
    };
    json!({
        "IndexName": spec.name,
        "KeySchema": key_schema(&spec.partition_key, spec.sort_key.as_deref()),
        "Projection": projection,
    })
}

fn key_schema(partition_key: &str, sort_key: Option<&str>) -> Value {
    let partition = json!({"AttributeName": partition_key, "KeyType": "HASH"});
    let sort = sort_key.map(|name| json!({"AttributeName": name, "KeyType": "RANGE"}));
    std::iter::once(partition).chain(sort).collect()
}

fn attributes(spec: &TableSpec) -> Value {
    let of_table = std::iter::once(&spec.partition_key).chain(&spec.sort_key);
    let of_indexes = spec
        .indexes
        .iter()
        .flat_map(|index| std::iter::once(&index.partition_key).chain(&index.sort_key));
    let mut names: Vec<&String> = of_table.chain(of_indexes).collect();
    names.sort();
    names.dedup();
    names
        .into_iter()
        .map(|name| json!({"AttributeName": name, "AttributeType": "S"}))
        .collect()
}
