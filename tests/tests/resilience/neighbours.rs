//! Sixty-four tenants at work at the same moment in one environment of each function, some of their
//! requests dropped in the middle. Nothing that is another tenant's may hold a tenant's token.

mod sinks;
mod tokens;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::future::join_all;
use http::Method;
use local::fault::{Call as StoreCall, Fault, Faults};
use serde_json::json;
use tests::client::Call;
use tests::crash::{is_full, measured};
use tests::logs::Lines;
use tests::walkthrough::{Owner, make_page, make_website, publish, register, sign_in};
use tests::world::World;

use crate::neighbours::sinks::Watch;
use crate::neighbours::tokens::Chance;
use crate::scene::page_body;

/// Tenants.
const TENANTS: usize = 64;

/// Requests of all tenants together; the long run makes more.
const CALLS: usize = 1_920;
const CALLS_FULL: usize = 100_000;

/// Rounds after which the tenants sign in anew: a token lives for a quarter of an hour, and a round
/// takes a minute.
const ROUNDS_OF_TOKEN: usize = 5;

/// Requests of each tenant in one round.
const CALLS_OF_ROUND: usize = 30;

/// Of so many requests one is dropped.
const DROPPED_OF: u64 = 3;

/// How often a request that is dropped is looked at before, at most.
const LOOKS_MAX: u64 = 14;

/// A tenant and what it has.
#[derive(Debug)]
struct Tenant {
    token: String,
    id: String,
    owner: Owner,
    access: String,
    website: String,
    page: String,
}

/// A future that is dropped after it was looked at so often.
struct Dropped<F>(Option<Pin<Box<F>>>, u64);

impl<F: Future> Future for Dropped<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(inner) = self.0.as_mut() else {
            return Poll::Ready(None);
        };
        if let Poll::Ready(output) = inner.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        if self.1 == 0 {
            self.0 = None;
            return Poll::Ready(None);
        }
        self.1 -= 1;
        Poll::Pending
    }
}

/// Has every reply take a while, so that requests are dropped between an effect and its reply too.
#[derive(Debug)]
struct Late;

impl Faults for Late {
    fn decide(&self, _call: &StoreCall<'_>) -> Fault {
        Fault::LateReply
    }
}

async fn settle(world: &World, chance: &Chance) -> Vec<Tenant> {
    let mut tenants = Vec::new();
    for _ in 0..TENANTS {
        let token = chance.token();
        let owner = Owner::named(&token);
        let client = world.client();
        let id = register(&client, &owner).await.unwrap();
        let access = sign_in(&client, &owner).await.unwrap().access;
        let website = make_website(&client, &access, &token).await.unwrap();
        let page = make_page(&client, &access, &website, "about", &token)
            .await
            .unwrap();
        publish(&client, &access, &page).await.unwrap();
        tenants.push(Tenant {
            token,
            id,
            owner,
            access,
            website,
            page,
        });
    }
    tenants
}

/// One of the things that a tenant does, and what its answer must name, if it succeeds.
fn deed(tenant: &Tenant, other: &Tenant, draw: u64, number: u64) -> (Option<String>, Call, String) {
    let Tenant {
        token,
        website,
        page,
        ..
    } = tenant;
    let api = |call: Call| call.bearer(&tenant.access);
    let last = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let host = format!("{token}.{token}.localhost");
    let slug = format!("{token}/{number}");
    let body = page_body(&slug, &format!("Text of {token}, {number}."));
    let none = String::new();
    match draw {
        0 => (Some(host), Call::get("/about"), token.clone()),
        1 => (Some(host), Call::get("/sitemap.xml"), token.clone()),
        2 => (Some(host), Call::get(format!("/{token}")), none),
        3 => (None, api(Call::get(website)), last(website)),
        4 => (None, api(Call::get(page)), last(page)),
        5 => (None, api(Call::get("/api/v1/websites")), last(website)),
        6 => (
            None,
            api(Call::get(format!("{website}/pages?limit=3"))),
            none,
        ),
        7 => (
            None,
            api(Call::get(format!("{website}/releases?limit=3"))),
            none,
        ),
        8 => (
            None,
            api(Call::get("/api/v1/tenant/profile")),
            tenant.id.clone(),
        ),
        9 => (
            None,
            api(Call::post(format!("{website}/pages"), &body)),
            slug,
        ),
        10 => (
            None,
            api(Call::new(Method::POST, format!("{page}/publish"))),
            last(page),
        ),
        11 => {
            let body = page_body("about", &format!("Text of {token}, {number}."));
            (None, api(Call::put(page, &body).if_match("*")), last(page))
        }
        12 => (None, api(Call::get(&other.website)), none),
        13 => (None, api(Call::get(&other.page)), none),
        14 => {
            let call = Call::get("/api/v1/tenant/profile").with("x-tenant-id", &other.id);
            (None, api(call), none)
        }
        _ => {
            let wrong = json!({ "name": token, "subdomain": format!("{token} {token}") });
            (None, api(Call::post("/api/v1/websites", &wrong)), none)
        }
    }
}

