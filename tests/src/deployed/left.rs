//! What is stored, and what is left in an account once a stack was taken down. It must never delete
//! anything.

use std::collections::BTreeMap;

use anyhow::Context;
use http::Method;
use kernel::ContentHash;
use serde_json::{Value, json};

use super::account::Account;
use super::stack::{Stack, elements};

/// The stack that the deployment tool keeps its uploads in.
const TOOLS_OWN: &str = "aws-sam-cli-managed-default";

/// Services that list what they hold under a target: service, target, where the list stands and
/// the field that names each.
const UNDER_TARGETS: [(&str, &str, &str, &str); 7] = [
    (
        "dynamodb",
        "DynamoDB_20120810.ListTables",
        "/TableNames",
        "",
    ),
    (
        "secretsmanager",
        "secretsmanager.ListSecrets",
        "/SecretList",
        "/Name",
    ),
    ("sqs", "AmazonSQS.ListQueues", "/QueueUrls", ""),
    (
        "logs",
        "Logs_20140328.DescribeLogGroups",
        "/logGroups",
        "/logGroupName",
    ),
    ("events", "AWSEvents.ListEventBuses", "/EventBuses", "/Name"),
    ("events", "AWSEvents.ListRules", "/Rules", "/Name"),
    (
        "monitoring",
        "GraniteServiceVersion20100801.DescribeAlarms",
        "/MetricAlarms",
        "/AlarmName",
    ),
];

/// Services that list under paths: service, path, where the list stands and the field that names.
const UNDER_PATHS: [(&str, &str, &str, &str); 4] = [
    (
        "lambda",
        "/2015-03-31/functions/",
        "/Functions",
        "/FunctionName",
    ),
    (
        "lambda",
        "/2015-03-31/event-source-mappings/",
        "/EventSourceMappings",
        "/UUID",
    ),
    ("apigateway", "/v2/apis", "/items", "/apiId"),
    ("scheduler", "/schedules", "/Schedules", "/Name"),
];

/// Services that list in XML: service, path, the element of each and the field that names.
const IN_XML: [(&str, &str, &str, &str); 5] = [
    ("s3", "/", "Bucket", "Name"),
    (
        "cloudfront",
        "/2020-05-31/distribution",
        "DistributionSummary",
        "Id",
    ),
    (
        "cloudfront",
        "/2020-05-31/function",
        "FunctionSummary",
        "Name",
    ),
    (
        "cloudfront",
        "/2020-05-31/cache-policy?Type=custom",
        "CachePolicySummary",
        "Type",
    ),
    (
        "cloudfront",
        "/2020-05-31/origin-access-control",
        "OriginAccessControlSummary",
        "Id",
    ),
];

/// Lists what is left, but for what the deployment tool keeps for itself.
pub async fn all(account: &Account) -> anyhow::Result<Vec<String>> {
    let mut left = Vec::new();
    for (service, target, list, name) in UNDER_TARGETS {
        let answer = account.target(service, target, &json!({})).await?;
        left.extend(names(service, &answer, list, name));
    }
    for (service, path, list, name) in UNDER_PATHS {
        let answer = account.rest(service, Method::GET, path, None).await?;
        left.extend(names(service, &answer, list, name));
    }
    for (service, path, element, name) in IN_XML {
        let request = http::Request::builder()
            .uri(path)
            .body(bytes::Bytes::new())?;
        let answer = account.signed(service, request).await?;
        let xml = String::from_utf8_lossy(answer.body()).into_owned();
        left.extend(in_xml(service, &xml, element, name)?);
    }
    for (action, extra) in [("ListRoles", "All"), ("ListPolicies", "Local")] {
        let xml = account.iam(&[("Action", action), ("Scope", extra)]).await?;
        left.extend(in_xml("iam", &xml, "member", "Arn")?);
    }
    left.retain(|name| !name.contains(TOOLS_OWN) && name != "events default");
    left.sort_unstable();
    Ok(left)
}

fn names(service: &str, answer: &Value, list: &str, name: &str) -> Vec<String> {
    let items = answer.pointer(list).and_then(Value::as_array);
    let names = items
        .into_iter()
        .flatten()
        .filter_map(|item| item.pointer(name)?.as_str());
    names.map(|name| format!("{service} {name}")).collect()
}

fn in_xml(service: &str, xml: &str, element: &str, name: &str) -> anyhow::Result<Vec<String>> {
    let found = elements(xml, element)?;
    let names = found.iter().filter_map(|texts| texts.get(name));
    Ok(names.map(|name| format!("{service} {name}")).collect())
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

/// Says what a stack stores: the number of items and objects, and one hash of them all.
pub async fn digest(stack: &Stack) -> anyhow::Result<String> {
    let mut stored = BTreeMap::new();
    for item in items(stack).await? {
        let part = |name: &str| item.pointer(&format!("/{name}/S")).map(Value::to_string);
        let key = part("pk").zip(part("sk")).context("an item without key")?;
        stored.insert(key, item.to_string());
    }
    let request = http::Request::builder()
        .uri(format!("/{}?list-type=2", stack.physical("Bucket")?))
        .body(bytes::Bytes::new())?;
    let answer = stack.account.signed("s3", request).await?;
    let xml = String::from_utf8_lossy(answer.body()).into_owned();
    let objects = elements(&xml, "Contents")?;
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
