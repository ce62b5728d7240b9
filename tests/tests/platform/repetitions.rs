//! A request and its repetition under the same idempotency key, at once: the first is held up at
//! each of its calls in turn while the second happens. One of them takes effect, and both are
//! answered alike.

use std::sync::Arc;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tenancy::Role;
use tenancy::records::Tier;
use tests::client::{Answer, Call};
use tests::crash::OfFunction;
use tests::pause::{Met, overtaken};
use tests::walkthrough::{Owner, make_page};
use tests::world::{Settled, World};

/// More calls than any of the requests makes.
const CALLS_MAX: u64 = 40;

fn is_replay(answer: &Answer) -> bool {
    answer.header("idempotency-replayed") == "true"
}

async fn post(world: &World, call: Call) -> Answer {
    let answer = world.client().call(call).await.unwrap();
    assert!(answer.status.is_success(), "{}", answer.text());
    answer
}

/// Has the requests that `make` makes, each new, meet their repetitions at each of their calls, and
/// returns how many calls there are. `alike` says what of an answer must be the same.
async fn meet_everywhere<F>(
    world: &World,
    function: &'static str,
    make: impl Fn(u64) -> F,
    alike: impl Fn(&Answer) -> Value,
) where
    F: Future<Output = Call>,
{
    for place in 0..CALLS_MAX {
        let call = make(place).await;
        let call = call.with("idempotency-key", format!("{function}-{place}"));
        world.platform.settle().await.unwrap();
        let begin = |pause| world.faults.set(Arc::new(OfFunction::new(function, pause)));
        let (first, second) = (call.clone(), call.clone());
        let first = {
            let world = world.clone();
            async move { post(&world, first).await }
        };
        let met = overtaken(place, begin, first, post(world, second)).await;
        world.heal();
        match met.unwrap() {
            Met::Both(first, second) => {
                let at = format!("`{}` at call {place}", call.path);
                assert_eq!(alike(&first), alike(&second), "{at}");
                assert_eq!(first.status, second.status, "{at}");
                assert_eq!(first.header("etag"), second.header("etag"), "{at}");
                assert!(is_replay(&first) != is_replay(&second), "{at}");
            }
            Met::First(_alone) => {
                assert!(place >= 3, "`{}` makes {place} calls", call.path);
                return;
            }
        }
    }
    panic!("it makes more than {CALLS_MAX} calls");
}

async fn page(world: &World, acme: &Settled, slug: &str) -> String {
    let (client, token) = (world.client(), &acme.tokens.access);
    let made = make_page(&client, token, &acme.website, slug, "x").await;
    made.unwrap()
}

