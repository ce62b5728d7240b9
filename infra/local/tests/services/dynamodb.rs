//! DynamoDB through the SDK.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, Put, TransactWriteItem};

use local::history::round_trips;
use local::services::dynamodb::TableSpec;

use super::support::{Machine, TABLE, table_spec};

pub(crate) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

pub(crate) fn item(pk: &str, sk: &str) -> HashMap<String, AttributeValue> {
    HashMap::from([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))])
}

fn put(pk: &str, sk: &str) -> Put {
    Put::builder()
        .table_name(TABLE)
        .set_item(Some(item(pk, sk)))
        .build()
        .unwrap()
}

fn put_new(pk: &str, sk: &str) -> TransactWriteItem {
    let put = Put::builder()
        .table_name(TABLE)
        .set_item(Some(item(pk, sk)))
        .condition_expression("attribute_not_exists(pk)")
        .build()
        .unwrap();
    TransactWriteItem::builder().put(put).build()
}

async fn put_into(client: &Client, table: &str, item: HashMap<String, AttributeValue>) {
    let put = client.put_item().table_name(table).set_item(Some(item));
    put.send().await.unwrap();
}

pub(crate) async fn put_item(client: &Client, pk: &str, sk: &str) {
    put_into(client, TABLE, item(pk, sk)).await;
}

/// An item that is in the index.
fn due() -> HashMap<String, AttributeValue> {
    let mut due = item("T#1", "due");
    due.insert("duePk".to_owned(), text("DUE#1"));
    due.insert("dueSk".to_owned(), text("2031"));
    due
}

/// Returns what the index of a table holds of that item.
async fn found_due(client: &Client, table: &str) -> Vec<HashMap<String, AttributeValue>> {
    let query = client
        .query()
        .table_name(table)
        .index_name("due")
        .key_condition_expression("duePk = :pk")
        .expression_attribute_values(":pk", text("DUE#1"));
    query.send().await.unwrap().items.unwrap_or_default()
}

#[tokio::test]
async fn items_are_put_read_and_queried() {
    let machine = Machine::memory().await;
    let client = Client::new(&machine.sdk());
    for sort in ["a", "b", "c"] {
        put_item(&client, "T#1", sort).await;
    }
    put_item(&client, "T#2", "a").await;
    let read = client
        .get_item()
        .table_name(TABLE)
        .set_key(Some(item("T#1", "b")))
        .consistent_read(true)
        .send()
        .await
        .unwrap();
    assert_eq!(read.item.unwrap()["sk"], text("b"));
    assert!(read.consumed_capacity.is_none());
    let page = client
        .query()
        .table_name(TABLE)
        .key_condition_expression("pk = :pk AND sk > :sk")
        .expression_attribute_values(":pk", text("T#1"))
        .expression_attribute_values(":sk", text("a"))
        .limit(1)
        .send()
        .await
        .unwrap();
    assert_eq!(page.count, 1);
    assert_eq!(page.last_evaluated_key.unwrap()["sk"], text("b"));
}

#[tokio::test]
async fn a_sparse_index_holds_what_has_its_keys() {
    let machine = Machine::memory().await;
    let client = Client::new(&machine.sdk());
    put_item(&client, "T#1", "plain").await;
    put_into(&client, TABLE, due()).await;
    let found = found_due(&client, TABLE).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].len(), 4, "keys only");
}

#[tokio::test]
async fn an_index_that_came_later_holds_what_was_there() {
    let machine = Machine::memory().await;
    let tables = machine.services.table();
    let with_index = TableSpec {
        name: "later".to_owned(),
        ..table_spec()
    };
    let without = TableSpec {
        indexes: Vec::new(),
        ..with_index.clone()
    };
    tables.ensure(without).await.unwrap();
    let client = Client::new(&machine.sdk());
    put_into(&client, "later", due()).await;
    tables.ensure(with_index.clone()).await.unwrap();
    tables.ensure(with_index).await.unwrap();
    assert_eq!(found_due(&client, "later").await.len(), 1);
}

#[tokio::test]
async fn a_failed_condition_carries_the_old_item() {
    let machine = Machine::memory().await;
    let client = Client::new(&machine.sdk());
    put_item(&client, "T#1", "a").await;
    let refused = client
        .put_item()
        .table_name(TABLE)
        .set_item(Some(item("T#1", "a")))
        .condition_expression("attribute_not_exists(pk)")
        .return_values_on_condition_check_failure(
            aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld,
        )
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(refused.is_conditional_check_failed_exception());
    let aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(
        failure,
    ) = refused
    else {
        panic!("another failure");
    };
    assert_eq!(failure.item().unwrap()["sk"], text("a"));
}

