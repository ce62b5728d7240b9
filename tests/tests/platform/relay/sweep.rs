//! The sweep: what the stream did not bring leaves, however much it is and whatever stands before it.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use events::Event;
use jiff::{SignedDuration, Timestamp};
use kernel::{Clock, ManualClock, OperationId};
use lambda_runtime::Context;
use local::fault::{Call, Fault, Faults, NoFaults};
use local::history::Service;
use serde_json::{Value, json};
use tests::world::TABLE;

use super::{Closed, Scene};

/// Longer than an event may wait for the stream.
const PATIENCE: SignedDuration = SignedDuration::from_secs(121);

/// Time that the template gives the relay.
const TIMEOUT: SignedDuration = SignedDuration::from_secs(30);

/// Every call of the relay takes its time.
#[derive(Debug)]
struct Slow {
    clock: ManualClock,
    each: SignedDuration,
    /// What goes wrong besides.
    besides: Arc<dyn Faults>,
}

impl Faults for Slow {
    fn decide(&self, call: &Call<'_>) -> Fault {
        if call.function == "relay" {
            self.clock.advance(self.each);
        }
        self.besides.decide(call)
    }
}

impl Scene {
    async fn sweep(&self) -> Result<Value, String> {
        let payload = json!({ "kind": "sweep" });
        let swept = self.world.platform.invoke("relay", payload).await;
        swept.map_err(|error| error.to_string())
    }

    /// Sweeps in an environment that has so much time.
    async fn sweep_within(&self, time: SignedDuration) -> Result<Value, String> {
        let pools = self.world.platform.pools();
        let relay = pools.own_environment("relay").await.unwrap();
        let mut context = Context::default();
        let deadline = (self.world.clock.now() + time).as_millisecond();
        context.deadline = u64::try_from(deadline).unwrap();
        let swept = relay.invoke(json!({ "kind": "sweep" }), context).await;
        swept.map_err(|error| error.to_string())
    }

    /// Has every call of the relay take 100 ms.
    fn slow_down(&self, besides: Arc<dyn Faults>) {
        self.world.faults.set(Arc::new(Slow {
            clock: self.world.clock.clone(),
            each: SignedDuration::from_millis(100),
            besides,
        }));
    }

    fn pass(&self, minutes: i64) {
        let step = SignedDuration::from_mins(minutes);
        self.world.clock.advance(step);
    }

    fn client(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.world.sdk())
    }

    /// Returns everything that is in the outbox.
    async fn waiting(&self) -> Vec<HashMap<String, AttributeValue>> {
        let found = self.client().scan().table_name(TABLE).send().await;
        let mut items = found.unwrap().items.unwrap();
        items.retain(|item| item["entity"].as_s().unwrap() == "outbox");
        items
    }

    /// Puts an item into the outbox that no version reads, due with `model` and before it.
    async fn put_unreadable(
        &self,
        model: &HashMap<String, AttributeValue>,
        number: usize,
    ) -> String {
        let mut item = model.clone();
        let sort = format!("{}-{number:03}", model["sk"].as_s().unwrap());
        let due = format!("{:015}-{number:03}", 0);
        for (name, value) in [("sk", &sort), ("dueSk", &due)] {
            item.insert(name.to_owned(), AttributeValue::S(value.clone()));
        }
        item.insert("schema".to_owned(), AttributeValue::N("99".to_owned()));
        let put = self.client().put_item().table_name(TABLE);
        put.set_item(Some(item)).send().await.unwrap();
        sort
    }
}

#[tokio::test]
async fn a_sweep_sends_what_the_stream_did_not_bring_and_nothing_that_is_young() {
    let scene = Scene::new().await;
    scene.three().await;
    assert_eq!(scene.sweep().await, Ok(json!({ "sent": 0 })));
    assert_eq!(scene.outbox().await.len(), 3);
    scene.world.clock.advance(PATIENCE);
    assert_eq!(scene.sweep().await, Ok(json!({ "sent": 3 })));
    assert!(scene.outbox().await.is_empty());
    assert_eq!(scene.sweep().await, Ok(json!({ "sent": 0 })));
}

#[tokio::test]
async fn an_event_that_cannot_leave_does_not_keep_others_from_the_sweep() {
    let scene = Scene::new().await;
    scene.three().await;
    scene.world.clock.advance(PATIENCE);
    scene.close(Service::EventBridge, "", Fault::Partial);
    assert!(scene.sweep().await.unwrap_err().contains("SweepIncomplete"));
    assert_eq!(scene.outbox().await.len(), 1);
    scene.world.clock.advance(SignedDuration::from_secs(3_600));
    scene.world.heal();
    assert_eq!(scene.sweep().await, Ok(json!({ "sent": 1 })));
    assert!(scene.outbox().await.is_empty());
}

