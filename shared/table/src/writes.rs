//! Writes.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, PutRequest, TransactWriteItem, Update,
    WriteRequest,
};
use serde_dynamo::Item;
use tenancy::storage::{Condition, RawKey, RawWrite, StorageError, TransactError};

use crate::reads::{key_attributes, text};
use crate::retries::{LEFT_OVER_CALLS_MAX, only_met_others};
use crate::{Adapter, PK, SK, answered, unavailable};

/// Items that one `BatchWriteItem` takes.
const BATCH_ITEMS_MAX: usize = 25;

pub(crate) async fn put_many(
    adapter: &Adapter,
    items: Vec<(RawKey, Item)>,
) -> Result<(), StorageError> {
    let mut requests = Vec::with_capacity(items.len());
    for (key, item) in items {
        let put = PutRequest::builder()
            .set_item(Some(whole_item(&key, item)))
            .build()
            .map_err(|error| unavailable("write items", error))?;
        requests.push(WriteRequest::builder().put_request(put).build());
    }
    for batch in requests.chunks(BATCH_ITEMS_MAX) {
        let mut wanted = batch.to_vec();
        for number in 0..LEFT_OVER_CALLS_MAX {
            let output = adapter
                .client
                .batch_write_item()
                .request_items(&adapter.table, wanted)
                .send()
                .await
                .map_err(|error| answered("write items", error))?;
            let left_over = output.unprocessed_items.unwrap_or_default();
            wanted = left_over.into_values().flatten().collect();
            if wanted.is_empty() {
                break;
            }
            adapter.pause.after(number).await;
        }
        if !wanted.is_empty() {
            return Err(StorageError::Contended);
        }
    }
    Ok(())
}

pub(crate) async fn transact(
    adapter: &Adapter,
    writes: Vec<RawWrite>,
) -> Result<(), TransactError> {
    let actions = writes
        .into_iter()
        .map(|write| action(&adapter.table, write))
        .collect::<Result<Vec<_>, _>>()?;
    // The SDK names the transaction, so that its own retries cannot apply it twice.
    let result = adapter
        .client
        .transact_write_items()
        .set_transact_items(Some(actions))
        .send()
        .await;
    match result {
        Ok(_) => Ok(()),
        Err(error) => Err(refusal(error)),
    }
}

fn refusal(error: SdkError<TransactWriteItemsError>) -> TransactError {
    match error.as_service_error() {
        Some(conflict) if only_met_others(conflict) => StorageError::Contended.into(),
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            let reasons = cancelled.cancellation_reasons().iter().enumerate();
            let failed: Vec<usize> = reasons
                .filter(|(_, reason)| reason.code() == Some("ConditionalCheckFailed"))
                .map(|(position, _)| position)
                .collect();
            if failed.is_empty() {
                answered("write a transaction", error).into()
            } else {
                TransactError::Refused(failed)
            }
        }
        _ => answered("write a transaction", error).into(),
    }
}

fn action(table: &str, write: RawWrite) -> Result<TransactWriteItem, StorageError> {
    let builder = TransactWriteItem::builder();
    let action = match write {
        RawWrite::Put {
            key,
            item,
            condition,
        } => {
            let condition = Expression::of(condition);
            let put = Put::builder()
                .table_name(table)
                .set_item(Some(whole_item(&key, item)))
                .set_condition_expression(condition.text)
                .set_expression_attribute_names(condition.names)
                .set_expression_attribute_values(condition.values)
                .build()
                .map_err(malformed)?;
            builder.put(put)
        }
        RawWrite::Delete { key, condition } => {
            let condition = Expression::of(condition);
            let delete = Delete::builder()
                .table_name(table)
                .set_key(Some(key_attributes(&key)))
                .set_condition_expression(condition.text)
                .set_expression_attribute_names(condition.names)
                .set_expression_attribute_values(condition.values)
                .build()
                .map_err(malformed)?;
            builder.delete(delete)
        }
        RawWrite::Check { key, condition } => {
            let condition = Expression::of(condition);
            let check = ConditionCheck::builder()
                .table_name(table)
                .set_key(Some(key_attributes(&key)))
                .set_condition_expression(condition.text)
                .set_expression_attribute_names(condition.names)
                .set_expression_attribute_values(condition.values)
                .build()
                .map_err(malformed)?;
            builder.condition_check(check)
        }
        RawWrite::Add {
            key,
            attribute,
            delta,
            condition,
        } => {
            let condition = Expression::of(condition);
            let update = Update::builder()
                .table_name(table)
                .set_key(Some(key_attributes(&key)))
                .update_expression("ADD #added :added")
                .set_condition_expression(condition.text)
                .set_expression_attribute_names(condition.names)
                .set_expression_attribute_values(condition.values)
                .expression_attribute_names("#added", attribute)
                .expression_attribute_values(":added", AttributeValue::N(delta.to_string()))
                .build()
                .map_err(malformed)?;
            builder.update(update)
        }
    };
    Ok(action.build())
}

fn malformed(error: aws_sdk_dynamodb::error::BuildError) -> StorageError {
    unavailable("write a transaction", error)
}

/// A condition in DynamoDB's words.
#[derive(Default)]
struct Expression {
    text: Option<String>,
    names: Option<HashMap<String, String>>,
    values: Option<HashMap<String, AttributeValue>>,
}

impl Expression {
    fn of(condition: Condition) -> Self {
        match condition {
            Condition::Always => Self::default(),
            Condition::Absent => Self::about(PK, "attribute_not_exists(#a)"),
            Condition::Present => Self::about(PK, "attribute_exists(#a)"),
            Condition::Equals(attribute, value) => {
                Self::comparing(attribute, "#a = :v", value.into())
            }
            Condition::Differs(attribute, value) => {
                Self::comparing(attribute, "attribute_exists(#a) AND #a <> :v", value.into())
            }
            Condition::AtMost(attribute, limit) => Self::comparing(
                attribute,
                "attribute_not_exists(#a) OR #a <= :v",
                AttributeValue::N(limit.to_string()),
            ),
            Condition::AtLeast(attribute, limit) => {
                Self::comparing(attribute, "#a >= :v", AttributeValue::N(limit.to_string()))
            }
        }
    }

    fn about(attribute: &str, text: &str) -> Self {
        Self {
            text: Some(text.to_owned()),
            names: Some(HashMap::from([("#a".to_owned(), attribute.to_owned())])),
            values: None,
        }
    }

    fn comparing(attribute: &str, text: &str, value: AttributeValue) -> Self {
        Self {
            values: Some(HashMap::from([(":v".to_owned(), value)])),
            ..Self::about(attribute, text)
        }
    }
}

fn whole_item(key: &RawKey, item: Item) -> HashMap<String, AttributeValue> {
    let mut item: HashMap<String, AttributeValue> = item.into();
    item.insert(PK.to_owned(), text(key.pk()));
    item.insert(SK.to_owned(), text(key.sk()));
    item
}
