//! The worker is stopped before and after every call that it makes, and the message comes again.

use std::sync::Arc;

use kernel::{HostName, SiteLabel, Subdomain, TenantId, WebsiteId};
use local::fault::{Counting, EachReplyLostOnce, Faults, NoFaults};
use tenancy::audit::Action;
use tenancy::permission::Provision;
use tenancy::records::HostRecord;
use tests::crash::{places, tried, try_each};
use tests::world::World;

use crate::contents::Contents;
use crate::plans::{Cut, CutAt, Plan, Refused};
use crate::world::{End, Scene, assert_idle};

/// Stop points of one case that one run tries, of each kind.
const PLACES_MAX: u64 = 6;

/// The same where the operation is given up in the end, of each step that may be what fails.
const PLACES_OF_A_STEP_MAX: u64 = 3;

/// The same at the last chance, of each way in which a call can go wrong.
const PLACES_AT_LAST_MAX: u64 = 4;

/// Receives before the last that something can be made at.
const DEATHS: u64 = 3;

/// What is made, and what goes wrong with it anyway.
#[derive(Debug, Clone)]
enum Case {
    Tenant(Option<Refused>),
    Website(Option<Refused>),
    WebsiteAtAnothersHost,
}

/// What became of a case.
struct Ended {
    scene: Scene,
    end: End,
    contents: Contents,
}

impl Case {
    async fn run(&self, deaths: u64, also: Arc<dyn Faults>) -> Ended {
        let (scene, refused) = match self {
            Self::Tenant(refused) => (Scene::of_tenant().await, refused.clone()),
            Self::Website(refused) => (Scene::of_website().await, refused.clone()),
            Self::WebsiteAtAnothersHost => (Scene::of_website_after(claim_host).await, None),
        };
        let plan = Plan::of(also).and_refusing(refused).after_deaths(deaths);
        let end = scene.run(plan).await;
        let contents = scene.contents().await;
        Ended {
            scene,
            end,
            contents,
        }
    }
}

impl Ended {
    /// Checks that all of it is there or nothing is, as where nothing else went wrong.
    async fn check(&self, calm: &Self, why: &str) {
        assert_eq!(self.end, calm.end, "{why}");
        if self.end.status == "succeeded" {
            self.contents.assert_like(&calm.contents, why);
        } else {
            self.contents.assert_same(&self.scene.before, why);
            assert_eq!(self.contents.counts, calm.contents.counts, "{why}");
            assert_eq!(self.contents.events, calm.contents.events, "{why}");
        }
        assert_idle(&self.scene.world, why).await;
    }
}

/// Lets another website have the host that the next one is to get.
#[expect(
    clippy::disallowed_methods,
    reason = "no route gives one website the host of another"
)]
async fn claim_host(world: &World) {
    let storage = world.storage();
    let cause = events::Envelope {
        id: kernel::EventId::mint(storage.mint()),
        tenant_id: TenantId::mint(storage.mint()),
        occurred_at: storage.now(),
        request_id: "r".to_owned(),
        event: events::Event::TenantUpdated {},
    };
    let context = storage.resume("test", &cause);
    let permit = context.permit::<Provision>().unwrap();
    let (site, tenant) = (SiteLabel::parse("docs"), Subdomain::parse("acme"));
    let [_, host] = HostName::of_site(&site.unwrap(), &tenant.unwrap(), "localhost");
    let claim = HostRecord {
        host,
        tenant_id: cause.tenant_id,
        website_id: WebsiteId::mint(storage.mint()),
    };
    let change = permit.step(Action::Create).claim_host(&claim);
    change.commit().await.unwrap();
}

/// Runs a case as it is, and returns how it ended and how many calls it took.
async fn calm(case: &Case, deaths: u64) -> (Ended, u64) {
    let counting = Arc::new(Counting::around(Arc::new(NoFaults)));
    let ended = case
        .run(deaths, Arc::clone(&counting) as Arc<dyn Faults>)
        .await;
    assert_idle(&ended.scene.world, "calm").await;
    (ended, counting.count())
}

/// Stops the worker around its calls, one in each run, and loses every reply once in another.
async fn stop_everywhere(name: &str, case: Case, status: &str, most: u64) {
    let (calm, calls) = calm(&case, 0).await;
    assert_eq!(calm.end.status, status, "{name}: {:?}", calm.end);
    if status == "failed" {
        calm.contents.assert_same(&calm.scene.before, name);
    }
    let (calm, case) = (Arc::new(calm), Arc::new(case));
    let stops: Vec<(u64, Cut)> = places(calls, most)
        .flat_map(|place| [(place, Cut::Before), (place, Cut::After)])
        .collect();
    let count = stops.len() as u64;
    try_each(stops, |(place, cut)| {
        let (calm, case) = (Arc::clone(&calm), Arc::clone(&case));
        async move {
            let plan = Arc::new(CutAt::new(place, cut));
            let ended = case.run(0, Arc::clone(&plan) as Arc<dyn Faults>).await;
            let why = format!("{case:?} stopped {cut:?} call {place}");
            assert!(plan.struck(), "{why}: it was not made");
            ended.check(&calm, &why).await;
        }
    })
    .await;
    let ended = case.run(0, Arc::new(EachReplyLostOnce::default())).await;
    ended
        .check(&calm, &format!("{case:?}, no reply heard"))
        .await;
    tried(&format!("provisioning/{name}"), count, 2 * calls);
}

