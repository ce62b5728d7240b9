//! The worker is stopped before and after every call that it makes, and the message comes again.

use tenancy::records::OperationStatus;

use crate::store::Fault;
use crate::world::{Job, World};

/// How a saga is meant to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Made,
    TakenBack,
}

/// What is in the making, in a world of its own.
struct Case {
    world: World,
    job: Job,
    /// What was there before.
    before: Vec<String>,
}

async fn tenant(end: End) -> Case {
    let world = World::new();
    world.tenant("other").await;
    let before = world.made();
    let job = world.register("acme", None).await;
    world.store.state().is_bucket_read_only = end == End::TakenBack;
    Case { world, job, before }
}

async fn website(end: End) -> Case {
    let world = World::new();
    let owner = world.tenant("acme").await;
    if end == End::TakenBack {
        let first = world.request(&owner, "docs").await;
        assert!(world.deliver(&first, 1).await);
    }
    let before = world.made();
    let job = world.request(&owner, "docs").await;
    Case { world, job, before }
}

/// Runs a case with a fault at every call, and returns the number of stop points.
async fn stop_everywhere(make: impl AsyncFn(End) -> Case, end: End, event: &str) -> usize {
    let calm = make(end).await;
    let first_call = calm.world.store.state().calls;
    // A step that never works is given up at the fourth receive.
    let receives = if end == End::Made { 1 } else { 4 };
    assert!(calm.world.deliver(&calm.job, receives).await);
    let calls = calm.world.store.state().calls - first_call;
    let expected = check(&calm, end, event).await;
    for number in 0..calls {
        for fault in [Fault::Before, Fault::After] {
            let case = make(end).await;
            case.world.store.state().fault = Some((first_call + number, fault));
            case.world.deliver_until_done(&case.job, receives).await;
            let found = check(&case, end, event).await;
            assert_eq!(found, expected, "call {number}, {fault:?}");

            // The same at the last chance: it may be given up, but not in between.
            let case = make(end).await;
            case.world.store.state().fault = Some((first_call + number, fault));
            case.world.deliver_until_done(&case.job, 4).await;
            let operation = case.world.operation(&case.job).await;
            let end = if operation.status == OperationStatus::Failed {
                End::TakenBack
            } else {
                End::Made
            };
            let found = check(&case, end, event).await;
            assert!(found == expected || end == End::TakenBack);
        }
    }
    2 * calls
}

/// Checks that a case is wholly there or wholly gone, and returns what it is made of, without ids.
async fn check(case: &Case, end: End, event: &str) -> Vec<String> {
    let operation = case.world.operation(&case.job).await;
    let made = case.world.made();
    match end {
        End::Made => {
            assert_eq!(
                operation.status,
                OperationStatus::Succeeded,
                "{:?}",
                operation.reason
            );
        }
        End::TakenBack => {
            assert_eq!(operation.status, OperationStatus::Failed);
            assert_eq!(made, case.before, "nothing is left");
        }
    }
    let events = case.world.events(event);
    let mut entities: Vec<String> = made
        .iter()
        .map(|line| line.split(' ').next().unwrap_or_default().to_owned())
        .collect();
    entities.push(format!("{events} {event}"));
    entities.push(case.world.count(&case.job));
    entities.retain(|line| !line.starts_with("tenant-"));
    entities.push(format!("{} blobs", case.world.store.state().blobs.len()));
    entities
}

#[tokio::test]
async fn a_tenant_is_made_whole_wherever_its_worker_stops() {
    let stops = stop_everywhere(tenant, End::Made, "TenantProvisioned").await;
    assert!(stops > 40, "{stops} stop points");
}

#[tokio::test]
async fn a_tenant_that_cannot_be_made_is_gone_wherever_its_worker_stops() {
    let stops = stop_everywhere(tenant, End::TakenBack, "TenantProvisioned").await;
    assert!(stops > 40, "{stops} stop points");
}

#[tokio::test]
async fn a_website_is_made_whole_wherever_its_worker_stops() {
    let stops = stop_everywhere(website, End::Made, "WebsiteProvisioned").await;
    assert!(stops > 40, "{stops} stop points");
}

#[tokio::test]
async fn a_website_that_cannot_be_made_is_gone_wherever_its_worker_stops() {
    let stops = stop_everywhere(website, End::TakenBack, "WebsiteProvisioned").await;
    assert!(stops > 20, "{stops} stop points");
}
