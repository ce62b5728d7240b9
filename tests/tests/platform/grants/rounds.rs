//! Everything that functions do to services, done once: the walkthrough, what tenants and
//! operators do beyond it, what fails and is taken back, and what the relay finds left over.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::{Method, StatusCode};
use kernel::limits::RECEIVES_MAX;
use kernel::{ContentHash, PageSlug};
use publication::Edit;
use release::{Entry, EntryKind, RouteKey};
use serde_json::{Value, json};
use tenancy::permission::PublishContent;
use tenancy::{Action, Role};
use tests::client::{Answer, Call, Client};
use tests::reports;
use tests::walkthrough::{Owner, end_sign_ins, make_page, make_website, visit_fresh, walk};
use tests::world::{Settled, World};

use super::calls::{Recorder, Refused};
use super::{abuse, people, seals};

/// More than a message takes to come again, and than an event waits before it is swept up.
const REST_S: i64 = 300;

/// More than fits into an item.
const LARGE_BYTES: usize = 40_000;

/// Events that fall due in the same minute: more than the parts over which that is spread.
const LATE: usize = 6;

/// Pages for each letter that a slug can begin with: more than a node of a tree holds.
const PAGES_OF_LETTER: u32 = 10;

/// Has everything happen while `recorder` looks on.
pub(super) async fn all(recorder: &Arc<Recorder>) {
    let world = World::new(90).await.unwrap();
    world.faults.set(Arc::clone(recorder) as Arc<_>);
    let client = world.client();
    walk(&client, &Owner::named("walker")).await.unwrap();
    let acme = world.settled_tenant("acme").await.unwrap();
    let rival = world.settled_tenant("rival").await.unwrap();
    grow(&world, &client, &acme).await;
    pages(&client, &acme).await;
    tree(&world, &client, &acme).await;
    websites(&client, &acme).await;
    repeats(&client, &acme).await;
    strangers(&client, &acme, &rival).await;
    people::members(&world, &client, &acme, &rival).await;
    people::invitations(&world, &client, &acme).await;
    people::api_keys(&client, &acme).await;
    let operator = world.operator().await.unwrap();
    people::support(&client, &operator, &acme).await;
    people::second_factor(&world, &client, &acme).await;
    people::mailbox(&world, &client, &rival).await;
    denial(&world, &client, recorder, &acme).await;
    operators(&world, &client, &rival).await;
    let operator = Owner::operator();
    for person in [&operator, &rival.owner] {
        end_sign_ins(&client, person).await.unwrap();
    }
    failures(&world, &client, recorder, &acme).await;
    leftovers(&world, &client, recorder, &acme).await;
    seals::all(&world, &client, &acme).await;
    abuse::all(&world, &client, &acme).await;
}

/// Makes a request; a `POST` under an idempotency key of its own, and then once more.
pub(super) async fn call(client: &Client<'_>, status: StatusCode, call: Call) -> Answer {
    static KEYS: AtomicU64 = AtomicU64::new(0);
    let (path, is_post) = (call.path.clone(), call.method == Method::POST);
    let key = KEYS.fetch_add(1, Ordering::Relaxed);
    let call = call.with("idempotency-key", key.to_string());
    let answer = client.call(call.clone()).await.unwrap().expect(status);
    let answer = answer.unwrap_or_else(|error| panic!("`{path}`: {error}"));
    if is_post {
        let again = client.call(call).await.unwrap();
        assert!(
            !again.status.is_server_error(),
            "`{path}`: {}",
            again.text()
        );
    }
    answer
}

async fn publish(client: &Client<'_>, token: &str, page: &str) {
    let publish = Call::new(Method::POST, format!("{page}/publish")).bearer(token);
    call(client, StatusCode::OK, publish).await;
}

/// Reads what is there and changes it.
pub(super) async fn change(client: &Client<'_>, token: &str, path: &str, body: &Value) {
    let read = call(client, StatusCode::OK, Call::get(path).bearer(token)).await;
    let put = Call::put(path, body).bearer(token);
    call(client, StatusCode::OK, put.if_match(read.header("etag"))).await;
}

pub(super) async fn delete(client: &Client<'_>, token: &str, path: &str, status: StatusCode) {
    let read = call(client, StatusCode::OK, Call::get(path).bearer(token)).await;
    let delete = Call::delete(path).bearer(token);
    call(client, status, delete.if_match(read.header("etag"))).await;
}

