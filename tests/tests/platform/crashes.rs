//! Crash points: the process dies before and after every call to a service, and every reply is
//! lost once. Whatever happened, after a retry and redelivery everything is there exactly once.

use std::sync::Arc;

use http::StatusCode;
use local::fault::{Counting, EachReplyLostOnce, Faults, NoFaults, RandomThrottle, Stop, StopAt};
use serde_json::json;
use tests::client::{Call, Client};
use tests::crash::{places, tried, try_each};
use tests::walkthrough::{Owner, make_page, publish, register, sign_in};
use tests::wiring::redelivery_s;
use tests::world::World;

use crate::contents::Contents;

/// Looks at whether all is well, one per redelivery.
const LOOKS_MAX: usize = 6;

/// Long enough for what the stream did not deliver to be tried again, for the purges to leave, and
/// for the sweeper to have come by twice.
const REST_S: i64 = 125;

/// Requests of a client that does not give up.
const ATTEMPTS_MAX: usize = 5;

/// Sends a request as a careful client does: again under the same key, until it is answered.
async fn insist(client: &Client<'_>, call: Call) -> tests::client::Answer {
    for _ in 0..ATTEMPTS_MAX {
        let answer = client.call(call.clone()).await.unwrap();
        if !answer.status.is_server_error() {
            return answer;
        }
    }
    panic!("`{}` was not answered", call.path);
}

fn registration(owner: &Owner) -> Call {
    let body = json!({
        "tenantName": owner.subdomain,
        "subdomain": owner.subdomain,
        "email": owner.email,
        "password": owner.password,
    });
    Call::post("/api/v1/auth/register", &body).with("idempotency-key", "registration")
}

/// Returns what the stores hold in the end. Nothing is on its way any more, and nothing was put
/// aside.
async fn ended(world: &World) -> Contents {
    let queues = world.platform.services().queues();
    for name in queues.names().await.unwrap() {
        let waiting = queues.list(&name).await.unwrap();
        assert!(waiting.is_empty(), "{name}: {waiting:?}");
    }
    let contents = Contents::of(world).await;
    assert_eq!(contents.counts.get("outbox"), None, "events wait");
    contents
}

/// Registers a tenant under `faults` and returns what the stores hold in the end.
async fn register_under(faults: Arc<dyn Faults>) -> Contents {
    let world = World::new(40).await.unwrap();
    let client = world.client();
    // The environments are warm: starting them is not what is tried here.
    for function in ["authorizer", "identity", "tenants", "provisioning", "relay"] {
        world.platform.pools().warm_up(function, 1).await.unwrap();
    }
    // Nor is the first sweep, which looks at all that a new platform may have left behind.
    world.platform.settle().await.unwrap();
    world.faults.set(faults);
    let owner = Owner::named("acme");
    let answer = insist(&client, registration(&owner)).await;
    let answer = answer.expect(StatusCode::ACCEPTED).unwrap();
    world.platform.settle().await.unwrap();
    world.heal();
    world.advance(REST_S).await.unwrap();
    let href = answer.at("/operation/href").unwrap();
    let mut operation = client.call(Call::get(&href)).await.unwrap();
    for _ in 0..LOOKS_MAX {
        if operation.at("/status").unwrap() == "succeeded" {
            break;
        }
        let redelivery_s = redelivery_s("provisioning").unwrap();
        world.advance(redelivery_s).await.unwrap();
        operation = client.call(Call::get(&href)).await.unwrap();
    }
    assert_eq!(
        operation.at("/status").unwrap(),
        "succeeded",
        "{}",
        operation.text()
    );
    let ended = ended(&world).await;
    for (entity, count) in [
        ("tenant", 1),
        ("person", 1),
        ("membership", 1),
        ("subdomain", 1),
    ] {
        assert_eq!(ended.count(entity), count, "{entity}");
    }
    assert_eq!(ended.events("TenantRegistered"), 1);
    sign_in(&client, &owner).await.unwrap();
    ended
}

/// Calls at which one run has the process die; the long run tries all.
const PLACES_MAX: u64 = 16;

