//! What must hold of `plan`.

use serde_json::{Value, json};

use super::{Plan, TAGS_MAX};

fn id(last: u32) -> String {
    format!("01890a5d-ac96-774b-bcce-{last:012x}")
}

fn record(message: &str, event: u32, ordinal: u32, tenant: u32, tags: &[String]) -> Value {
    let body = json!({
        "id": id(event),
        "tenantId": id(tenant),
        "occurredAt": "2026-01-01T00:00:00Z",
        "requestId": "r",
        "event": {
            "type": "ReleaseActivated",
            "data": { "websiteId": id(900), "releaseId": id(901), "purge": tags },
        },
    });
    json!({
        "messageId": message,
        "body": body.to_string(),
        "messageAttributes": {
            "ordinal": { "stringValue": ordinal.to_string(), "dataType": "String" },
        },
    })
}

fn batch(records: &[Value]) -> Plan {
    Plan::of_batch(&json!({ "Records": records }))
}

fn tag(name: &str) -> Vec<String> {
    vec![name.to_owned()]
}

fn many(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|at| format!("{prefix}{at}")).collect()
}

#[test]
fn a_tenants_messages_leave_together_and_no_other_tenants_with_them() {
    let plan = batch(&[
        record("a", 1, 0, 1, &tag("p:a")),
        record("b", 2, 0, 2, &tag("p:b")),
        record("c", 3, 0, 1, &tag("p:c")),
    ]);
    assert_eq!(plan.purges.len(), 2);
    let first = plan.purge_of("a").unwrap();
    assert!(std::ptr::eq(first, plan.purge_of("c").unwrap()));
    let tags: Vec<&str> = first.tags.iter().map(events::CacheTag::as_str).collect();
    assert_eq!(tags, ["p:a", "p:c"]);
    assert_eq!(plan.purge_of("b").unwrap().tags.len(), 1);
}

#[test]
fn a_message_alone_is_named_by_its_event_and_delivery() {
    let first = batch(&[record("a", 1, 0, 1, &tag("p:a"))]);
    let second = batch(&[record("b", 1, 1, 1, &tag("p:a"))]);
    assert_eq!(first.purge_of("a").unwrap().name(), format!("{}-0", id(1)));
    assert_eq!(second.purge_of("b").unwrap().name(), format!("{}-1", id(1)));
}

#[test]
fn the_same_messages_have_the_same_name_in_any_order_and_under_any_message_id() {
    let [one, two, three] = [1, 2, 3].map(|event| (event, tag(&format!("p:{event}"))));
    let name = |ids: &[&str], events: &[&(u32, Vec<String>)]| {
        let records: Vec<Value> = ids
            .iter()
            .zip(events)
            .map(|(id, (event, tags))| record(id, *event, 0, 1, tags))
            .collect();
        batch(&records).purge_of(ids[0]).unwrap().name()
    };
    let both = name(&["a", "b"], &[&one, &two]);
    assert_eq!(both, name(&["x", "y"], &[&two, &one]));
    assert_eq!(both, name(&["x", "y", "z"], &[&two, &one, &two]));
    assert_ne!(both, name(&["a", "b"], &[&one, &three]));
    assert_ne!(both, name(&["a", "b", "c"], &[&one, &two, &three]));
}

#[test]
fn a_purge_that_is_full_takes_no_more() {
    let half = TAGS_MAX / 2 + 1;
    let plan = batch(&[
        record("a", 1, 0, 1, &many("p:a", half)),
        record("b", 2, 0, 1, &many("p:b", half)),
        record("c", 3, 0, 1, &tag("p:b0")),
    ]);
    assert_eq!(plan.purges.len(), 2);
    assert_eq!(plan.purge_of("a").unwrap().tags.len(), half);
    assert_eq!(plan.purge_of("c").unwrap().tags.len(), half);
}

#[test]
fn what_cannot_be_read_or_is_not_for_the_edge_has_no_purge_and_holds_nobody_up() {
    let mut foreign = record("c", 3, 0, 1, &[]);
    let body = foreign["body"].as_str().unwrap();
    let mut body: Value = serde_json::from_str(body).unwrap();
    body["event"] = json!({ "type": "TenantUpdated", "data": {} });
    foreign["body"] = json!(body.to_string());
    let plan = batch(&[
        json!({ "messageId": "a", "body": "{" }),
        json!({ "body": "{}" }),
        json!(7),
        foreign,
        record("d", 4, 0, 1, &tag("p:d")),
    ]);
    for message in ["a", "b", "c"] {
        assert!(plan.purge_of(message).is_none(), "{message}");
    }
    assert!(plan.purge_of("d").is_some());
    assert!(Plan::of_batch(&json!({})).purges.is_empty());
}

#[test]
fn the_sample_batches_are_planned() {
    let samples = [
        (
            include_str!("../../../../events/edge/release-activated.json"),
            1,
            1,
        ),
        (
            include_str!("../../../../events/edge/tenant-suspended.json"),
            1,
            1,
        ),
        (
            include_str!("../../../../events/edge/one-tenant-many-events.json"),
            1,
            2,
        ),
    ];
    for (sample, purges, tags) in samples {
        let plan = Plan::of_batch(&serde_json::from_str(sample).unwrap());
        assert_eq!(plan.purges.len(), purges);
        assert_eq!(plan.purges[0].tags.len(), tags);
    }
}
