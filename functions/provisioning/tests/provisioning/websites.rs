//! Websites: made, refused, and taken back.

use kernel::HostName;
use publication::PointerRecord;
use tenancy::Permit;
use tenancy::audit::Action;
use tenancy::keys::{PointerKey, WebsiteKey};
use tenancy::permission::ManageWebsites;
use tenancy::records::{OperationStatus, WebsiteRecord, WebsiteStatus};

use crate::world::{Job, World};

fn website_of(job: &Job) -> kernel::WebsiteId {
    let events::Event::WebsiteRequested { website_id, .. } = job.event else {
        panic!("{} makes no website", job.event.kind());
    };
    website_id
}

async fn record(permit: &Permit<ManageWebsites>, job: &Job) -> Option<WebsiteRecord> {
    let website = website_of(job);
    let stored = permit
        .get::<WebsiteRecord>(&WebsiteKey { website })
        .await
        .unwrap();
    stored.map(|stored| stored.record)
}

#[tokio::test]
async fn a_request_becomes_an_active_website_at_two_hosts() {
    let world = World::new();
    let tenant = world.tenant("acme").await;
    let job = world.request(&tenant, "docs").await;
    assert!(world.deliver(&job, 1).await);
    assert_eq!(
        world.operation(&job).await.status,
        OperationStatus::Succeeded
    );
    let permit = world.permit(&tenant);
    let website = record(&permit, &job).await.unwrap();
    assert_eq!(website.status, WebsiteStatus::Active);
    let hosts: Vec<String> = website.hosts.iter().map(HostName::to_string).collect();
    assert_eq!(hosts, ["docs.acme.hotswap.test", "docs--acme.hotswap.test"]);
    let key = PointerKey {
        website: website.id,
    };
    let pointer = permit.get::<PointerRecord>(&key).await.unwrap().unwrap();
    assert_eq!(pointer.status, WebsiteStatus::Active);
    assert_eq!(pointer.moves, 1);
    let visit = world.platform.visit(&website.hosts[0]).await.unwrap();
    assert!(visit.is_some(), "visitors find it");
    assert_eq!(world.events("WebsiteProvisioned"), 1);
    assert_eq!(world.count(&tenant), "1");
}

#[tokio::test]
async fn a_host_of_another_website_is_a_reason_and_leaves_nothing() {
    let world = World::new();
    let tenant = world.tenant("acme").await;
    let first = world.request(&tenant, "docs").await;
    assert!(world.deliver(&first, 1).await);
    let before = world.made();
    let second = world.request(&tenant, "docs").await;
    assert!(world.deliver(&second, 1).await);
    let operation = world.operation(&second).await;
    assert_eq!(operation.status, OperationStatus::Failed);
    assert!(
        operation
            .reason
            .as_deref()
            .unwrap()
            .starts_with("subdomain_taken: ")
    );
    assert_eq!(world.made(), before);
    assert_eq!(world.count(&tenant), "1");
    assert!(world.deliver(&second, 2).await);
    assert_eq!(world.operation(&second).await, operation);
}

#[tokio::test]
async fn nothing_is_made_for_a_tenant_that_is_not_active() {
    let world = World::new();
    let tenant = world.register("acme", None).await;
    let before = world.made();
    let job = world.request(&tenant, "docs").await;
    assert!(world.deliver(&job, 1).await);
    let operation = world.operation(&job).await;
    assert!(
        operation
            .reason
            .as_deref()
            .unwrap()
            .starts_with("tenant_inactive: ")
    );
    let mut made = world.made();
    made.retain(|line| !line.contains("#USAGE "));
    assert_eq!(made, before);
    assert_eq!(world.count(&tenant), "0");
}

#[tokio::test]
async fn a_website_that_is_deleted_while_it_is_made_stays_deleted() {
    let world = World::new();
    let tenant = world.tenant("acme").await;
    let job = world.request(&tenant, "docs").await;
    let permit = world.permit(&tenant);
    let key = WebsiteKey {
        website: website_of(&job),
    };
    let stored = permit.get::<WebsiteRecord>(&key).await.unwrap().unwrap();
    let deleted = WebsiteRecord {
        status: WebsiteStatus::Deleted,
        ..stored.record.clone()
    };
    permit
        .change(Action::Delete)
        .update(&stored, &deleted)
        .commit()
        .await
        .unwrap();
    assert!(world.deliver(&job, 1).await);
    assert_eq!(
        world.operation(&job).await.status,
        OperationStatus::Succeeded
    );
    let website = record(&permit, &job).await.unwrap();
    assert_eq!(website.status, WebsiteStatus::Deleted);
    let key = PointerKey {
        website: website.id,
    };
    let pointer = permit.get::<PointerRecord>(&key).await.unwrap().unwrap();
    assert_eq!(pointer.status, WebsiteStatus::Deleted);
}

#[tokio::test]
async fn two_workers_at_once_make_one_website() {
    let world = World::new();
    let tenant = world.tenant("acme").await;
    let job = world.request(&tenant, "docs").await;
    futures_util::future::join(world.deliver(&job, 1), world.deliver(&job, 1)).await;
    world.deliver_until_done(&job, 2).await;
    assert_eq!(
        world.operation(&job).await.status,
        OperationStatus::Succeeded
    );
    assert_eq!(world.events("WebsiteProvisioned"), 1);
    let releases = world
        .made()
        .iter()
        .filter(|line| line.starts_with("release "))
        .count();
    assert_eq!(releases, 1);
}

#[tokio::test]
async fn a_tenant_that_is_suspended_meanwhile_gets_no_website_from_then_on() {
    let mut late = 0;
    for turns in 0..40 {
        let world = World::new();
        let tenant = world.tenant("acme").await;
        let job = world.request(&tenant, "docs").await;
        let suspension = async {
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
            world.suspend(&tenant).await;
            world.events("WebsiteProvisioned")
        };
        let (_, events) = futures_util::future::join(world.deliver(&job, 1), suspension).await;
        world.deliver_until_done(&job, 2).await;
        assert_eq!(world.events("WebsiteProvisioned"), events, "{turns} turns");
        late += events;
        let has_failed = world.operation(&job).await.status == OperationStatus::Failed;
        assert_eq!(has_failed, events == 0, "{turns} turns");
    }
    assert!(0 < late && late < 40, "both orders were seen: {late}");
}
