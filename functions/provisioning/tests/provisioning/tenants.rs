//! Tenants: made, not made, and made by two workers at once.

use kernel::PersonId;
use serde_json::Value;
use tenancy::identity::Identity;
use tenancy::records::{OperationStatus, StepStatus, TenantStatus};

use crate::world::World;

#[tokio::test]
async fn a_registration_becomes_an_active_tenant() {
    let world = World::new();
    let job = world.register("acme", None).await;
    assert!(world.deliver(&job, 1).await);
    let operation = world.operation(&job).await;
    assert_eq!(operation.status, OperationStatus::Succeeded);
    assert!(
        operation
            .steps
            .iter()
            .all(|step| step.status == StepStatus::Succeeded)
    );
    assert_eq!(operation.reason, None);
    let identity = Identity::new(world.platform.clone());
    let tenant = identity.tenant(job.tenant).await.unwrap().unwrap();
    assert_eq!(tenant.status, TenantStatus::Active);
    assert_eq!(identity.memberships(job.person).await.unwrap().len(), 1);
    assert_eq!(world.count(&job), "0");
    assert_eq!(world.events("TenantProvisioned"), 1);
    assert_eq!(world.store.state().blobs.len(), 1);
}

#[tokio::test]
async fn a_message_that_comes_again_changes_nothing() {
    let world = World::new();
    let job = world.tenant("acme").await;
    let before = (world.made(), world.operation(&job).await);
    for receives in 1..=4 {
        assert!(world.deliver(&job, receives).await);
    }
    assert_eq!(before, (world.made(), world.operation(&job).await));
    assert_eq!(world.events("TenantProvisioned"), 1);
}

#[tokio::test]
async fn two_workers_at_once_make_one_tenant() {
    let world = World::new();
    let job = world.register("acme", None).await;
    let (first, second) =
        futures_util::future::join(world.deliver(&job, 1), world.deliver(&job, 1)).await;
    assert!(first || second);
    world.deliver_until_done(&job, 2).await;
    assert_eq!(
        world.operation(&job).await.status,
        OperationStatus::Succeeded
    );
    assert_eq!(world.events("TenantProvisioned"), 1);

    let alone = World::new();
    alone.tenant("acme").await;
    assert_eq!(world.made().len(), alone.made().len());
}

#[tokio::test]
async fn a_step_that_never_works_leaves_nothing_but_the_reason() {
    let world = World::new();
    let job = world.register("acme", None).await;
    world.store.state().is_bucket_read_only = true;
    for receives in 1..=3 {
        assert!(!world.deliver(&job, receives).await);
        assert_eq!(world.operation(&job).await.status, OperationStatus::Running);
    }
    assert!(world.deliver(&job, 4).await);
    let operation = world.operation(&job).await;
    assert_eq!(operation.status, OperationStatus::Failed);
    assert!(
        operation
            .reason
            .as_deref()
            .unwrap()
            .starts_with("unavailable: ")
    );
    assert!(operation.ended_at.is_some());
    assert_eq!(world.made(), Vec::<String>::new());
    assert_eq!(world.events("TenantProvisioned"), 0);

    world.store.state().is_bucket_read_only = false;
    let before = (world.made(), operation);
    assert!(world.deliver(&job, 5).await);
    assert_eq!(
        before,
        (world.made(), world.operation(&job).await),
        "it stays failed"
    );
    world.tenant("acme").await;
}

#[tokio::test]
async fn a_lost_claim_is_found_and_everything_taken_back() {
    let world = World::new();
    let other = world.tenant("other").await;
    let before = world.made();
    let job = world.register("acme", None).await;
    {
        let mut state = world.store.state();
        let claim = state
            .items
            .keys()
            .find(|(pk, _)| pk == "SUBDOMAIN#acme")
            .cloned()
            .unwrap();
        let theirs = state
            .items
            .keys()
            .find(|(pk, _)| pk == "SUBDOMAIN#other")
            .cloned()
            .unwrap();
        let item = state.items[&theirs].clone();
        state.items.insert(claim, item);
    }
    assert!(world.deliver(&job, 1).await);
    let operation = world.operation(&job).await;
    assert_eq!(operation.status, OperationStatus::Failed);
    assert!(
        operation
            .reason
            .as_deref()
            .unwrap()
            .starts_with("unverified: ")
    );
    let mut made = world.made();
    made.retain(|line| !line.contains("SUBDOMAIN#acme"));
    assert_eq!(made, before, "another's claim is not released");
    assert_eq!(
        world.operation(&other).await.status,
        OperationStatus::Succeeded
    );
}