#[tokio::test]
async fn a_transaction_is_whole_and_says_why_it_was_cancelled() {
    let machine = Machine::memory().await;
    let client = Client::new(&machine.sdk());
    put_item(&client, "T#1", "taken").await;
    let cancelled = client
        .transact_write_items()
        .transact_items(TransactWriteItem::builder().put(put("T#1", "free")).build())
        .transact_items(put_new("T#1", "taken"))
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = cancelled else {
        panic!("another failure: {cancelled:?}");
    };
    let codes: Vec<_> = cancelled
        .cancellation_reasons()
        .iter()
        .map(|reason| reason.code().unwrap())
        .collect();
    assert_eq!(codes, ["None", "ConditionalCheckFailed"]);
    assert_eq!(machine.services.table().item_count(TABLE).await.unwrap(), 1);
    let check = ConditionCheck::builder()
        .table_name(TABLE)
        .set_key(Some(item("T#1", "taken")))
        .condition_expression("attribute_exists(pk)")
        .build()
        .unwrap();
    client
        .transact_write_items()
        .transact_items(TransactWriteItem::builder().condition_check(check).build())
        .transact_items(put_new("T#1", "free"))
        .send()
        .await
        .unwrap();
    assert_eq!(machine.services.table().item_count(TABLE).await.unwrap(), 2);
}

#[tokio::test]
async fn a_token_repeats_its_answer_for_ten_minutes() {
    let machine = Machine::memory().await;
    let client = Client::new(&machine.sdk());
    let send = |sort: &'static str| {
        client
            .transact_write_items()
            .client_request_token("token-1")
            .transact_items(put_new("T#1", sort))
            .send()
    };
    send("a").await.unwrap();
    machine.pass(9 * 60);
    send("a").await.unwrap();
    let other = send("b").await.unwrap_err().into_service_error();
    assert!(other.is_idempotent_parameter_mismatch_exception());
    machine.pass(2 * 60);
    let late = send("a").await.unwrap_err().into_service_error();
    assert!(late.is_transaction_canceled_exception());
}

