//! What the stores hold, to be held against what they held before; and what was written meanwhile.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on has failed"
)]

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use local::history::{CallRecord, Outcome};

use crate::world::{BUCKET, TABLE, World};

/// Events of the bus that are looked at, at most.
const EVENTS_MAX: usize = 1_000;

/// Operations of the services that leave everything as it is.
const READS: [&str; 9] = [
    "AssumeRole",
    "BatchGetItem",
    "GetItem",
    "GetObject",
    "GetSecretValue",
    "HeadObject",
    "ListObjectsV2",
    "Query",
    "TransactGetItems",
];

/// What is in the keys of what is written whatever comes of a request: how often somebody asks, and of a password that
/// was tried how often that was, from where the right one came, and the entry of the trail.
const OF_ATTEMPTS: [&str; 4] = [
    "TRAFFIC#",
    "RATE#",
    "|FROM#",
    "T#00000000-0000-7000-8000-000000000000#AUDIT|",
];

fn is_of_attempts(key: &str) -> bool {
    OF_ATTEMPTS.iter().any(|part| key.contains(part))
}

/// Returns everything that is stored but for what was tried: items with all that they hold, objects
/// with their tags, messages and events, each as a line.
pub async fn lines(world: &World) -> Vec<String> {
    let sdk = world.sdk();
    let scan = aws_sdk_dynamodb::Client::new(&sdk).scan().table_name(TABLE);
    let items: Result<Vec<_>, _> = scan.into_paginator().items().send().collect().await;
    let mut lines = Vec::new();
    for item in items.unwrap() {
        let key = |name: &str| item[name].as_s().unwrap().as_str();
        if !is_of_attempts(&format!("{}|{}", key("pk"), key("sk"))) {
            lines.push(of_map(&item));
        }
    }
    let list = aws_sdk_s3::Client::new(&sdk)
        .list_objects_v2()
        .bucket(BUCKET);
    let pages: Result<Vec<_>, _> = list.into_paginator().send().collect().await;
    let pages = pages.unwrap();
    for object in pages.iter().flat_map(ListObjectsV2Output::contents) {
        lines.push(format!("{:?} {:?}", object.key(), object.e_tag()));
    }
    let services = world.platform.services();
    for queue in services.queues().names().await.unwrap() {
        for message in services.queues().list(&queue).await.unwrap() {
            lines.push(format!("{queue} {message:?}"));
        }
    }
    let events = services.bus().bus_events(0, EVENTS_MAX).await.unwrap();
    lines.extend(events.iter().map(|event| event.event.to_string()));
    lines.sort_unstable();
    lines
}

/// Returns the mails that were sent, each as a line. What they say is for whom they are sent to alone: links, for example.
pub async fn mails(world: &World) -> Vec<String> {
    let sent = world.platform.services().mail().sent().await.unwrap();
    let lines = sent.into_iter();
    lines
        .map(|mail| format!("mail to {}: {}", mail.to, mail.text))
        .collect()
}

/// Writes a map in the order of its names.
fn of_map(map: &HashMap<String, AttributeValue>) -> String {
    let members = map.iter().map(|(name, value)| {
        if let AttributeValue::M(inner) = value {
            return format!("{name}={{{}}}", of_map(inner));
        }
        if let AttributeValue::L(list) = value {
            let items: Vec<String> = list.iter().map(of_item).collect();
            return format!("{name}=[{}]", items.join(" "));
        }
        format!("{name}={value:?}")
    });
    let mut members: Vec<String> = members.collect();
    members.sort_unstable();
    members.join(" ")
}

fn of_item(value: &AttributeValue) -> String {
    of_map(&HashMap::from([(String::new(), value.clone())]))
}

/// Checks that what is stored is what was stored.
pub fn assert_same(before: &[String], after: &[String], why: &str) {
    let more: Vec<_> = after.iter().filter(|it| !before.contains(it)).collect();
    let less: Vec<_> = before.iter().filter(|it| !after.contains(it)).collect();
    assert!(
        more.is_empty() && less.is_empty() && before.len() == after.len(),
        "{why}: left {more:#?}, lost {less:#?}"
    );
}

/// Returns whether nothing was written but an entry of a trail: of what was tried and refused.
fn is_told(call: &CallRecord) -> bool {
    matches!(&call.keys[..], [key] if key.contains("#AUDIT|ENTRY#"))
}

/// Returns what of `calls` changed something but how often something was tried.
pub fn writes(calls: &[CallRecord]) -> Vec<String> {
    let changed = calls.iter().filter(|call| {
        !READS.contains(&call.operation.as_str())
            && call.outcome == Outcome::Succeeded
            && (call.keys.is_empty() || !call.keys.iter().all(|key| is_of_attempts(key)))
            && !is_told(call)
    });
    changed
        .map(|call| format!("{} {} {:?}", call.function, call.operation, call.keys))
        .collect()
}