/// Lets calls go wrong where the message comes for the last time that something can be made at: it
/// may be given up then, but not in between.
async fn fail_at_the_last_chance(name: &str, case: Case) {
    let (calm, calls) = calm(&case, DEATHS).await;
    assert_eq!(calm.end.status, "succeeded", "{name}: {:?}", calm.end);
    let (calm, case) = (Arc::new(calm), Arc::new(case));
    let cuts = [Cut::Before, Cut::After, Cut::Refused, Cut::Unheard];
    let stops: Vec<(u64, Cut)> = places(calls, PLACES_AT_LAST_MAX)
        .flat_map(|place| cuts.map(|cut| (place, cut)))
        .collect();
    let count = stops.len() as u64;
    try_each(stops, |(place, cut)| {
        let (calm, case) = (Arc::clone(&calm), Arc::clone(&case));
        async move {
            let plan = Arc::new(CutAt::new(place, cut));
            let ended = case.run(DEATHS, Arc::clone(&plan) as Arc<dyn Faults>).await;
            let why = format!("{case:?}, at last {cut:?} call {place}");
            assert!(plan.struck(), "{why}: it was not made");
            if ended.end.status == "failed" {
                ended.scene.assert_gone("unavailable", &why).await;
                assert!(plan.may_be_lost(), "{why}: given up without need");
            } else {
                ended.check(&calm, &why).await;
            }
        }
    })
    .await;
    tried(&format!("provisioning/{name}"), count, 4 * calls);
}

/// Threat B11: what is made in steps is there whole, or not at all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_is_made_whole_wherever_its_worker_stops() {
    stop_everywhere("tenant", Case::Tenant(None), "succeeded", PLACES_MAX).await;
}

/// Threat B11: what is made in steps is there whole, or not at all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_website_is_made_whole_wherever_its_worker_stops() {
    stop_everywhere("website", Case::Website(None), "succeeded", PLACES_MAX).await;
}

/// Threat B11: what is made in steps is there whole, or not at all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_that_cannot_be_made_is_gone_wherever_its_worker_stops() {
    let steps = [
        (
            "member",
            Refused::entity("TransactWriteItems", "membership"),
        ),
        ("storage", Refused::any("PutObject")),
        ("limits", Refused::entity("TransactWriteItems", "usage")),
        ("verify", Refused::about("GetItem", "USAGE")),
        ("activate", Refused::entity("TransactWriteItems", "outbox")),
    ];
    for (step, refused) in steps {
        let name = format!("tenant-without-{step}");
        let case = Case::Tenant(Some(refused));
        stop_everywhere(&name, case, "failed", PLACES_OF_A_STEP_MAX).await;
    }
}

/// Threat B11: what is made in steps is there whole, or not at all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_website_that_cannot_be_made_is_gone_wherever_its_worker_stops() {
    let steps = [
        ("hosts", Refused::entity("TransactWriteItems", "host")),
        ("objects", Refused::entity("BatchWriteItem", "object")),
        ("content", Refused::entity("TransactWriteItems", "release")),
        ("verify", Refused::about("GetItem", "OBJECT")),
        ("activate", Refused::entity("TransactWriteItems", "outbox")),
    ];
    for (step, refused) in steps {
        let name = format!("website-without-{step}");
        let case = Case::Website(Some(refused));
        stop_everywhere(&name, case, "failed", PLACES_OF_A_STEP_MAX).await;
    }
}

/// Threat B11: what is made in steps is there whole, or not at all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_website_whose_host_is_taken_is_gone_wherever_its_worker_stops() {
    let case = Case::WebsiteAtAnothersHost;
    let (ended, _) = calm(&case, 0).await;
    ended.scene.assert_gone("subdomain_taken", "calm").await;
    stop_everywhere("website-host-taken", case, "failed", PLACES_MAX).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_is_made_or_given_up_at_the_last_chance() {
    fail_at_the_last_chance("tenant-at-last", Case::Tenant(None)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_website_is_made_or_given_up_at_the_last_chance() {
    fail_at_the_last_chance("website-at-last", Case::Website(None)).await;
}
