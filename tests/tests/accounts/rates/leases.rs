//! Requests on lease: many authorizers at once, what is lost with them, and what it costs.

use std::sync::Arc;

use local::fault::{Call as StoreCall, Fault, Faults};

use super::{
    Context, Function, GatewayContext, Outcome, Period, RatePlan, Refusal, Scene, SignedDuration,
    Tier, join_all, json,
};

/// Environments that are asked at once.
const ENVIRONMENTS: usize = 48;

/// The table does not answer the authorizer, though it does as it is told.
#[derive(Debug)]
struct AnswersAreLost;

impl Faults for AnswersAreLost {
    fn decide(&self, call: &StoreCall<'_>) -> Fault {
        if call.function == "authorizer" && call.operation == "UpdateItem" {
            Fault::LoseReply
        } else {
            Fault::None
        }
    }
}

async fn environments(scene: &Scene, number: usize) -> Vec<Function> {
    let pools = scene.world.platform.pools();
    let starting = (0..number).map(|_| pools.own_environment("authorizer"));
    let started = join_all(starting).await;
    started.into_iter().map(Result::unwrap).collect()
}

/// Asks one of them, and returns whether it lets in.
async fn is_let_in(authorizer: &Function, token: &str) -> bool {
    let headers = json!({ "authorization": format!("Bearer {token}") });
    let payload = json!({ "headers": headers, "rawPath": "/api/v1/websites" });
    let answer = authorizer.invoke(payload, Context::default()).await;
    let context = serde_json::from_value(answer.unwrap()["context"].clone()).unwrap();
    let outcome = GatewayContext::from_map(&context).outcome;
    let is_let_in = matches!(outcome, Outcome::Authenticated(_));
    assert!(
        is_let_in || outcome == Outcome::Refused(Refusal::RateLimited),
        "{outcome:?}"
    );
    is_let_in
}

/// Asks all of them at once. Returns how many let in.
async fn ask_all(authorizers: &[Function], token: &str) -> usize {
    let asked = authorizers
        .iter()
        .map(|authorizer| is_let_in(authorizer, token));
    join_all(asked)
        .await
        .into_iter()
        .filter(|is_in| *is_in)
        .count()
}

fn free() -> usize {
    usize::try_from(RatePlan::Default.limits(Tier::Free).tenant[0].requests).unwrap()
}

#[tokio::test]
async fn many_environments_at_once_let_in_exactly_as_many_as_the_limit_says() {
    let scene = Scene::new(960).await;
    let token = &scene.acme.tokens.access;
    let authorizers = environments(&scene, ENVIRONMENTS).await;
    for _ in 0..3 {
        scene.begin(Period::Minute);
        let mut let_in = 0;
        loop {
            let more = ask_all(&authorizers, token).await;
            let_in += more;
            assert!(let_in <= free(), "{let_in}");
            if more == 0 {
                break;
            }
        }
        // All of them were asked until all leases were used.
        assert_eq!(let_in, free());
    }
}

#[tokio::test]
async fn what_is_lost_with_environments_is_the_most_that_is_missing() {
    let scene = Scene::new(961).await;
    let token = &scene.acme.tokens.access;
    scene.begin(Period::Minute);
    let mut let_in = 0;
    let mut ended = 0;
    loop {
        // One request each, and what they had on lease is gone with them.
        let authorizer = environments(&scene, 1).await;
        if ask_all(&authorizer, token).await == 0 {
            break;
        }
        let_in += 1;
        ended += 1;
    }
    // Leases get smaller the less is left: an eighth of it each.
    assert!((20..=40).contains(&let_in), "{let_in} of {ended}");
    scene.begin(Period::Minute);
    let authorizers = environments(&scene, 2).await;
    let held = ask_all(&authorizers, token).await;
    assert_eq!(held, 2);
    let (one, other) = (&authorizers[..1], &authorizers[1..]);
    let mut of_one = 1;
    while ask_all(one, token).await == 1 {
        of_one += 1;
    }
    // The other one has what it took on lease: an eighth of what was left then.
    assert!(free() - of_one <= free() / 8, "{of_one}");
    let mut of_other = 1;
    while ask_all(other, token).await == 1 {
        of_other += 1;
    }
    assert_eq!(of_one + of_other, free());
}

#[tokio::test]
async fn a_lease_whose_answer_is_lost_is_never_counted_for_less() {
    let scene = Scene::new(962).await;
    let token = &scene.acme.tokens.access;
    scene.begin(Period::Minute);
    let authorizers = environments(&scene, 4).await;
    assert_eq!(ask_all(&authorizers, token).await, 4);
    scene.world.faults.set(Arc::new(AnswersAreLost));
    let headers = json!({ "authorization": format!("Bearer {token}") });
    let payload = json!({ "headers": headers, "rawPath": "/api/v1/websites" });
    let other = environments(&scene, 1).await;
    let answer = other[0].invoke(payload, Context::default()).await.unwrap();
    let context = serde_json::from_value(answer["context"].clone()).unwrap();
    let outcome = GatewayContext::from_map(&context).outcome;
    assert_eq!(outcome, Outcome::Refused(Refusal::Unavailable));
    scene.world.heal();
    let mut let_in = 4;
    loop {
        let more = ask_all(&authorizers, token).await;
        let_in += more;
        if more == 0 {
            break;
        }
    }
    assert!(let_in < free(), "{let_in}");
}

#[tokio::test]
async fn a_clock_that_is_behind_forgets_nothing_of_the_minute_that_has_begun() {
    let scene = Scene::new(963).await;
    let token = &scene.acme.tokens.access;
    scene.begin(Period::Minute);
    let late = environments(&scene, 1).await;
    assert_eq!(ask_all(&late, token).await, 1);
    // One environment goes on to the next minute, and the clock is set back before the other one asks.
    let behind = environments(&scene, 1).await;
    scene.begin(Period::Minute);
    let mut let_in = 0;
    while ask_all(&late, token).await == 1 {
        let_in += 1;
    }
    assert_eq!(let_in, free());
    scene.world.clock.advance(SignedDuration::from_secs(-1));
    assert_eq!(ask_all(&behind, token).await, 0);
    scene.world.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(ask_all(&behind, token).await, 0);
}

#[tokio::test]
async fn a_request_costs_a_fraction_of_a_write() {
    let scene = Scene::new(964).await;
    let token = &scene.acme.tokens.access;
    let mut costs = Vec::new();
    for tier in [Tier::Free, Tier::Starter, Tier::Professional] {
        scene.tier(tier.name()).await;
        scene.begin(Period::Minute);
        let authorizers = environments(&scene, 1).await;
        let requests = RatePlan::Default.limits(tier).tenant[0].requests;
        let mark = scene.world.platform.history().mark();
        let mut let_in = 0;
        while ask_all(&authorizers, token).await == 1 {
            let_in += 1;
        }
        assert_eq!(let_in, requests);
        let calls = scene.world.platform.history().since(mark);
        let units: f64 = calls.iter().map(|call| call.write_units).sum();
        costs.push((tier.name(), requests, units));
    }
    // Write units for as many requests as there may be in a minute: one for each lease.
    let expected = [
        ("Free", 200, 36.0),
        ("Starter", 2_000, 53.0),
        ("Professional", 10_000, 85.0),
    ];
    assert_eq!(costs, expected);
}
