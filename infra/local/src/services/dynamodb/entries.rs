//! What a request names: items, each with the action that it needs. It must never know why.

use serde_json::Value;

/// An item of a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Entry<'a> {
    /// What is done with it, as a policy names it: in a transaction that of each item, else the operation.
    pub(crate) action: &'a str,
    /// The table's name.
    pub(crate) table: &'a str,
    /// The item or its key, whichever the action goes by.
    pub(crate) item: Option<&'a Value>,
}

/// Returns what an operation names in a request. A query names none, and what else stands in a request than the
/// operation reads is passed over.
pub(crate) fn entries<'a>(operation: &'a str, body: &'a Value) -> Vec<Entry<'a>> {
    let of = |action: &'a str, table: &'a str, kind: &str, part: &'a Value| Entry {
        action,
        table,
        item: part.get(if kind.starts_with("Put") {
            "Item"
        } else {
            "Key"
        }),
    };
    match operation {
        "TransactWriteItems" | "TransactGetItems" => parts(body.get("TransactItems"))
            .map(|(kind, part)| of(action_of(kind), table_of(part), kind, part))
            .collect(),
        "BatchGetItem" => tables(body)
            .flat_map(|(table, wanted)| {
                let keys = wanted.get("Keys").and_then(Value::as_array);
                keys.into_iter().flatten().map(move |key| Entry {
                    action: operation,
                    table,
                    item: Some(key),
                })
            })
            .collect(),
        "BatchWriteItem" => tables(body)
            .flat_map(|(table, writes)| {
                parts(Some(writes)).map(move |(kind, part)| of(operation, table, kind, part))
            })
            .collect(),
        "Query" => Vec::new(),
        _ => vec![of(operation, table_of(body), operation, body)],
    }
}

/// Returns the name of the table that a request or a part of it is about.
pub(crate) fn table_of(part: &Value) -> &str {
    let table = part.get("TableName").and_then(Value::as_str);
    name_of(table.unwrap_or_default())
}

/// Returns a table's name, which may be given as its ARN.
fn name_of(table: &str) -> &str {
    table.rsplit('/').next().unwrap_or(table)
}

/// Goes through a list of objects, each of which says by a member's name what is done.
fn parts(list: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    let objects = list.and_then(Value::as_array).into_iter().flatten();
    let members = objects.filter_map(Value::as_object).flatten();
    members.map(|(kind, part)| (kind.as_str(), part))
}

fn tables(body: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let tables = body.get("RequestItems").and_then(Value::as_object);
    let tables = tables.into_iter().flatten();
    tables.map(|(table, entries)| (name_of(table), entries))
}

/// Returns the action of a part of a transaction. What is not known needs one that no policy has.
fn action_of(kind: &str) -> &str {
    match kind {
        "Get" => "GetItem",
        "Put" => "PutItem",
        "Update" => "UpdateItem",
        "Delete" => "DeleteItem",
        "ConditionCheck" => "ConditionCheckItem",
        other => other,
    }
}
