//! What must hold of `outbox`.

mod fakes;

use std::collections::BTreeSet;

use events::{CacheTag, Consumer, Event};
use jiff::SignedDuration;
use kernel::{OperationId, WebsiteId};
use serde_json::{Value, json};

use crate::batches::ENTRIES_MAX;
use crate::outbox::tests::fakes::{Outlet, World};
use crate::payload::Payload;

fn operation(world: &World) -> OperationId {
    OperationId::mint(world.platform.mint())
}

fn registered(world: &World) -> Event {
    Event::TenantRegistered {
        operation_id: operation(world),
    }
}

fn activated(world: &World) -> Event {
    let website_id = WebsiteId::mint(world.platform.mint());
    Event::ReleaseActivated {
        website_id,
        release_id: kernel::ReleaseId::mint(world.platform.mint()),
        purge: vec![CacheTag::website(website_id)],
    }
}

/// One event of each shape of delivery: one queue, one queue twice, no queue.
async fn three(world: &World) {
    for event in [registered(world), activated(world), Event::TenantUpdated {}] {
        world.happen(event).await;
    }
}

fn failures(numbers: &[&str]) -> Value {
    let items: Vec<Value> = numbers
        .iter()
        .map(|number| json!({ "itemIdentifier": number }))
        .collect();
    json!({ "batchItemFailures": items })
}

#[tokio::test]
async fn every_event_leaves_by_each_of_its_ways_and_out_of_the_outbox() {
    let world = World::new();
    three(&world).await;
    assert_eq!(world.relay().await, failures(&[]));
    assert_eq!(world.table.outbox(), 0);
    let queued: Vec<_> = world
        .outlets
        .queued()
        .into_iter()
        .map(|(consumer, entry)| (consumer, entry.ordinal, entry.delay_s))
        .collect();
    assert_eq!(
        queued,
        [
            (Consumer::Provisioning, 0, 0),
            (Consumer::Edge, 0, kernel::limits::PURGE_FIRST_DELAY_S),
            (Consumer::Edge, 1, kernel::limits::PURGE_SECOND_DELAY_S),
        ]
    );
    let kinds: Vec<_> = world
        .outlets
        .published()
        .iter()
        .map(|entry| entry.kind)
        .collect();
    assert_eq!(
        kinds,
        ["TenantRegistered", "ReleaseActivated", "TenantUpdated"]
    );
    let details: Vec<Value> = world
        .outlets
        .published()
        .iter()
        .map(|entry| serde_json::from_str(&entry.detail).unwrap())
        .collect();
    assert!(details.iter().all(|detail| detail["specversion"] == "1.0"));
}

#[tokio::test]
async fn the_first_that_did_not_leave_is_reported_and_comes_again() {
    for outlet in [
        Outlet::Queue(Consumer::Provisioning),
        Outlet::Queue(Consumer::Edge),
        Outlet::Bus,
    ] {
        for position in 0..3 {
            let world = World::new();
            three(&world).await;
            let event = world.stream()[position].1;
            world.outlets.refuse(outlet, event);
            let is_concerned = match outlet {
                Outlet::Queue(Consumer::Provisioning) => position == 0,
                Outlet::Queue(Consumer::Edge) => position == 1,
                Outlet::Bus => true,
            };
            let number = position.to_string();
            let expected = if is_concerned {
                vec![number.as_str()]
            } else {
                vec![]
            };
            assert_eq!(
                world.relay().await,
                failures(&expected),
                "{outlet:?} {position}"
            );
            let left = if is_concerned { 3 - position } else { 0 };
            assert_eq!(world.table.outbox(), left, "{outlet:?} {position}");

            world.outlets.refuse_nothing();
            assert_eq!(world.relay().await, failures(&[]));
            assert_eq!(world.table.outbox(), 0);
            let published: BTreeSet<String> = world
                .outlets
                .published()
                .into_iter()
                .map(|entry| entry.detail)
                .collect();
            assert_eq!(published.len(), 3, "every event left, however often");
        }
    }
}

