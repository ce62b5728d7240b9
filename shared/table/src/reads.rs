//! Reads.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use serde_dynamo::Item;
use tenancy::storage::{Consistency, DueLine, RawKey, RawQuery, StorageError};

use crate::retries::LEFT_OVER_CALLS_MAX;
use crate::{Adapter, DUE_INDEX, DUE_PK, DUE_SK, PK, SK, answered, unavailable};

/// Keys that one `BatchGetItem` takes.
const BATCH_KEYS_MAX: usize = 100;

pub(crate) async fn get(
    adapter: &Adapter,
    key: &RawKey,
    consistency: Consistency,
) -> Result<Option<Item>, StorageError> {
    let output = adapter
        .client
        .get_item()
        .table_name(&adapter.table)
        .key(PK, text(key.pk()))
        .key(SK, text(key.sk()))
        .consistent_read(consistency == Consistency::Strong)
        .send()
        .await
        .map_err(|error| answered("read an item", error))?;
    Ok(output.item.map(Item::from))
}

pub(crate) async fn get_many(
    adapter: &Adapter,
    keys: &[RawKey],
) -> Result<Vec<Item>, StorageError> {
    let mut items = Vec::with_capacity(keys.len());
    for batch in keys.chunks(BATCH_KEYS_MAX) {
        if let [key] = batch {
            items.extend(get(adapter, key, Consistency::Strong).await?);
            continue;
        }
        let mut wanted: Vec<HashMap<String, AttributeValue>> =
            batch.iter().map(key_attributes).collect();
        for number in 0..LEFT_OVER_CALLS_MAX {
            let (found, left_over) = get_batch(adapter, wanted).await?;
            items.extend(found);
            wanted = left_over;
            if wanted.is_empty() {
                break;
            }
            adapter.pause.after(number).await;
        }
        if !wanted.is_empty() {
            return Err(StorageError::Contended);
        }
    }
    Ok(items)
}

type Keys = Vec<HashMap<String, AttributeValue>>;

async fn get_batch(adapter: &Adapter, keys: Keys) -> Result<(Vec<Item>, Keys), StorageError> {
    let request = KeysAndAttributes::builder()
        .set_keys(Some(keys))
        .consistent_read(true)
        .build()
        .map_err(|error| unavailable("read items", error))?;
    let output = adapter
        .client
        .batch_get_item()
        .request_items(&adapter.table, request)
        .send()
        .await
        .map_err(|error| answered("read items", error))?;
    let found = output
        .responses
        .into_iter()
        .flat_map(HashMap::into_values)
        .flatten()
        .map(Item::from)
        .collect();
    let left_over = output
        .unprocessed_keys
        .into_iter()
        .flat_map(HashMap::into_values)
        .flat_map(|keys| keys.keys)
        .collect();
    Ok((found, left_over))
}

pub(crate) async fn query(adapter: &Adapter, query: &RawQuery) -> Result<Vec<Item>, StorageError> {
    let mut items: Vec<Item> = Vec::new();
    let mut after = query.after().map(|sort| start_key(query.pk(), sort));
    // DynamoDB ends a page at one megabyte, wherever the limit is.
    while items.len() < query.limit() {
        let wanted = query.limit().saturating_sub(items.len());
        let mut request = adapter
            .client
            .query()
            .table_name(&adapter.table)
            .key_condition_expression(match query.through() {
                Some(_) => "#pk = :pk AND #sk BETWEEN :sk AND :through",
                None => "#pk = :pk AND begins_with(#sk, :sk)",
            })
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#sk", SK)
            .expression_attribute_values(":pk", text(query.pk()))
            .expression_attribute_values(":sk", text(query.sk_prefix()))
            .scan_index_forward(!query.newest_first())
            .consistent_read(true)
            .limit(i32::try_from(wanted).unwrap_or(i32::MAX));
        if let Some(through) = query.through() {
            request = request.expression_attribute_values(":through", text(through));
        }
        request = request.set_exclusive_start_key(after.take());
        let output = request
            .send()
            .await
            .map_err(|error| answered("read a list", error))?;
        items.extend(output.items.unwrap_or_default().into_iter().map(Item::from));
        match output.last_evaluated_key {
            Some(key) => after = Some(key),
            None => break,
        }
    }
    Ok(items)
}

pub(crate) async fn query_due(
    adapter: &Adapter,
    query: &RawQuery,
) -> Result<Vec<DueLine>, StorageError> {
    let request = adapter
        .client
        .query()
        .table_name(&adapter.table)
        .index_name(DUE_INDEX)
        .expression_attribute_names("#pk", DUE_PK)
        .expression_attribute_values(":pk", text(query.pk()))
        .limit(i32::try_from(query.limit()).unwrap_or(i32::MAX));
    let request = match query.after() {
        Some(after) => request
            .key_condition_expression("#pk = :pk AND #sk > :sk")
            .expression_attribute_names("#sk", DUE_SK)
            .expression_attribute_values(":sk", text(after)),
        None => request.key_condition_expression("#pk = :pk"),
    };
    let output = request
        .send()
        .await
        .map_err(|error| answered("read what is due", error))?;
    let lines = output.items.unwrap_or_default().into_iter();
    let lines = lines.filter_map(|mut item| {
        let mut take = |name: &str| match item.remove(name) {
            Some(AttributeValue::S(text)) => Some(text),
            _ => None,
        };
        Some(DueLine {
            pk: take(PK)?,
            sk: take(SK)?,
            due_sk: take(DUE_SK)?,
        })
    });
    Ok(lines.collect())
}

pub(crate) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

pub(crate) fn key_attributes(key: &RawKey) -> HashMap<String, AttributeValue> {
    start_key(key.pk(), key.sk())
}

fn start_key(pk: &str, sk: &str) -> HashMap<String, AttributeValue> {
    HashMap::from([(PK.to_owned(), text(pk)), (SK.to_owned(), text(sk))])
}