#[tokio::test]
async fn an_event_that_cannot_leave_for_hours_keeps_no_newer_one_from_the_sweep() {
    let scene = Scene::new().await;
    assert_eq!(scene.sweep().await, Ok(json!({ "sent": 0 })));
    let operation_id = OperationId::mint(scene.storage.mint());
    scene.happen(Event::TenantRegistered { operation_id }).await;
    scene.close(Service::Sqs, "ProvisioningQueue", Fault::ServerError);
    for hour in 0..3 {
        scene.pass(70);
        scene.happen(scene.activated()).await;
        scene.world.clock.advance(PATIENCE);
        let error = scene.sweep().await.unwrap_err();
        assert!(error.contains("1 of the overdue events"), "{hour}: {error}");
        assert_eq!(scene.outbox().await.len(), 1, "hour {hour}");
    }
    scene.world.heal();
    assert_eq!(scene.sweep().await, Ok(json!({ "sent": 1 })));
    assert!(scene.outbox().await.is_empty());
}

#[tokio::test]
async fn a_backlog_leaves_bit_by_bit_in_the_time_that_there_is() {
    const BACKLOG: usize = 300;
    let scene = Scene::new().await;
    assert_eq!(scene.sweep().await, Ok(json!({ "sent": 0 })));
    for _ in 0..BACKLOG {
        scene.happen(scene.activated()).await;
    }
    scene.world.clock.advance(PATIENCE);
    scene.slow_down(Arc::new(NoFaults));
    let mut left = BACKLOG;
    let mut sweeps = 0;
    while left > 0 {
        let mark = scene.world.platform.history().mark();
        let deadline: Timestamp = scene.world.clock.now() + TIMEOUT;
        let swept = scene.sweep_within(TIMEOUT).await;
        let calls = scene.world.platform.history().since(mark);
        let last = calls.last().unwrap();
        assert!(last.at < deadline, "{} at {}", last.operation, last.at);
        let reads = calls.iter().filter(|call| call.operation == "GetItem");
        assert!(reads.count() <= 2, "events are read together");
        let now_left = scene.outbox().await.len();
        assert!(now_left < left, "sweep {sweeps} got nowhere: {swept:?}");
        assert_eq!(swept.is_ok(), now_left == 0, "{swept:?}");
        left = now_left;
        sweeps += 1;
    }
    assert!(sweeps > 1, "there was no backlog");
    assert_eq!(scene.published().await.len(), BACKLOG, "each left once");
}

#[tokio::test]
async fn where_there_is_no_time_left_the_next_sweep_goes_on() {
    let scene = Scene::new().await;
    let operation_id = OperationId::mint(scene.storage.mint());
    scene.happen(Event::TenantRegistered { operation_id }).await;
    scene.pass(55);
    scene.happen(scene.activated()).await;
    scene.world.clock.advance(PATIENCE);
    // The old one cannot leave, and there is no time for all the minutes since.
    scene.slow_down(Arc::new(Closed {
        service: Service::Sqs,
        key: "ProvisioningQueue",
        fault: Fault::ServerError,
    }));
    let mut sweeps = 0;
    while scene.outbox().await.len() > 1 {
        // What was left before and what there is no time for are both said.
        let swept = scene.sweep_within(TIMEOUT / 2).await;
        assert!(sweeps > 0 || swept.is_err(), "{swept:?}");
        sweeps += 1;
        assert!(sweeps < 10, "the newer event is never reached");
    }
    assert!(sweeps > 1, "one sweep reached all");
    scene.world.heal();
    // The sweep comes to its end first, and the next one finds what was left.
    scene.sweep().await.unwrap();
    scene.sweep().await.unwrap();
    assert!(scene.outbox().await.is_empty());
}

#[tokio::test]
async fn an_item_that_cannot_be_read_is_named_and_holds_no_sweep_up() {
    let scene = Scene::new().await;
    scene.three().await;
    let model = scene.waiting().await.swap_remove(0);
    let name = scene.put_unreadable(&model, 0).await;
    scene.world.clock.advance(PATIENCE);
    let mut reports = 0;
    while let Err(error) = scene.sweep().await {
        assert!(
            error.contains("1 of the overdue items cannot be read"),
            "{error}"
        );
        let partition = model["pk"].as_s().unwrap();
        assert!(error.contains(&format!("{partition} {name}")), "{error}");
        assert_eq!(scene.outbox().await.len(), 1, "what can be read left");
        reports += 1;
        assert!(reports < 10, "it holds every sweep up");
        scene.pass(1);
    }
    assert!(reports >= 2, "that is too seldom for the alarm");
    for _ in 0..3 {
        scene.pass(30);
        scene.happen(scene.activated()).await;
        scene.world.clock.advance(PATIENCE);
        assert_eq!(scene.sweep().await, Ok(json!({ "sent": 1 })));
    }
    assert_eq!(scene.outbox().await.len(), 1, "and nothing is lost");
}

#[tokio::test]
async fn items_that_cannot_be_read_hide_none_behind_them() {
    const UNREADABLE: usize = 120;
    let scene = Scene::new().await;
    scene.happen(scene.activated()).await;
    let model = scene.waiting().await.swap_remove(0);
    for number in 0..UNREADABLE {
        scene.put_unreadable(&model, number).await;
    }
    scene.world.clock.advance(PATIENCE);
    let error = scene.sweep().await.unwrap_err();
    assert!(
        error.contains("120 of the overdue items cannot be read"),
        "{error}"
    );
    assert_eq!(scene.published().await.len(), 1);
    assert_eq!(scene.outbox().await.len(), UNREADABLE);
}