/// What is denied to a function is written down by that function: here by one that otherwise causes no event.
async fn denial(world: &World, client: &Client<'_>, recorder: &Recorder, acme: &Settled) {
    recorder.lead_astray(Some("notifications"));
    let forgotten = json!({ "email": acme.owner.email });
    let forgotten = Call::post("/api/v1/auth/password/forgot", &forgotten);
    call(client, StatusCode::NO_CONTENT, forgotten).await;
    world.platform.settle().await.unwrap();
    recorder.lead_astray(None);
}

/// Gives a tenant room for many websites.
async fn grow(world: &World, client: &Client<'_>, acme: &Settled) {
    let operator = world.operator().await.unwrap();
    let tenant = format!("/api/v1/admin/tenants/{}", acme.tenant);
    let read = Call::get(&tenant).bearer(&operator);
    let read = call(client, StatusCode::OK, read).await;
    let tier = Call::put(format!("{tenant}/tier"), &json!({ "tier": "Enterprise" }));
    let tier = tier.bearer(&operator).if_match(read.header("etag"));
    call(client, StatusCode::OK, tier).await;
}

/// Pages, small and large: made, moved, read, taken back, deleted.
async fn pages(client: &Client<'_>, acme: &Settled) {
    let (token, website) = (acme.tokens.access.as_str(), acme.website.as_str());
    let large = "Long. ".repeat(LARGE_BYTES / 6);
    let page = make_page(client, token, website, "long", &large)
        .await
        .unwrap();
    publish(client, token, &page).await;
    for path in ["/long", "/sitemap.xml", "/robots.txt", "/nowhere"] {
        let status = if path == "/nowhere" {
            StatusCode::NOT_FOUND
        } else {
            StatusCode::OK
        };
        visit_fresh(client, &acme.host(), path, status)
            .await
            .unwrap();
    }
    let draft = json!({
        "title": "Moved",
        "slug": "moved",
        "content": { "format": "markdown", "value": large },
    });
    change(client, token, &page, &draft).await;
    publish(client, token, &page).await;
    // Another page takes the place that this one gave up.
    let other = make_page(client, token, website, "long", "Short.")
        .await
        .unwrap();
    publish(client, token, &other).await;
    call(client, StatusCode::OK, Call::get(&page).bearer(token)).await;
    let unpublish = Call::new(Method::POST, format!("{page}/unpublish")).bearer(token);
    call(client, StatusCode::OK, unpublish).await;
    let list = Call::get(format!("{website}/pages")).bearer(token);
    call(client, StatusCode::OK, list).await;
    delete(client, token, &page, StatusCode::NO_CONTENT).await;
    let live = make_page(client, token, website, "live", "Live.")
        .await
        .unwrap();
    publish(client, token, &live).await;
    delete(client, token, &live, StatusCode::NO_CONTENT).await;
}

/// A website of so many pages that its tree has several nodes, which are read together.
async fn tree(world: &World, client: &Client<'_>, acme: &Settled) {
    let (token, website) = (acme.tokens.access.as_str(), acme.website.as_str());
    fill(world, acme, "First.").await;
    let first = releases(client, token, website).await;
    // Ids that are made at another time are other ones.
    world.advance(1).await.unwrap();
    fill(world, acme, "Last.").await;
    let last = releases(client, token, website).await;
    // No answer for this host is in any cache yet.
    let sitemap = client.visit("main--acme.localhost", "/sitemap.xml");
    assert_eq!(sitemap.await.unwrap().status, StatusCode::OK);
    for slug in ["aaa", "mmm", "zzz"] {
        let page = make_page(client, token, website, slug, "Text.").await;
        page.unwrap();
    }
    for path in [
        format!("{website}/pages"),
        format!("{website}/releases/{first}/diff/{last}"),
    ] {
        call(client, StatusCode::OK, Call::get(path).bearer(token)).await;
    }
}

