//! What a request is about, read off its wire form: service, operation, keys. It must never
//! change a request.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Method, Request};
use serde_json::Value;

use crate::history::Service;
use crate::services::dynamodb::entries;
use crate::services::events::DEFAULT_BUS;
use crate::services::{Target, bucket_and_key, header_text};

/// What a request is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Described {
    pub(crate) service: Service,
    pub(crate) operation: String,
    pub(crate) keys: Vec<String>,
    pub(crate) session_token: Option<String>,
}

impl Described {
    pub(crate) fn of(request: &Request<Bytes>) -> Self {
        let (service, operation, keys) = match Target::of(request) {
            Target::DynamoDb(operation) => {
                let keys = table_keys(&operation, &json(request));
                (Service::DynamoDb, operation, keys)
            }
            Target::Sqs(operation) => {
                let queue = member(&json(request), "QueueUrl").map(last_part);
                (Service::Sqs, operation, queue.into_iter().collect())
            }
            Target::EventBridge(operation) => {
                (Service::EventBridge, operation, buses(&json(request)))
            }
            Target::SecretsManager(operation) => {
                let secret = member(&json(request), "SecretId");
                (
                    Service::SecretsManager,
                    operation,
                    secret.into_iter().collect(),
                )
            }
            Target::Sts => {
                let (operation, role) = of_form(request.body());
                (Service::Sts, operation, role.into_iter().collect())
            }
            Target::CloudFront => {
                let (operation, distribution) = of_path(request);
                (
                    Service::CloudFront,
                    operation,
                    distribution.into_iter().collect(),
                )
            }
            Target::Ses => {
                let from = member(&json(request), "FromEmailAddress");
                let operation = "SendEmail".to_owned();
                (Service::Ses, operation, from.into_iter().collect())
            }
            Target::S3 => of_object(request),
            Target::Unknown => (Service::Unknown, String::new(), Vec::new()),
        };
        Self {
            service,
            operation,
            keys,
            session_token: header_text(request, "x-amz-security-token").map(str::to_owned),
        }
    }
}

fn json(request: &Request<Bytes>) -> Value {
    serde_json::from_slice(request.body()).unwrap_or_default()
}

fn member(body: &Value, name: &str) -> Option<String> {
    body.get(name)?.as_str().map(str::to_owned)
}

fn last_part(url: String) -> String {
    url.rsplit('/').next().map(str::to_owned).unwrap_or(url)
}

fn buses(body: &Value) -> Vec<String> {
    let entries = body
        .get("Entries")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let bus = |entry| member(entry, "EventBusName").map_or(DEFAULT_BUS.to_owned(), last_part);
    let mut buses: Vec<String> = entries.map(bus).collect();
    buses.sort();
    buses.dedup();
    buses
}

/// Returns the keys of every item that a request names, and the partition that a query reads.
fn table_keys(operation: &str, body: &Value) -> Vec<String> {
    if operation == "Query" {
        return of_query(body);
    }
    let entries = entries(operation, body).into_iter();
    entries.filter_map(|entry| key(entry.item?)).collect()
}

fn key(item: &Value) -> Option<String> {
    let text = |name: &str| item.get(name)?.get("S")?.as_str();
    let partition = text("pk")?;
    Some(match text("sk") {
        Some(sort) => format!("{partition}|{sort}"),
        None => partition.to_owned(),
    })
}

fn of_query(body: &Value) -> Vec<String> {
    let condition = member(body, "KeyConditionExpression").unwrap_or_default();
    let values = body
        .get("ExpressionAttributeValues")
        .and_then(Value::as_object);
    let mut named: Vec<(usize, String)> = values
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| {
            Some((
                condition.find(name.as_str())?,
                value.get("S")?.as_str()?.to_owned(),
            ))
        })
        .collect();
    named.sort();
    named.into_iter().map(|(_, value)| value).collect()
}

fn of_form(body: &[u8]) -> (String, Option<String>) {
    let mut form: BTreeMap<String, String> = serde_urlencoded::from_bytes(body).unwrap_or_default();
    (
        form.remove("Action").unwrap_or_default(),
        form.remove("RoleArn"),
    )
}

fn of_path(request: &Request<Bytes>) -> (String, Option<String>) {
    let mut parts = request.uri().path().split('/').skip(3);
    let distribution = parts.next().map(str::to_owned);
    let operation = match (request.method(), parts.next(), parts.next()) {
        (&Method::POST, Some("invalidation"), None) => "CreateInvalidation",
        (&Method::GET, Some("invalidation"), Some(_)) => "GetInvalidation",
        _ => "",
    };
    (operation.to_owned(), distribution)
}

fn of_object(request: &Request<Bytes>) -> (Service, String, Vec<String>) {
    let (bucket, key) = bucket_and_key(request);
    let query = request.uri().query().unwrap_or_default();
    let has = |name: &str| {
        query
            .split('&')
            .any(|pair| pair.split('=').next() == Some(name))
    };
    let copies = request.headers().contains_key("x-amz-copy-source");
    let operation = match (request.method(), key.is_empty()) {
        (&Method::GET, false) => "GetObject",
        (&Method::HEAD, false) => "HeadObject",
        (&Method::PUT, false) if has("partNumber") => "UploadPart",
        (&Method::PUT, false) if copies => "CopyObject",
        (&Method::PUT, false) => "PutObject",
        (&Method::DELETE, false) => "DeleteObject",
        (&Method::POST, false) if has("uploads") => "CreateMultipartUpload",
        (&Method::POST, false) => "CompleteMultipartUpload",
        (&Method::POST, true) if has("delete") => "DeleteObjects",
        (&Method::GET, true) if bucket.is_empty() => "ListBuckets",
        (&Method::GET, true) => "ListObjectsV2",
        (&Method::HEAD, true) => "HeadBucket",
        (&Method::PUT, true) => "CreateBucket",
        (&Method::DELETE, true) => "DeleteBucket",
        _ => "",
    };
    let keys = if key.is_empty() {
        vec![bucket]
    } else {
        vec![format!("{bucket}/{key}")]
    };
    (Service::S3, operation.to_owned(), keys)
}