#[tokio::test]
async fn the_stream_tells_each_change_once_and_in_order() {
    let machine = Machine::memory().await;
    let client = Client::new(&machine.sdk());
    let tables = machine.services.table();
    let mut changed = tables.changed();
    put_item(&client, "T#1", "a").await;
    assert!(changed.has_changed().unwrap());
    changed.mark_unchanged();
    client
        .update_item()
        .table_name(TABLE)
        .set_key(Some(item("T#1", "a")))
        .update_expression("SET title = :title")
        .expression_attribute_values(":title", text("News"))
        .send()
        .await
        .unwrap();
    client
        .delete_item()
        .table_name(TABLE)
        .set_key(Some(item("T#1", "a")))
        .send()
        .await
        .unwrap();
    let records = machine.records().await;
    let names: Vec<_> = records
        .iter()
        .map(|record| record["eventName"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["INSERT", "MODIFY", "REMOVE"]);
    assert_eq!(records[1]["dynamodb"]["NewImage"]["title"]["S"], "News");
    assert_eq!(records[2]["dynamodb"]["OldImage"]["title"]["S"], "News");
    assert_eq!(records[0]["eventSource"], "aws:dynamodb");
    let first = records[0]["dynamodb"]["SequenceNumber"].as_str().unwrap();
    let rest = tables
        .stream_records(TABLE, Some(first), 100)
        .await
        .unwrap();
    assert_eq!(rest, records[1..]);
    let last = records[2]["dynamodb"]["SequenceNumber"].as_str().unwrap();
    assert_eq!(tables.trim_stream(TABLE, last).await.unwrap(), 2);
    put_item(&client, "T#1", "b").await;
    let new = tables.stream_records(TABLE, Some(last), 100).await.unwrap();
    assert_eq!(new.len(), 1);
    assert!(new[0]["dynamodb"]["SequenceNumber"].as_str().unwrap() > last);
    serde_json::from_value::<aws_lambda_events::dynamodb::Event>(
        serde_json::json!({"Records": records}),
    )
    .expect("records that Lambda's own types read");
}

#[tokio::test]
async fn items_end_by_the_clock() {
    let machine = Machine::memory().await;
    let client = Client::new(&machine.sdk());
    let ends = machine.services.clock().now().as_second() + 60;
    let mut mortal = item("T#1", "mortal");
    mortal.insert("expiresAt".to_owned(), AttributeValue::N(ends.to_string()));
    put_into(&client, TABLE, mortal).await;
    let tables = machine.services.table();
    assert_eq!(tables.sweep_expired().await.unwrap(), 0);
    machine.pass(61);
    assert_eq!(tables.sweep_expired().await.unwrap(), 1);
    let records = machine.records().await;
    assert_eq!(
        records[1]["userIdentity"]["principalId"],
        "dynamodb.amazonaws.com"
    );
}

#[tokio::test]
async fn units_are_counted_whether_asked_for_or_not() {
    let machine = Machine::memory().await;
    let client = Client::new(&machine.sdk());
    let mark = machine.history.mark();
    let mut large = item("T#1", "large");
    large.insert("body".to_owned(), text(&"x".repeat(2_500)));
    put_into(&client, TABLE, large).await;
    let read = |strong: bool| {
        client
            .get_item()
            .table_name(TABLE)
            .set_key(Some(item("T#1", "large")))
            .consistent_read(strong)
            .send()
    };
    read(true).await.unwrap();
    read(false).await.unwrap();
    let calls = machine.history.since(mark);
    let units: Vec<_> = calls
        .iter()
        .map(|call| (call.read_units, call.write_units))
        .collect();
    assert_eq!(units, [(0.0, 3.0), (1.0, 0.0), (0.5, 0.0)]);
    assert_eq!(calls[0].keys, ["T#1|large"]);
}

#[tokio::test]
async fn what_is_imported_is_in_the_table_and_its_index_and_not_in_the_stream() {
    let machine = Machine::memory().await;
    let client = Client::new(&machine.sdk());
    let items = [
        r#"{"pk":{"S":"T#1"},"sk":{"S":"due"},"duePk":{"S":"DUE#1"},"dueSk":{"S":"2031"}}"#,
        r#"{"pk":{"S":"T#1"},"sk":{"S":"plain"}}"#,
    ];
    let tables = machine.services.table();
    let imported = tables
        .import(TABLE, items.map(str::to_owned).to_vec())
        .await;
    assert_eq!(imported.unwrap(), 2);
    assert_eq!(tables.item_count(TABLE).await.unwrap(), 2);
    assert_eq!(found_due(&client, TABLE).await, [due()]);
    assert_eq!(
        tables.stream_records(TABLE, None, 100).await.unwrap().len(),
        0
    );
    let broken = vec!["{\"pk\":{\"S\":\"T#1\"}}".to_owned()];
    tables.import(TABLE, broken).await.unwrap_err();
    assert_eq!(tables.item_count(TABLE).await.unwrap(), 2);
}

#[tokio::test]
async fn calls_at_once_are_one_round_trip() {
    let machine = Machine::memory().await;
    let client = Client::new(&machine.sdk());
    let read = |sort: &str| {
        let key = Some(item("T#1", sort));
        client.get_item().table_name(TABLE).set_key(key).send()
    };
    let mark = machine.history.mark();
    let both = futures_util::future::try_join_all(["a", "b", "c"].map(read)).await;
    both.unwrap();
    assert_eq!(round_trips(&machine.history.since(mark)), 1);
    for sort in ["a", "b"] {
        read(sort).await.unwrap();
    }
    assert_eq!(round_trips(&machine.history.since(mark)), 3);
}

#[tokio::test]
async fn what_cannot_be_is_refused_in_the_words_of_aws() {
    let machine = Machine::memory().await;
    let client = Client::new(&machine.sdk());
    let missing = client
        .get_item()
        .table_name("other-table")
        .set_key(Some(item("a", "b")));
    let missing = missing.send().await.unwrap_err().into_service_error();
    assert!(missing.is_resource_not_found_exception());
    let keyless = client
        .put_item()
        .table_name(TABLE)
        .item("pk", text("T#1"))
        .send()
        .await;
    assert_eq!(
        keyless.unwrap_err().into_service_error().code(),
        Some("ValidationException")
    );
    let unknown = client
        .list_backups()
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert_eq!(unknown.code(), Some("UnknownOperationException"));
}
