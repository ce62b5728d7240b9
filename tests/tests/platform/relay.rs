//! The relay: what happens leaves by each of its ways and out of the outbox, or comes again.

mod sweep;

use aws_sdk_dynamodb::types::AttributeValue;
use events::{CacheTag, Envelope, Event};
use kernel::limits::{PURGE_FIRST_DELAY_S, PURGE_SECOND_DELAY_S};
use kernel::{Clock, EventId, OperationId, ReleaseId, TenantId, WebsiteId};
use lambda_runtime::Context;
use local::fault::{Call, Fault, Faults};
use local::history::Service;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use tenancy::Platform;
use tenancy::audit::Action;
use tenancy::permission::Provision;
use tests::world::{TABLE, World};

const PROVISIONING: &str = "hotswap-ProvisioningQueue";
const EDGE: &str = "hotswap-EdgeQueue";

/// Entries of a batch that the services take.
const ENTRIES_MAX: usize = 10;

/// A world in which events happen, and nothing is delivered unless a test does it.
struct Scene {
    world: World,
    storage: Platform,
    tenant: TenantId,
}

/// One way out is closed, for the relay alone.
#[derive(Debug)]
struct Closed {
    service: Service,
    /// What the keys of the calls hold.
    key: &'static str,
    fault: Fault,
}

impl Faults for Closed {
    fn decide(&self, call: &Call<'_>) -> Fault {
        let is_it = call.service == self.service
            && call.operation != "GetItem"
            && call.keys.iter().any(|key| key.contains(self.key));
        if is_it && call.function == "relay" {
            self.fault
        } else {
            Fault::None
        }
    }
}

impl Scene {
    async fn new() -> Self {
        let world = World::new(50).await.unwrap();
        let storage = world.storage();
        Self {
            tenant: TenantId::mint(storage.mint()),
            storage,
            world,
        }
    }

    /// Lets an event happen.
    #[expect(
        clippy::disallowed_methods,
        reason = "the shortest way to a context in which an event can happen"
    )]
    async fn happen(&self, event: Event) {
        let cause = Envelope {
            id: EventId::mint(self.storage.mint()),
            tenant_id: self.tenant,
            occurred_at: self.storage.now(),
            request_id: "r".to_owned(),
            event: Event::TenantUpdated {},
        };
        let context = self.storage.resume("test", &cause);
        let permit = context.permit::<Provision>().unwrap();
        let change = permit.change(Action::Update).event(event);
        change.commit().await.unwrap();
    }

    fn activated(&self) -> Event {
        let website_id = WebsiteId::mint(self.storage.mint());
        Event::ReleaseActivated {
            website_id,
            release_id: ReleaseId::mint(self.storage.mint()),
            purge: vec![CacheTag::website(website_id)],
        }
    }

    /// One event of each shape of delivery: one queue, one queue twice, no queue.
    async fn three(&self) {
        let operation_id = OperationId::mint(self.storage.mint());
        self.happen(Event::TenantRegistered { operation_id }).await;
        self.happen(self.activated()).await;
        self.happen(Event::TenantUpdated {}).await;
    }

    /// Returns the records of the stream that are about the outbox, as the relay is given them.
    async fn records(&self) -> Vec<Value> {
        let table = self.world.platform.services().table();
        let mut records = table.stream_records(TABLE, None, 1_000).await.unwrap();
        records.retain(|record| {
            record["eventName"] == "INSERT"
                && record["dynamodb"]["NewImage"]["entity"]["S"] == "outbox"
        });
        records
    }

    async fn relay(&self, records: &[Value]) -> Value {
        let payload = json!({ "Records": records });
        self.world.platform.invoke("relay", payload).await.unwrap()
    }

    /// Returns the keys of what is in the outbox.
    async fn outbox(&self) -> Vec<(AttributeValue, AttributeValue)> {
        let client = aws_sdk_dynamodb::Client::new(&self.world.sdk());
        let found = client.scan().table_name(TABLE).send().await.unwrap();
        let waiting = found
            .items()
            .iter()
            .filter(|item| item.get("entity") == Some(&AttributeValue::S("outbox".to_owned())));
        waiting
            .map(|item| (item["pk"].clone(), item["sk"].clone()))
            .collect()
    }

    /// Returns, of each message of a queue, after how many seconds it is to be received.
    async fn queued(&self, queue: &str) -> Vec<i64> {
        let queues = self.world.platform.services().queues();
        let messages = queues.list(queue).await.unwrap();
        messages
            .iter()
            .map(|message| message.visible_at.duration_since(message.sent_at).as_secs())
            .collect()
    }

    /// Returns the events on the bus.
    async fn published(&self) -> Vec<Value> {
        let bus = self.world.platform.services().bus();
        let events = bus.bus_events(0, 1_000).await.unwrap();
        events.into_iter().map(|event| event.event).collect()
    }

    fn close(&self, service: Service, key: &'static str, fault: Fault) {
        let closed = Closed {
            service,
            key,
            fault,
        };
        self.world.faults.set(Arc::new(closed));
    }
}

/// Returns the answer that reports one record, or none.
fn failures(record: Option<&Value>) -> Value {
    let items: Vec<Value> = record
        .iter()
        .map(|record| json!({ "itemIdentifier": record["dynamodb"]["SequenceNumber"] }))
        .collect();
    json!({ "batchItemFailures": items })
}

