//! What functions are invoked with, beside requests.

use serde_json::{Value, json};

use crate::api::choice;
use crate::host;

/// All functions. A new one comes last, so that what was found for the others stays theirs.
const FUNCTIONS: [&str; 13] = [
    "authorizer",
    "content",
    "delivery",
    "edge",
    "identity",
    "provisioning",
    "relay",
    "tenants",
    "websites",
    "notifications",
    "governance",
    "sealing",
    "security",
];

/// What is said where a function panicked.
const PANICKED: [&str; 2] = ["Panicked", "panicked"];

/// Takes a function and, after it, what it is invoked with.
pub(crate) fn invocation(bytes: &[u8]) {
    let Some((function, payload)) = bytes.split_first() else {
        return;
    };
    let Ok(payload) = serde_json::from_slice::<Value>(payload) else {
        return;
    };
    let function = choice(&FUNCTIONS, *function);
    host::with(|host| {
        // What the gateway says of a caller is trusted: where that cannot be read, `500` is the
        // answer. A panic on the way to it is noticed by whoever runs this.
        if let Err(error) = host.invoke(function, payload) {
            no_panic(&error);
        }
    });
}

/// The functions that take messages.
const CONSUMERS: [&str; 3] = ["edge", "provisioning", "notifications"];

/// Takes a function and, after it, a message's body. Beside it is a message that is fine.
pub(crate) fn message(bytes: &[u8]) {
    let Some((function, body)) = bytes.split_first() else {
        return;
    };
    let function = choice(&CONSUMERS, *function);
    let body = String::from_utf8_lossy(body);
    host::with(|host| {
        // Neither changes anything: of this tenant no page is kept, and it was made long ago.
        let (tenant, operation) = &host.made;
        let event = match *function {
            "edge" => json!({
                "type": "TenantStatusChanged", "data": {"from": "Active", "to": "Suspended"},
            }),
            "notifications" => json!({
                "type": "PasswordResetRequested", "data": {"personId": null},
            }),
            _ => json!({"type": "TenantRegistered", "data": {"operationId": operation}}),
        };
        let fine = json!({
            "id": "019b7a1c-4c00-7f65-8e3b-40d9c2a71f86",
            "tenantId": tenant,
            "occurredAt": "2026-01-01T12:00:00Z",
            "requestId": "fine",
            "event": event,
        });
        let record = |id: &str, body: &str| {
            json!({
                "messageId": id, "receiptHandle": id, "body": body,
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {}, "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-central-1:000000000000:queue",
                "awsRegion": "eu-central-1",
            })
        };
        let records = [record("fuzzed", &body), record("fine", &fine.to_string())];
        let answer = host.invoke(function, json!({"Records": records})).unwrap();
        may_have_failed(&answer, "fuzzed");
    });
}

/// Takes the new image of an item.
pub(crate) fn image(bytes: &[u8]) {
    let Ok(image) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let record = json!({
        "eventID": "1", "eventName": "INSERT", "eventVersion": "1.1",
        "eventSource": "aws:dynamodb", "awsRegion": "eu-central-1",
        "eventSourceARN": "arn:aws:dynamodb:eu-central-1:000000000000:table/T/stream/1",
        "dynamodb": {
            "Keys": {"pk": {"S": "a partition"}, "sk": {"S": "a place in it"}},
            "NewImage": image,
            "SequenceNumber": "111", "SizeBytes": 1, "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    });
    host::with(|host| {
        let answer = host.invoke("relay", json!({"Records": [record]}));
        may_have_failed(&answer.unwrap(), "111");
    });
}

/// Checks that nothing failed, or this one alone.
fn may_have_failed(answer: &Value, id: &str) {
    let failed = answer
        .pointer("/batchItemFailures")
        .and_then(Value::as_array)
        .unwrap();
    let failed: Vec<_> = failed
        .iter()
        .map(|failure| failure.pointer("/itemIdentifier").and_then(Value::as_str))
        .collect();
    assert!(failed.is_empty() || failed == [Some(id)], "{answer}");
}

fn no_panic(error: &str) {
    assert!(!PANICKED.iter().any(|word| error.contains(word)), "{error}");
}

#[cfg(test)]
mod tests {
    use super::FUNCTIONS;

    #[test]
    fn every_function_is_there() {
        let template = ::tests::wiring::template().unwrap();
        let names = template.functions.iter().map(|function| &*function.name);
        let mut all = FUNCTIONS;
        all.sort_unstable();
        assert!(names.eq(all), "{all:?}");
    }
}