/// Has the process die before and after the calls of `run`, which says what the stores hold in the
/// end, one call in each run.
async fn die_everywhere<F>(case: &str, run: fn(Arc<dyn Faults>) -> F)
where
    F: Future<Output = Contents> + Send + 'static,
{
    let counting = Arc::new(Counting::around(Arc::new(NoFaults)));
    let whole = Arc::new(run(Arc::clone(&counting) as Arc<dyn Faults>).await);
    let calls = counting.count();
    assert!(calls >= 10, "it makes {calls} calls");
    let stops: Vec<(u64, Stop)> = places(calls, PLACES_MAX)
        .flat_map(|place| [(place, Stop::Before), (place, Stop::After)])
        .collect();
    let count = stops.len() as u64;
    try_each(stops, |(place, stop)| {
        let whole = Arc::clone(&whole);
        async move {
            let plan = Arc::new(StopAt::new(place, stop));
            let found = run(Arc::clone(&plan) as Arc<dyn Faults>).await;
            assert!(plan.struck(), "call {place} was not made");
            found.assert_like(&whole, &format!("died {stop:?} call {place}"));
        }
    })
    .await;
    tried(&format!("platform/{case}"), count, 2 * calls);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registration_survives_every_crash_point() {
    die_everywhere("registration", register_under).await;
}

#[tokio::test]
async fn a_registration_survives_the_loss_of_every_reply() {
    let whole = register_under(Arc::new(NoFaults)).await;
    let found = register_under(Arc::new(EachReplyLostOnce::default())).await;
    found.assert_like(&whole, "no reply was heard");
}

#[tokio::test]
async fn a_registration_survives_throttling() {
    let whole = register_under(Arc::new(NoFaults)).await;
    for seed in 0..5 {
        let found = register_under(Arc::new(RandomThrottle::new(seed, 30))).await;
        found.assert_like(&whole, &format!("throttled by seed {seed}"));
    }
}

/// Publishes a page under `faults` and checks that it is live, once.
async fn publish_under(faults: Arc<dyn Faults>) -> Contents {
    publish_with(None, faults).await
}

/// As [`publish_under`], under an idempotency key.
async fn publish_once_under(faults: Arc<dyn Faults>) -> Contents {
    publish_with(Some("publication"), faults).await
}

async fn publish_with(key: Option<&str>, faults: Arc<dyn Faults>) -> Contents {
    let world = World::new(41).await.unwrap();
    let client = world.client();
    let acme = world.settled_tenant("acme").await.unwrap();
    let token = acme.tokens.access.as_str();
    let page = make_page(&client, token, &acme.website, "about", "Us.")
        .await
        .unwrap();
    client.call(Call::get(&page).bearer(token)).await.unwrap();
    world.platform.settle().await.unwrap();
    world.faults.set(faults);
    let call = Call::new(http::Method::POST, format!("{page}/publish")).bearer(token);
    let call = match key {
        Some(key) => call.with("idempotency-key", key),
        None => call,
    };
    let answer = insist(&client, call).await;
    answer.expect(StatusCode::OK).unwrap();
    world.platform.settle().await.unwrap();
    world.heal();
    world.advance(REST_S).await.unwrap();
    let path = format!("{}/releases", acme.website);
    let releases = client.call(Call::get(path).bearer(token)).await.unwrap();
    let releases = releases.json()["items"].as_array().unwrap().len();
    assert_eq!(releases, 2, "the first release and the page's");
    let visited = client.visit(&acme.host(), "/about").await.unwrap();
    assert_eq!(visited.status, StatusCode::OK);
    let ended = ended(&world).await;
    assert_eq!(ended.count("release"), 2);
    ended
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_publication_survives_every_crash_point() {
    die_everywhere("publication", publish_under).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_publication_under_a_key_survives_every_crash_point() {
    die_everywhere("publication under a key", publish_once_under).await;
}

#[tokio::test]
async fn a_publication_survives_the_loss_of_every_reply() {
    for run in [
        |faults| publish_with(None, faults),
        |faults| publish_with(Some("publication"), faults),
    ] {
        let whole = run(Arc::new(NoFaults)).await;
        let found = run(Arc::new(EachReplyLostOnce::default())).await;
        found.assert_like(&whole, "no reply was heard");
    }
}

/// Goes back to the empty website under `faults`, and suspends and activates its tenant.
async fn steer_under(faults: Arc<dyn Faults>) -> Contents {
    let world = World::new(43).await.unwrap();
    let client = world.client();
    let acme = world.settled_tenant("acme").await.unwrap();
    let operator = world.operator().await.unwrap();
    let token = acme.tokens.access.as_str();
    let page = make_page(&client, token, &acme.website, "about", "Us.");
    let page = page.await.unwrap();
    publish(&client, token, &page).await.unwrap();
    let releases = Call::get(format!("{}/releases", acme.website)).bearer(token);
    let releases = client.call(releases).await.unwrap();
    let empty = releases.at("/items/1/id").unwrap();
    world.platform.settle().await.unwrap();
    world.faults.set(faults);
    let tenant = format!("/api/v1/admin/tenants/{}", acme.tenant);
    for (path, token) in [
        (format!("{}/releases/{empty}/activate", acme.website), token),
        (format!("{tenant}/suspend"), operator.as_str()),
        (format!("{tenant}/activate"), operator.as_str()),
    ] {
        let call = Call::new(http::Method::POST, path).bearer(token);
        let answer = insist(&client, call.with("idempotency-key", "once")).await;
        answer.expect(StatusCode::OK).unwrap();
    }
    world.platform.settle().await.unwrap();
    world.heal();
    world.advance(REST_S).await.unwrap();
    let visited = client.visit(&acme.host(), "/about").await.unwrap();
    assert_eq!(visited.status, StatusCode::NOT_FOUND);
    ended(&world).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_activation_and_a_suspension_survive_every_crash_point() {
    die_everywhere("activation and suspension", steer_under).await;
}

#[tokio::test]
async fn a_registration_whose_subdomain_is_taken_leaves_nothing() {
    let world = World::new(42).await.unwrap();
    let client = world.client();
    register(&client, &Owner::named("acme")).await.unwrap();
    world.platform.settle().await.unwrap();
    let before = Contents::of(&world).await;
    let second = Owner {
        email: "second@acme.example".to_owned(),
        ..Owner::named("acme")
    };
    let refused = client.call(registration(&second)).await.unwrap();
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(refused.problem(), "subdomain_taken");
    world.platform.settle().await.unwrap();
    let after = ended(&world).await;
    after.assert_same(&before, "refused");
    assert_eq!(after, before, "refused");
}