#[tokio::test]
async fn a_person_who_is_in_another_tenant_stays() {
    let world = World::new();
    let first = world.register("first", None).await;
    let second = world.register("second", Some(first.person)).await;
    assert!(world.deliver(&second, 1).await);
    world.store.state().is_bucket_read_only = true;
    assert!(world.deliver(&first, 4).await);
    assert_eq!(
        world.operation(&first).await.status,
        OperationStatus::Failed
    );
    let identity = Identity::new(world.platform.clone());
    assert!(identity.person(first.person).await.unwrap().is_some());
    let memberships = identity.memberships(first.person).await.unwrap();
    assert_eq!(memberships.len(), 1);
    assert_eq!(memberships[0].tenant_id, second.tenant);
}

#[tokio::test]
async fn a_person_who_was_there_before_stays() {
    let world = World::new();
    let first = world.tenant("first").await;
    let before = world.made();
    let second = world.register("second", Some(first.person)).await;
    world.store.state().is_bucket_read_only = true;
    assert!(world.deliver(&second, 4).await);
    assert_eq!(world.made(), before);
}

#[tokio::test]
async fn a_tenant_without_its_person_is_not_made() {
    let world = World::new();
    let nobody = PersonId::mint(world.platform.mint());
    let job = world.register("acme", Some(nobody)).await;
    assert!(world.deliver(&job, 1).await);
    let operation = world.operation(&job).await;
    assert!(
        operation
            .reason
            .as_deref()
            .unwrap()
            .starts_with("person_gone: ")
    );
    assert_eq!(world.made(), Vec::<String>::new());
}

#[tokio::test]
async fn a_person_who_joins_another_tenant_at_the_same_time_stays_or_neither_is_made() {
    for turns in 0..24 {
        let world = World::new();
        let first = world.register("first", None).await;
        let second = world.register("second", Some(first.person)).await;
        world.store.state().is_bucket_read_only = true;
        assert!(!world.deliver(&first, 1).await);
        let late = async {
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
            world.store.state().is_bucket_read_only = false;
            world.deliver(&second, 1).await
        };
        futures_util::future::join(world.deliver(&first, 4), late).await;
        world.deliver_until_done(&first, 5).await;
        world.deliver_until_done(&second, 2).await;
        let identity = Identity::new(world.platform.clone());
        let has_person = identity.person(first.person).await.unwrap().is_some();
        let memberships = identity.memberships(first.person).await.unwrap().len();
        assert_eq!(has_person, memberships > 0, "after {turns} turns");
        if let Some(reason) = world.operation(&second).await.reason {
            // Who has joined is not forgotten any more.
            assert!(reason.starts_with("person_gone: "), "{reason}");
        }
    }
}

#[tokio::test]
async fn what_is_not_for_this_function_or_names_nothing_is_put_aside() {
    let world = World::new();
    let mut job = world.tenant("acme").await;
    job.operation = kernel::OperationId::mint(world.platform.mint());
    job.event = events::Event::TenantRegistered {
        operation_id: job.operation,
    };
    assert!(!world.deliver(&job, 1).await);
    job.event = events::Event::TenantUpdated {};
    assert!(!world.deliver(&job, 1).await);
}

#[tokio::test]
async fn the_sample_messages_can_be_read_and_one_that_cannot_holds_nobody_up() {
    let samples = [
        include_str!("../../../../events/provisioning/tenant-registered.json"),
        include_str!("../../../../events/provisioning/website-requested.json"),
        include_str!("../../../../events/provisioning/one-cannot-be-read.json"),
    ];
    for sample in samples {
        let world = World::new();
        let payload: Value = serde_json::from_str(sample).unwrap();
        let messages = payload["Records"].as_array().unwrap().len();
        let context = lambda_runtime::Context::default();
        let answer = world.function.invoke(payload, context).await.unwrap();
        // Nothing of what they are about is there, so all of them are put aside.
        assert_eq!(
            answer["batchItemFailures"].as_array().unwrap().len(),
            messages
        );
        assert_eq!(
            world.store.state().calls,
            1,
            "the one that can be read was looked up"
        );
    }
}