#[tokio::test]
async fn every_event_leaves_by_each_of_its_ways_and_out_of_the_outbox() {
    let scene = Scene::new().await;
    scene.three().await;
    assert_eq!(scene.outbox().await.len(), 3);
    assert_eq!(scene.relay(&scene.records().await).await, failures(None));
    assert!(scene.outbox().await.is_empty());
    assert_eq!(scene.queued(PROVISIONING).await, [0]);
    let delays = [PURGE_FIRST_DELAY_S, PURGE_SECOND_DELAY_S].map(i64::from);
    assert_eq!(scene.queued(EDGE).await, delays);
    let published = scene.published().await;
    let kinds: Vec<_> = published
        .iter()
        .map(|event| &event["detail-type"])
        .collect();
    assert_eq!(
        kinds,
        ["TenantRegistered", "ReleaseActivated", "TenantUpdated"]
    );
    for event in published {
        assert_eq!(event["detail"]["specversion"], "1.0", "{event}");
    }
}

/// Threat B3: what a queue or the bus did not take comes again.
#[tokio::test]
async fn the_first_that_did_not_leave_is_reported_and_comes_again() {
    let closings = [
        (Service::Sqs, "ProvisioningQueue", Fault::ServerError, 0),
        (Service::Sqs, "EdgeQueue", Fault::ServerError, 1),
        (Service::Sqs, "EdgeQueue", Fault::Partial, 1),
        (Service::EventBridge, "", Fault::ServerError, 0),
        (Service::EventBridge, "", Fault::Partial, 1),
        // It left, and is still in the outbox.
        (Service::DynamoDb, "OUTBOX", Fault::ServerError, 0),
    ];
    for (service, key, fault, first) in closings {
        let scene = Scene::new().await;
        scene.three().await;
        let records = scene.records().await;
        scene.close(service, key, fault);
        let answer = scene.relay(&records).await;
        assert_eq!(answer, failures(records.get(first)), "{service} {fault:?}");
        let left = scene.outbox().await.len();
        assert_eq!(left, 3 - first, "{service} {fault:?}");

        scene.world.heal();
        assert_eq!(scene.relay(&records).await, failures(None));
        assert!(scene.outbox().await.is_empty());
        let published = scene.published().await;
        let ids: BTreeSet<String> = published
            .iter()
            .map(|event| event["detail"]["id"].to_string())
            .collect();
        assert_eq!(ids.len(), 3, "every event left, however often");
    }
}

#[tokio::test]
async fn an_item_that_cannot_be_read_is_reported_after_those_before_it_left() {
    let scene = Scene::new().await;
    scene.three().await;
    let mut records = scene.records().await;
    records[1]["dynamodb"]["NewImage"] =
        json!({ "entity": { "S": "outbox" }, "schema": { "N": "1" } });
    assert_eq!(scene.relay(&records).await, failures(records.get(1)));
    assert_eq!(scene.published().await.len(), 1);
    assert_eq!(scene.outbox().await.len(), 2);
}

#[tokio::test]
async fn a_large_batch_leaves_in_parts_that_the_services_take() {
    let scene = Scene::new().await;
    for _ in 0..25 {
        scene.happen(scene.activated()).await;
    }
    let mark = scene.world.platform.history().mark();
    assert_eq!(scene.relay(&scene.records().await).await, failures(None));
    assert_eq!(scene.queued(EDGE).await.len(), 50);
    assert!(scene.outbox().await.is_empty());
    let totals = scene.world.platform.history().totals(mark);
    let calls = |service, operation: &str| totals[&(service, operation.to_owned())].calls;
    // Of ten events each, which are twenty messages.
    assert_eq!(
        calls(Service::EventBridge, "PutEvents"),
        25_u64.div_ceil(10)
    );
    assert_eq!(
        calls(Service::Sqs, "SendMessageBatch"),
        u64::try_from(50_usize.div_ceil(ENTRIES_MAX)).unwrap()
    );
}

#[tokio::test]
async fn what_there_is_no_time_for_comes_again() {
    let scene = Scene::new().await;
    scene.three().await;
    let records = scene.records().await;
    let pools = scene.world.platform.pools();
    let relay = pools.own_environment("relay").await.unwrap();
    let now = u64::try_from(scene.world.clock.now().as_millisecond()).unwrap();
    for (left_ms, failed) in [(1_999, records.first()), (60_000, None)] {
        let mut context = Context::default();
        context.deadline = now + left_ms;
        let payload = json!({ "Records": records });
        let answer = relay.invoke(payload, context).await.unwrap();
        assert_eq!(answer, failures(failed), "{left_ms} ms");
        let published = scene.published().await.len();
        assert_eq!(published, if failed.is_some() { 0 } else { 3 });
    }
}

#[tokio::test]
async fn the_sample_records_are_relayed() {
    let samples = [
        (include_str!("../../../events/relay/stream.json"), None, 2),
        (
            include_str!("../../../events/relay/stream-one-cannot-be-read.json"),
            Some("700000000000012345678907"),
            1,
        ),
    ];
    for (sample, failed, published) in samples {
        let scene = Scene::new().await;
        let payload: Value = serde_json::from_str(sample).unwrap();
        let answer = scene.world.platform.invoke("relay", payload).await.unwrap();
        let failed = failed.map(|number| json!({ "dynamodb": { "SequenceNumber": number } }));
        assert_eq!(answer, failures(failed.as_ref()));
        assert_eq!(scene.published().await.len(), published);
    }
}