async fn releases(world: &World, acme: &Settled) -> Vec<Value> {
    let list = Call::get(format!("{}/releases?limit=100", acme.website));
    let list = post(world, list.bearer(&acme.tokens.access)).await;
    list.json()["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_are_made_published_and_taken_back_once() {
    let world = World::new(50).await.unwrap();
    let acme = world.settled_tenant("acme").await.unwrap();
    let token = acme.tokens.access.as_str();
    let before = releases(&world, &acme).await.len();

    let make = async |place: u64| {
        let body = json!({
            "title": "Made",
            "slug": format!("made/{place}"),
            "content": { "format": "markdown", "value": "x" },
        });
        Call::post(format!("{}/pages", acme.website), &body).bearer(token)
    };
    meet_everywhere(&world, "content", make, Answer::json).await;
    assert_eq!(releases(&world, &acme).await.len(), before);

    let publish = async |place: u64| {
        let page = page(&world, &acme, &format!("published/{place}")).await;
        let call = Call::new(Method::POST, format!("{page}/publish"));
        call.bearer(token).if_match("\"1\"")
    };
    meet_everywhere(&world, "content", publish, Answer::json).await;
    let published = releases(&world, &acme).await;
    let mut messages: Vec<&str> = published
        .iter()
        .map(|release| release["message"].as_str().unwrap())
        .collect();
    messages.sort_unstable();
    messages.dedup();
    assert_eq!(messages.len(), published.len(), "no page has two releases");

    let unpublish = async |place: u64| {
        let page = page(&world, &acme, &format!("taken/back/{place}")).await;
        let publish = Call::new(Method::POST, format!("{page}/publish")).bearer(token);
        post(&world, publish).await;
        let call = Call::new(Method::POST, format!("{page}/unpublish"));
        call.bearer(token).if_match("\"2\"")
    };
    meet_everywhere(&world, "content", unpublish, Answer::json).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn releases_are_activated_and_websites_asked_for_once() {
    let world = World::new(51).await.unwrap();
    let acme = world.settled_tenant("acme").await.unwrap();
    let token = acme.tokens.access.as_str();
    let page = page(&world, &acme, "about").await;
    let publish = Call::new(Method::POST, format!("{page}/publish")).bearer(token);
    post(&world, publish).await;
    let two = releases(&world, &acme).await;
    let activate = async |place: u64| {
        // The other one is live.
        let release = &two[usize::try_from(place + 1).unwrap() % 2];
        let id = release["id"].as_str().unwrap();
        let path = format!("{}/releases/{id}/activate", acme.website);
        Call::new(Method::POST, path).bearer(token)
    };
    let moved = |answer: &Answer| {
        assert_eq!(answer.json()["isMoved"], true, "{}", answer.text());
        answer.json()
    };
    meet_everywhere(&world, "websites", activate, moved).await;

    let raised = world.set_tier(&acme.tenant, Tier::Enterprise);
    raised.await.unwrap();
    let ask = async |place: u64| {
        let body = json!({ "name": "Shop", "subdomain": format!("shop{place}") });
        Call::post("/api/v1/websites", &body).bearer(token)
    };
    meet_everywhere(&world, "websites", ask, |answer| {
        answer.json()["id"].clone()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tenants_are_made_suspended_and_activated_once() {
    let world = World::new(52).await.unwrap();
    let acme = world.settled_tenant("acme").await.unwrap();
    let operator = world.operator().await.unwrap();
    let tenant = format!("/api/v1/admin/tenants/{}", acme.tenant);
    let to = |verb: &str| Call::new(Method::POST, format!("{tenant}/{verb}")).bearer(&operator);
    let suspend = async |_place: u64| {
        post(&world, to("activate")).await;
        to("suspend")
    };
    meet_everywhere(&world, "tenants", suspend, Answer::json).await;
    let activate = async |_place: u64| {
        post(&world, to("suspend")).await;
        to("activate")
    };
    meet_everywhere(&world, "tenants", activate, Answer::json).await;

    let id = |answer: &Answer| answer.json()["tenantId"].clone();
    let make = async |place: u64| {
        let subdomain = format!("made{place}");
        let body = json!({
            "name": subdomain,
            "subdomain": subdomain,
            "adminEmail": format!("{subdomain}@example.com"),
            "adminPassword": "correct horse battery",
        });
        Call::post("/api/v1/admin/tenants", &body).bearer(&operator)
    };
    meet_everywhere(&world, "tenants", make, id).await;
    let register = async |place: u64| {
        let owner = Owner::named(&format!("new{place}"));
        owner.registration()
    };
    meet_everywhere(&world, "identity", register, id).await;
    let status = post(&world, Call::get(&tenant).bearer(&operator))
        .await
        .status;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_are_invited_reminded_and_disabled_once() {
    let world = World::new(53).await.unwrap();
    let acme = world.settled_tenant("acme").await.unwrap();
    world.verify(&acme.owner.email).await.unwrap();
    let token = acme.tokens.access.as_str();
    let invitation = |kind: &str, place: u64| {
        let email = format!("{kind}{place}@guests.example");
        let body = json!({ "email": email, "role": "contentEditor" });
        Call::post("/api/v1/tenant/users", &body).bearer(token)
    };
    let invite = async |place: u64| invitation("guest", place);
    meet_everywhere(&world, "identity", invite, Answer::json).await;
    let remind = async |place: u64| {
        let invited = post(&world, invitation("late", place)).await;
        let again = format!("{}/resend", invited.header("location"));
        Call::new(Method::POST, again).bearer(token)
    };
    meet_everywhere(&world, "identity", remind, Answer::json).await;

    let birch = world.settled_tenant("birch").await.unwrap();
    let (email, role) = (&birch.owner.email, Role::TenantAdmin);
    let second = world.join(&acme.tenant, email, role).await.unwrap();
    let toggle = || {
        let path = format!("/api/v1/tenant/users/{second}/toggle_status");
        Call::new(Method::POST, path).bearer(token)
    };
    let disable = async |place: u64| {
        if place > 0 {
            post(&world, toggle()).await;
        }
        toggle()
    };
    meet_everywhere(&world, "identity", disable, Answer::json).await;
}