/// Kinds of deeds.
const DEEDS: u64 = 16;

/// One tenant at work. Returns how many requests were made, and how many of them were dropped.
async fn work(
    world: &World,
    chance: &Chance,
    (watch, tenants): (&Watch, &[Tenant]),
    at: usize,
) -> [usize; 2] {
    let (tenant, mut counts) = (&tenants[at], [0, 0]);
    for number in 0..CALLS_OF_ROUND {
        let other = usize::try_from(chance.below(TENANTS as u64 - 1)).unwrap();
        let other = &tenants[(at + 1 + other) % TENANTS];
        let (host, call, names) = deed(tenant, other, chance.below(DEEDS), number as u64);
        let what = format!("{} {}", call.method, call.path);
        let client = world.client();
        let answering = async {
            match host {
                Some(host) => client.visit_with(&host, call).await.unwrap(),
                None => client.call(call).await.unwrap(),
            }
        };
        counts[0] += 1;
        let answer = if chance.below(DROPPED_OF) == 0 {
            Dropped(Some(Box::pin(answering)), chance.below(LOOKS_MAX)).await
        } else {
            Some(answering.await)
        };
        let Some(answer) = answer else {
            counts[1] += 1;
            continue;
        };
        watch.check_answer(&answer, tenant, &what);
        let is_named = !answer.status.is_success() || answer.text().contains(&names);
        assert!(
            is_named,
            "{what}: the answer is to something else: {}",
            answer.text()
        );
    }
    counts
}

/// Threat A6, A7: nothing that outlives a request, or that a dropped one leaves behind, brings
/// anything of one tenant to another.
#[tokio::test]
async fn sixty_four_tenants_in_one_process_see_nothing_of_each_other() {
    let lines = Lines::default();
    let logs = lines.keep();
    let world = World::new(400).await.unwrap();
    world.platform.pools().share();
    let chance = Chance::of(401);
    let mut tenants = settle(&world, &chance).await;
    let mut watch = Watch::over(&tenants, &lines);
    world.faults.set(Arc::new(Late));
    let calls = if is_full() { CALLS_FULL } else { CALLS };
    let rounds = calls.div_ceil(TENANTS * CALLS_OF_ROUND);
    let mut made = [0, 0];
    for round in 0..rounds {
        // They were signed in when they were made.
        let is_late = round % ROUNDS_OF_TOKEN == ROUNDS_OF_TOKEN - 1;
        for tenant in tenants.iter_mut().filter(|_| is_late) {
            let tokens = sign_in(&world.client(), &tenant.owner).await;
            tenant.access = tokens.unwrap().access;
        }
        let all = (0..TENANTS).map(|at| work(&world, &chance, (&watch, &tenants), at));
        for [calls, dropped] in join_all(all).await {
            made[0] += calls;
            made[1] += dropped;
        }
        world.advance(60).await.unwrap();
        watch.check_new(&world, &tenants).await;
    }
    watch.check_stores(&world, &tenants).await;
    drop(logs);
    let [made, dropped] = made;
    measured(&format!(
        "{TENANTS} tenants in one process: {made} requests, {dropped} of them dropped"
    ));
    assert!(
        made >= calls && dropped * 10 > made,
        "{dropped} of {made} were dropped"
    );
}
