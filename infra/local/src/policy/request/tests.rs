//! What an operation does not read of its request opens nothing, and what is not understood is denied.

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use super::{LEADING_KEYS, Names, accesses};
use crate::history::Service;
use crate::services::dynamodb::TableSpec;

fn names() -> Names {
    let table = TableSpec {
        name: "things".to_owned(),
        partition_key: "pk".to_owned(),
        sort_key: None,
        indexes: Vec::new(),
        stream: false,
        ttl_attribute: None,
    };
    Names::new("eu-central-1", "000000000000", &[table])
}

fn key(text: &str) -> Value {
    json!({ "pk": { "S": text } })
}

/// Returns the actions that a request needs, each with the partition keys that are said of it.
fn needed(operation: &str, body: &Value) -> Vec<String> {
    let request = Request::new(Bytes::from(body.to_string()));
    let accesses = accesses(&names(), Service::DynamoDb, operation, &[], &request);
    let line = |access: super::Access| {
        let keys = access.context.values(LEADING_KEYS).join(",");
        format!("{} {keys}", access.action)
    };
    accesses.into_iter().map(line).collect()
}

#[test]
fn an_operation_is_judged_by_what_it_reads() {
    let own = json!([{ "Get": { "TableName": "things", "Key": key("own") } }]);
    for (operation, body, expected) in [
        (
            "GetItem",
            json!({ "TableName": "things", "Key": key("theirs"), "TransactItems": own }),
            "dynamodb:GetItem theirs",
        ),
        (
            "GetItem",
            json!({ "TableName": "things", "Key": key("theirs"), "Item": key("own") }),
            "dynamodb:GetItem theirs",
        ),
        (
            "PutItem",
            json!({ "TableName": "things", "Key": key("own"), "Item": key("theirs") }),
            "dynamodb:PutItem theirs",
        ),
        (
            "BatchWriteItem",
            json!({ "RequestItems": { "things": [
                { "PutRequest": { "Key": key("own"), "Item": key("theirs") } },
            ] } }),
            "dynamodb:BatchWriteItem theirs",
        ),
        (
            "Query",
            json!({
                "TableName": "things",
                "Key": key("own"),
                "KeyConditionExpression": "pk=:pk",
                "ExpressionAttributeValues": { ":pk": { "S": "theirs" } },
            }),
            "dynamodb:Query theirs",
        ),
    ] {
        assert_eq!(needed(operation, &body), [expected], "{operation} {body}");
    }
}

#[test]
fn one_key_that_is_not_understood_leaves_none_to_be_said() {
    let keys = json!([key("own"), { "pk": { "B": "dGhlaXJz" } }]);
    let batch = json!({ "RequestItems": { "things": { "Keys": keys } } });
    assert_eq!(needed("BatchGetItem", &batch), ["dynamodb:BatchGetItem "]);
    for operation in [
        "TransactWriteItems",
        "BatchGetItem",
        "Scan",
        "ExecuteStatement",
    ] {
        let expected = format!("dynamodb:{operation} ");
        assert_eq!(needed(operation, &json!({})), [expected]);
    }
}

#[test]
fn every_call_needs_something() {
    let needed = |service, operation: &str| {
        let request = Request::new(Bytes::from_static(b"{}"));
        accesses(&names(), service, operation, &[], &request).len()
    };
    for (service, operation) in [
        (Service::DynamoDb, "BatchWriteItem"),
        (Service::DynamoDb, "TransactWriteItems"),
        (Service::S3, "DeleteObjects"),
        (Service::S3, "GetObject"),
        (Service::Sqs, "SendMessageBatch"),
        (Service::EventBridge, "PutEvents"),
        (Service::EventBridge, "PutRule"),
        (Service::SecretsManager, "GetSecretValue"),
        (Service::CloudFront, "CreateInvalidation"),
        (Service::Ses, "SendEmail"),
        (Service::Sts, "AssumeRole"),
        (Service::Unknown, ""),
    ] {
        assert!(needed(service, operation) > 0, "{service} {operation}");
    }
    // Who asks who it is may always know.
    assert_eq!(needed(Service::Sts, "GetCallerIdentity"), 0);
}

#[test]
fn what_is_copied_is_needed_too_whatever_its_bytes() {
    let source = http::HeaderValue::from_bytes(b"bucket/\xfftheirs").unwrap();
    let mut request = Request::new(Bytes::new());
    request.headers_mut().insert("x-amz-copy-source", source);
    let keys = ["bucket/own".to_owned()];
    let needed = accesses(&names(), Service::S3, "CopyObject", &keys, &request);
    let actions: Vec<&str> = needed.iter().map(|access| &*access.action).collect();
    assert_eq!(actions, ["s3:PutObject", "s3:GetObject"]);
}
