//! What a stack stores: items of its table and objects of its buckets. It must never change any of it.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, ensure};
use kernel::ContentHash;
use kernel::limits::OUTBOX_PATIENCE_S;
use serde_json::{Value, json};
use tenancy::Key;
use tenancy::keys::{SealHeadKey, SealingKey, SweepKey};

use super::account::Account;
use super::stack::{Stack, elements, texts};
use crate::over_http;

/// In this time the sweeper comes more than once.
const SWEEPS: Duration = Duration::from_mins(3);

/// Lists what a bucket has under a prefix, page after page.
pub async fn objects(
    account: &Account,
    bucket: &str,
    prefix: &str,
) -> anyhow::Result<Vec<BTreeMap<String, String>>> {
    let mut objects = Vec::new();
    let mut next = None::<String>;
    loop {
        let mut query = vec![("list-type", "2")];
        if !prefix.is_empty() {
            query.push(("prefix", prefix));
        }
        if let Some(token) = &next {
            query.push(("continuation-token", token));
        }
        let path = format!("/{bucket}?{}", serde_urlencoded::to_string(query)?);
        let page = account.xml("s3", &path).await?;
        objects.extend(elements(&page, "Contents")?);
        let is_whole = texts(&page, "IsTruncated")?
            .iter()
            .all(|text| text != "true");
        next = texts(&page, "NextContinuationToken")?.pop();
        if is_whole {
            return Ok(objects);
        }
        ensure!(next.is_some(), "{path}: a page names no next one");
    }
}

/// Describes an index of the table: its key's attribute with its type, and the index's state. Nothing
/// if there is no such index.
pub async fn index(stack: &Stack, name: &str) -> anyhow::Result<Option<String>> {
    let body = json!({ "TableName": stack.physical("Table")? });
    let target = "DynamoDB_20120810.DescribeTable";
    let found = stack.account.target("dynamodb", target, &body).await?;
    let text = |value: &Value, pointer: &str| {
        let text = value.pointer(pointer).and_then(Value::as_str);
        text.map(str::to_owned)
            .with_context(|| format!("no `{pointer}` in {value}"))
    };
    let list = |pointer: &str| {
        let list = found.pointer(pointer).and_then(Value::as_array);
        list.with_context(|| format!("no `{pointer}` in {found}"))
    };
    let mut indexes = list("/Table/GlobalSecondaryIndexes")?.iter();
    let Some(index) = indexes.find(|index| index.get("IndexName") == Some(&json!(name))) else {
        return Ok(None);
    };
    let attribute = text(index, "/KeySchema/0/AttributeName")?;
    let mut definitions = list("/Table/AttributeDefinitions")?.iter();
    let definition = definitions
        .find(|definition| definition.get("AttributeName") == Some(&json!(attribute)))
        .with_context(|| format!("`{attribute}` is not defined in {found}"))?;
    Ok(Some(format!(
        "{attribute} {} {} {}",
        text(definition, "/AttributeType")?,
        text(index, "/KeySchema/0/KeyType")?,
        text(index, "/IndexStatus")?
    )))
}

/// Reads everything that is in a stack's table.
pub async fn items(stack: &Stack) -> anyhow::Result<Vec<Value>> {
    let mut items = Vec::new();
    let mut start = Value::Null;
    loop {
        let mut body = json!({ "TableName": stack.physical("Table")?, "ConsistentRead": true });
        if let (false, Some(body)) = (start.is_null(), body.as_object_mut()) {
            body.insert("ExclusiveStartKey".to_owned(), start);
        }
        let target = "DynamoDB_20120810.Scan";
        let mut page = stack.account.target("dynamodb", target, &body).await?;
        if let Some(found) = page.pointer_mut("/Items").and_then(Value::as_array_mut) {
            items.append(found);
        }
        start = page.get("LastEvaluatedKey").cloned().unwrap_or_default();
        if start.is_null() {
            return Ok(items);
        }
    }
}

/// Waits until every event has left the outbox: until then the functions themselves change what is
/// stored, the sweeper at last.
pub async fn at_rest(stack: &Stack) -> anyhow::Result<()> {
    let [due, _] = tenancy::relay::DUE_ATTRIBUTES;
    let patience = u64::try_from(OUTBOX_PATIENCE_S)?;
    let empty = async {
        while items(stack)
            .await?
            .iter()
            .any(|item| item.get(due).is_some())
        {
            over_http::rest().await;
        }
        Ok(())
    };
    tokio::time::timeout(Duration::from_secs(2 * patience) + SWEEPS, empty)
        .await
        .context("events stay in the outbox")?
}

/// Says what a stack stores: the number of items and objects, and one hash of them all but what schedules leave.
pub async fn digest(stack: &Stack) -> anyhow::Result<String> {
    let mut stored = BTreeMap::new();
    for item in items(stack).await? {
        let part = |name: &str| item.pointer(&format!("/{name}/S")).map(Value::to_string);
        let key = part("pk").zip(part("sk")).context("an item without key")?;
        // The running platform rewrites these each minute and each hour, whoever deploys.
        let entity = item.pointer("/entity/S").and_then(Value::as_str);
        let scheduled = [SweepKey::ENTITY, SealingKey::ENTITY, SealHeadKey::ENTITY];
        if entity.is_some_and(|entity| scheduled.contains(&entity)) {
            continue;
        }
        stored.insert(key, item.to_string());
    }
    let objects = objects(&stack.account, stack.physical("Bucket")?, "").await?;
    let mut all: Vec<&str> = stored.values().map(String::as_str).collect();
    for object in &objects {
        all.push(object.get("Key").context("an object without key")?);
        all.push(object.get("ETag").context("an object without ETag")?);
    }
    let hash = ContentHash::of(all.concat().as_bytes());
    Ok(format!(
        "{} items, {} objects, {hash}",
        stored.len(),
        objects.len()
    ))
}