/// Publishes many pages at once, which the API does one by one.
async fn fill(world: &World, acme: &Settled, text: &str) {
    let member = world.member(&acme.tenant, Role::TenantAdmin).unwrap();
    let permit = member.permit::<PublishContent>().unwrap();
    let entry = Entry {
        kind: EntryKind::Page,
        object: ContentHash::of(text.as_bytes()),
    };
    let routes = ('a'..='z').flat_map(|letter| {
        (0..PAGES_OF_LETTER).map(move |number| {
            let slug = PageSlug::parse(&format!("{letter}{number}")).unwrap();
            (RouteKey::page(&slug), Some(entry))
        })
    });
    let edit = Edit {
        routes: routes.collect(),
        objects: vec![text.as_bytes().to_vec()],
        ..Edit::new("Many pages", Action::Publish)
    };
    let website = acme.website.rsplit('/').next().unwrap().parse().unwrap();
    let published = publication::publish(&permit, website, &edit, |change| change).await;
    assert!(published.unwrap().is_moved);
}

/// Lists a website's releases and returns the newest one.
async fn releases(client: &Client<'_>, token: &str, website: &str) -> String {
    let list = Call::get(format!("{website}/releases")).bearer(token);
    let list = call(client, StatusCode::OK, list).await.json();
    list["items"][0]["id"].as_str().unwrap().to_owned()
}

/// A website: read, changed, closed, deleted and brought back.
async fn websites(client: &Client<'_>, acme: &Settled) {
    let (token, website) = (acme.tokens.access.as_str(), acme.website.as_str());
    let list = Call::get("/api/v1/websites").bearer(token);
    call(client, StatusCode::OK, list).await;
    let release = releases(client, token, website).await;
    let release = format!("{website}/releases/{release}");
    call(client, StatusCode::OK, Call::get(&release).bearer(token)).await;
    let activate = Call::new(Method::POST, format!("{release}/activate"));
    call(client, StatusCode::OK, activate.bearer(token)).await;
    for body in [
        json!({ "name": "Renamed", "configuration": { "locale": "de" } }),
        json!({ "name": "Renamed", "status": "Maintenance" }),
        json!({ "name": "Renamed", "status": "Active" }),
    ] {
        change(client, token, website, &body).await;
    }
    delete(client, token, website, StatusCode::NO_CONTENT).await;
    let back = json!({ "name": "Renamed", "status": "Active" });
    change(client, token, website, &back).await;
    let profile = "/api/v1/tenant/profile";
    change(client, token, profile, &json!({ "name": "Another name" })).await;
}

/// Requests that are made twice under one key.
async fn repeats(client: &Client<'_>, acme: &Settled) {
    let token = acme.tokens.access.as_str();
    let page = json!({
        "title": "Once",
        "slug": "once",
        "content": { "format": "markdown", "value": "Once." },
    });
    let website = json!({ "name": "once", "subdomain": "once" });
    let owner = Owner::named("once");
    let posts = [
        Call::post(format!("{}/pages", acme.website), &page).bearer(token),
        Call::post("/api/v1/websites", &website).bearer(token),
        owner.registration(),
    ];
    let statuses = [
        StatusCode::CREATED,
        StatusCode::ACCEPTED,
        StatusCode::ACCEPTED,
    ];
    for (post, status) in posts.into_iter().zip(statuses) {
        call(client, status, post).await;
    }
}

/// Ids of one tenant, asked for by another.
async fn strangers(client: &Client<'_>, acme: &Settled, rival: &Settled) {
    let token = rival.tokens.access.as_str();
    let body = json!({ "name": "foreign", "subdomain": "foreign" });
    let made = Call::post("/api/v1/websites", &body).bearer(&acme.tokens.access);
    let made = call(client, StatusCode::ACCEPTED, made).await;
    for path in [
        acme.website.clone(),
        format!("{}/pages", acme.website),
        made.at("/operation/href").unwrap(),
    ] {
        let get = Call::get(path).bearer(token);
        call(client, StatusCode::NOT_FOUND, get).await;
    }
    let elsewhere = Call::get("/api/v1/tenant/audit").with("x-tenant-id", &acme.tenant);
    call(client, StatusCode::FORBIDDEN, elsewhere.bearer(token)).await;
}