#[tokio::test]
async fn an_event_that_stays_in_the_outbox_is_reported() {
    let world = World::new();
    three(&world).await;
    world.table.break_deletes(true);
    assert_eq!(world.relay().await, failures(&["0"]));
    world.table.break_deletes(false);
    assert_eq!(world.relay().await, failures(&[]));
    assert_eq!(world.table.outbox(), 0);
}

#[tokio::test]
async fn an_item_that_cannot_be_read_is_reported_after_those_before_it_left() {
    let world = World::new();
    three(&world).await;
    let mut records = world.records();
    records[1].image = Some(json!({ "entity": { "S": "outbox" }, "schema": { "N": "1" } }));
    let answer = world.outbox().relay(records, 0).await;
    assert_eq!(answer, failures(&["1"]));
    assert_eq!(world.outlets.published().len(), 1);
    assert_eq!(world.table.outbox(), 2);
}

#[tokio::test]
async fn a_large_batch_leaves_in_parts_that_the_services_take() {
    let world = World::new();
    for _ in 0..25 {
        world.happen(activated(&world)).await;
    }
    assert_eq!(world.relay().await, failures(&[]));
    assert_eq!(world.outlets.queued().len(), 50);
    assert!(world.outlets.largest_batch() <= ENTRIES_MAX);
    assert_eq!(world.table.outbox(), 0);
}

#[tokio::test]
async fn what_there_is_no_time_for_comes_again() {
    let world = World::new();
    three(&world).await;
    let now = u64::try_from(world.platform.now().as_millisecond()).unwrap();
    let answer = world.outbox().relay(world.records(), now + 1_999).await;
    assert_eq!(answer, failures(&["0"]));
    assert!(world.outlets.published().is_empty());
    let answer = world.outbox().relay(world.records(), now + 60_000).await;
    assert_eq!(answer, failures(&[]));
}

#[tokio::test]
async fn a_sweep_sends_what_the_stream_did_not_bring_and_nothing_that_is_young() {
    let world = World::new();
    three(&world).await;
    assert_eq!(world.outbox().sweep().await.unwrap(), json!({ "sent": 0 }));
    assert_eq!(world.table.outbox(), 3);
    world.clock.advance(SignedDuration::from_secs(121));
    assert_eq!(world.outbox().sweep().await.unwrap(), json!({ "sent": 3 }));
    assert_eq!(world.table.outbox(), 0);
    assert_eq!(world.outbox().sweep().await.unwrap(), json!({ "sent": 0 }));
}

#[tokio::test]
async fn an_event_that_cannot_leave_does_not_keep_others_from_the_sweep() {
    let world = World::new();
    three(&world).await;
    world.clock.advance(SignedDuration::from_secs(121));
    world.outlets.refuse(Outlet::Bus, world.stream()[1].1);
    assert!(world.outbox().sweep().await.is_err());
    assert_eq!(world.table.outbox(), 1);
    world.clock.advance(SignedDuration::from_secs(3_600));
    world.outlets.refuse_nothing();
    assert_eq!(world.outbox().sweep().await.unwrap(), json!({ "sent": 1 }));
    assert_eq!(world.table.outbox(), 0);
}

#[tokio::test]
async fn the_sample_records_are_relayed() {
    let samples = [
        (
            include_str!("../../../../events/relay/stream.json"),
            failures(&[]),
            2,
        ),
        (
            include_str!("../../../../events/relay/stream-one-cannot-be-read.json"),
            failures(&["700000000000012345678907"]),
            1,
        ),
    ];
    for (sample, expected, published) in samples {
        let world = World::new();
        let payload = serde_json::from_str(sample).unwrap();
        let Ok(Payload::Stream(records)) = Payload::read(payload) else {
            panic!("a sample is no stream");
        };
        assert_eq!(world.outbox().relay(records, 0).await, expected);
        assert_eq!(world.outlets.published().len(), published);
    }
    let sweep = serde_json::from_str(include_str!("../../../../events/relay/sweep.json")).unwrap();
    assert!(matches!(Payload::read(sweep), Ok(Payload::Sweep)));
}
