//! Messages that are not for the worker, or that it cannot read: they hold nobody up.

use events::{Envelope, Event};
use kernel::{EventId, OperationId, TenantId};
use serde_json::Value;
use tests::world::World;

use crate::world::{QUEUE, Scene, deliver, pass, ready_world, waiting, work};

/// Receives until a message is put aside, and one more to see that it was.
const DELIVERIES: usize = 6;

async fn send(world: &World, tenant_id: TenantId, event: Event) {
    let storage = world.storage();
    let envelope = Envelope {
        id: EventId::mint(storage.mint()),
        tenant_id,
        occurred_at: storage.now(),
        request_id: "r".to_owned(),
        event,
    };
    let body = serde_json::to_string(&envelope).unwrap();
    let queues = world.platform.services().queues();
    queues.send(QUEUE, &body).await.unwrap();
}

#[tokio::test]
async fn what_is_not_for_this_function_or_names_nothing_is_put_aside() {
    let scene = Scene::of_tenant().await;
    let world = &scene.world;
    let tenant: TenantId = scene.tenant.parse().unwrap();
    let operation_id = OperationId::mint(world.storage().mint());
    send(world, tenant, Event::TenantRegistered { operation_id }).await;
    // An operation that there is, but of another tenant.
    let stranger = TenantId::mint(world.storage().mint());
    let operation_id = scene.operation.parse().unwrap();
    send(world, stranger, Event::TenantRegistered { operation_id }).await;
    send(world, tenant, Event::TenantUpdated {}).await;
    let queues = world.platform.services().queues();
    queues.send(QUEUE, "{\"not\": \"an event\"}").await.unwrap();
    deliver(world).await;
    for _ in 0..DELIVERIES {
        pass(world).await;
    }
    assert_eq!(scene.end().await.status, "succeeded");
    let aside = waiting(world, true).await;
    assert_eq!(aside.len(), 4, "{aside:?}");
    assert!(waiting(world, false).await.is_empty());
}

#[tokio::test]
async fn the_recorded_messages_are_read_and_looked_up() {
    let recorded = [
        include_str!("../../../events/provisioning/tenant-registered.json"),
        include_str!("../../../events/provisioning/website-requested.json"),
        include_str!("../../../events/provisioning/one-cannot-be-read.json"),
    ];
    let world = ready_world(74).await;
    // A registration is a record of the platform. A website's operation is one of its tenant, who
    // has a session from then on.
    let lookups: [&[&str]; 3] = [&["GetItem"], &["AssumeRole", "GetItem"], &["GetItem"]];
    for (text, lookup) in recorded.into_iter().zip(lookups) {
        let payload: Value = serde_json::from_str(text).unwrap();
        let messages = payload["Records"].as_array().unwrap().len();
        let mark = world.platform.history().mark();
        // Nothing of what they are about is there, so all of them are to come again.
        assert_eq!(work(&world, payload).await, messages);
        let calls = world.platform.history().since(mark);
        let made: Vec<&str> = calls.iter().map(|call| &*call.operation).collect();
        assert_eq!(made, lookup, "the one that can be read was looked up");
    }
}