/// Operators with the tenants: found, made, changed, suspended, deleted.
async fn operators(world: &World, client: &Client<'_>, rival: &Settled) {
    let operator = world.operator().await.unwrap();
    let tenants = "/api/v1/admin/tenants";
    for path in [
        format!("{tenants}?status=Active&q=ri&limit=1"),
        format!("{tenants}/subdomain/rival"),
        "/api/v1/admin/audit?action=restore".to_owned(),
        "/api/v1/admin/security-events?action=login&limit=1".to_owned(),
        format!("/api/v1/admin/audit/export?tenantId={}", rival.tenant),
        format!("/api/v1/admin/audit/verify?tenantId={}", rival.tenant),
    ] {
        call(client, StatusCode::OK, Call::get(path).bearer(&operator)).await;
    }
    reports::publish(world, &operator, "one").await;
    let report = Call::get("/api/v1/tenant/isolation-report").bearer(&rival.tokens.access);
    call(client, StatusCode::OK, report).await;
    let known = [&*rival.owner.email, "new@platform.example"];
    let passwords = [&*rival.owner.password, "correct horse newcomer"];
    for (subdomain, (email, password)) in ["gamma", "delta"]
        .into_iter()
        .zip(known.into_iter().zip(passwords))
    {
        let body = json!({
            "name": subdomain,
            "subdomain": subdomain,
            "adminEmail": email,
            "adminPassword": password,
        });
        let post = Call::post(tenants, &body).bearer(&operator);
        call(client, StatusCode::ACCEPTED, post).await;
    }
    world.platform.settle().await.unwrap();
    let tenant = format!("{tenants}/{}", rival.tenant);
    change(client, &operator, &tenant, &json!({ "name": "Zeta" })).await;
    let suspend = Call::post(format!("{tenant}/suspend"), &json!({ "reason": "unpaid" }));
    call(client, StatusCode::OK, suspend.bearer(&operator)).await;
    let activate = Call::new(Method::POST, format!("{tenant}/activate"));
    call(client, StatusCode::OK, activate.bearer(&operator)).await;
    delete(client, &operator, &tenant, StatusCode::OK).await;
}

/// Tenants and websites that cannot be made, at their first steps and at their last.
async fn failures(world: &World, client: &Client<'_>, recorder: &Recorder, acme: &Settled) {
    for (number, entity) in ["TenantProvisioned", "WebsiteProvisioned", "\"host\""]
        .into_iter()
        .enumerate()
    {
        recorder.refuse(Some(Refused {
            function: "provisioning",
            operation: "TransactWriteItems",
            entity,
        }));
        let owner = Owner::named(&format!("failed{number}"));
        let asked = if entity == "TenantProvisioned" {
            owner.registration()
        } else {
            let body = json!({ "name": "failed", "subdomain": format!("failed{number}") });
            Call::post("/api/v1/websites", &body).bearer(&fresh(client, acme).await)
        };
        let asked = call(client, StatusCode::ACCEPTED, asked).await;
        let mut status = String::new();
        for _ in 0..=RECEIVES_MAX {
            world.advance(REST_S).await.unwrap();
            let token = fresh(client, acme).await;
            let look = Call::get(asked.at("/operation/href").unwrap()).bearer(&token);
            status = call(client, StatusCode::OK, look)
                .await
                .at("/status")
                .unwrap();
            if status == "failed" {
                break;
            }
        }
        assert_eq!(status, "failed", "{entity}");
        recorder.refuse(None);
    }
}

/// Signs in anew: a token lives for a quarter of an hour.
pub(super) async fn fresh(client: &Client<'_>, acme: &Settled) -> String {
    let tokens = tests::walkthrough::sign_in(client, &acme.owner).await;
    tokens.unwrap().access
}

/// Events that the stream cannot bring, and the sweep finds.
async fn leftovers(world: &World, client: &Client<'_>, recorder: &Recorder, acme: &Settled) {
    // So many that some fall due together, and one that does so alone.
    for late in [LATE, 1] {
        recorder.refuse(Some(Refused {
            function: "relay",
            operation: "SendMessageBatch",
            entity: "",
        }));
        let token = fresh(client, acme).await;
        for number in 0..late {
            let name = format!("late-{number}-of-{late}");
            let body = json!({ "name": name, "subdomain": name });
            let asked = Call::post("/api/v1/websites", &body).bearer(&token);
            call(client, StatusCode::ACCEPTED, asked).await;
        }
        world.advance(REST_S).await.unwrap();
        recorder.refuse(None);
        world.advance(REST_S).await.unwrap();
    }
    let token = fresh(client, acme).await;
    make_website(client, &token, "last").await.unwrap();
}
