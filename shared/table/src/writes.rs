//! Writes.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, PutRequest, ReturnValue,
    ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update, WriteRequest,
};
use serde_dynamo::Item;
use tenancy::storage::{
    Condition, CountError, RawCount, RawKey, RawWrite, StorageError, TransactError,
};

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
                .expression_attribute_values(":added", number_of(delta))
                .build()
                .map_err(malformed)?;
            builder.update(update)
        }
    };
    Ok(action.build())
}

pub(crate) async fn count(
    adapter: &Adapter,
    key: &RawKey,
    count: RawCount,
) -> Result<Item, CountError> {
    let mut expression = Expression::of_all(count.conditions);
    let (mut set, mut add) = (Vec::new(), Vec::new());
    let names = expression.names.get_or_insert_default();
    let values = expression.values.get_or_insert_default();
    for (number, (attribute, value)) in count.set.into_inner().into_iter().enumerate() {
        set.push(format!("#s{number} = :s{number}"));
        names.insert(format!("#s{number}"), attribute);
        values.insert(format!(":s{number}"), value.into());
    }
    for (number, (attribute, added)) in count.add.into_iter().enumerate() {
        add.push(format!("#n{number} :n{number}"));
        names.insert(format!("#n{number}"), attribute.to_owned());
        values.insert(format!(":n{number}"), number_of(added.into()));
    }
    let clause = |word: &str, parts: Vec<String>| {
        let is_some = !parts.is_empty();
        is_some.then(|| format!("{word} {}", parts.join(", ")))
    };
    let clauses: Vec<_> = [clause("SET", set), clause("ADD", add)]
        .into_iter()
        .flatten()
        .collect();
    let result = adapter
        .client
        .update_item()
        .table_name(&adapter.table)
        .set_key(Some(key_attributes(key)))
        .update_expression(clauses.join(" "))
        .set_condition_expression(expression.text)
        .set_expression_attribute_names(expression.names)
        .set_expression_attribute_values(expression.values)
        .return_values(ReturnValue::AllNew)
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .send()
        .await;
    match result {
        Ok(output) => Ok(output.attributes.unwrap_or_default().into()),
        Err(error) => match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                Err(CountError::Refused(refused.item.clone().map(Item::from)))
            }
            _ => Err(CountError::Storage(answered("count on an item", error))),
        },
    }
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
        Self::numbered(condition, 0)
    }

    /// All of the conditions together.
    fn of_all(conditions: Vec<Condition>) -> Self {
        let all = conditions
            .into_iter()
            .enumerate()
            .map(|(number, condition)| Self::numbered(condition, number));
        all.reduce(Self::and).unwrap_or_default()
    }

    /// The condition, with names and values that one of another number does not have.
    fn numbered(condition: Condition, number: usize) -> Self {
        let (name, value) = (format!("#a{number}"), format!(":v{number}"));
        match condition {
            Condition::Always => Self::default(),
            Condition::Absent => Self::about(PK, format!("attribute_not_exists({name})"), name),
            Condition::Present => Self::about(PK, format!("attribute_exists({name})"), name),
            Condition::Equals(attribute, wanted) => {
                let text = format!("{name} = {value}");
                Self::about(attribute, text, name).with(value, wanted.into())
            }
            Condition::Differs(attribute, unwanted) => {
                let text = format!("attribute_exists({name}) AND {name} <> {value}");
                Self::about(attribute, text, name).with(value, unwanted.into())
            }
            Condition::AtMost(attribute, limit) => {
                let text = format!("attribute_not_exists({name}) OR {name} <= {value}");
                Self::about(attribute, text, name).with(value, number_of(limit))
            }
            Condition::AtLeast(attribute, limit) => {
                let text = format!("{name} >= {value}");
                Self::about(attribute, text, name).with(value, number_of(limit))
            }
        }
    }

    fn about(attribute: &str, text: String, name: String) -> Self {
        Self {
            text: Some(text),
            names: Some(HashMap::from([(name, attribute.to_owned())])),
            values: None,
        }
    }

    fn with(mut self, name: String, value: AttributeValue) -> Self {
        self.values.get_or_insert_default().insert(name, value);
        self
    }

    fn and(mut self, other: Self) -> Self {
        let texts = self.text.into_iter().chain(other.text);
        let all: Vec<_> = texts.map(|text| format!("({text})")).collect();
        self.text = Some(all.join(" AND ")).filter(|text| !text.is_empty());
        let names = self.names.get_or_insert_default();
        names.extend(other.names.into_iter().flatten());
        let values = self.values.get_or_insert_default();
        values.extend(other.values.into_iter().flatten());
        self
    }
}

fn number_of(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn whole_item(key: &RawKey, item: Item) -> HashMap<String, AttributeValue> {
    let mut item: HashMap<String, AttributeValue> = item.into();
    item.insert(PK.to_owned(), text(key.pk()));
    item.insert(SK.to_owned(), text(key.sk()));
    item
}
