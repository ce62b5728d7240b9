//! What visitors get: the table of headers, what a publication leaves alone, and how little it
//! costs.

use http::StatusCode;
use local::history::Service;
use tests::client::{Call, Client};
use tests::walkthrough::{make_page, publish, visit_fresh};
use tests::world::{Settled, World};

async fn published(client: &Client<'_>, tenant: &Settled, slug: &str) -> String {
    let token = tenant.tokens.access.as_str();
    let page = make_page(client, token, &tenant.website, slug, slug)
        .await
        .unwrap();
    publish(client, token, &page).await.unwrap();
    page
}

#[tokio::test]
async fn a_publication_elsewhere_keeps_what_visitors_have() {
    let world = World::new(50).await.unwrap();
    let client = world.client();
    let acme = world.settled_tenant("acme").await.unwrap();
    published(&client, &acme, "about").await;
    world.advance(60).await.unwrap();
    let read = client.visit(&acme.host(), "/about").await.unwrap();
    let etag = read.header("etag").to_owned();
    published(&client, &acme, "other").await;
    world.advance(60).await.unwrap();
    let again = client.visit(&acme.host(), "/about").await.unwrap();
    assert_eq!(
        again.header("x-cache"),
        "Hit from cloudfront",
        "the edge still has it"
    );
    let call = Call::get("/about").with("if-none-match", etag);
    let same = client.visit_with(&acme.host(), call).await.unwrap();
    assert_eq!(same.status, StatusCode::NOT_MODIFIED);
    assert!(same.text().is_empty());
}

#[tokio::test]
async fn a_page_view_costs_one_read_a_second_and_none_within_it() {
    let world = World::new(51).await.unwrap();
    let client = world.client();
    let acme = world.settled_tenant("acme").await.unwrap();
    for slug in ["a", "b", "c", "d"] {
        published(&client, &acme, slug).await;
    }
    world.advance(60).await.unwrap();
    world.platform.pools().cool_down();
    world.platform.pools().warm_up("delivery", 1).await.unwrap();
    for (path, seconds, reads_max, units_max) in [
        ("/a", 0, 5, 5.0),
        ("/b", 0, 1, 1.0),
        ("/c", 2, 2, 2.0),
        ("/nowhere", 0, 0, 0.0),
        ("/nowhere-else", 0, 0, 0.0),
    ] {
        world
            .clock
            .advance(jiff::SignedDuration::from_secs(seconds));
        let mark = world.platform.history().mark();
        client.visit(&acme.host(), path).await.unwrap();
        let calls = world.platform.history().since(mark);
        let units: f64 = calls.iter().map(|call| call.read_units).sum();
        assert!(calls.iter().all(|call| call.service == Service::DynamoDb));
        assert!(
            calls.iter().all(|call| call.write_units == 0.0),
            "a visit writes"
        );
        assert!(calls.len() <= reads_max, "{path} took {calls:?}");
        assert!(units <= units_max, "{path} took {units} read units");
    }
}

#[tokio::test]
async fn a_host_that_is_nobodys_costs_one_read_and_then_none() {
    let world = World::new(52).await.unwrap();
    let client = world.client();
    world.settled_tenant("acme").await.unwrap();
    for (path, reads) in [("/", 1), ("/other", 0)] {
        let mark = world.platform.history().mark();
        let answer = client.visit("nothing.acme.localhost", path).await.unwrap();
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert!(!answer.text().contains("acme"), "{}", answer.text());
        let calls = world.platform.history().since(mark);
        let calls = calls
            .iter()
            .filter(|call| call.operation != "GetSecretValue")
            .count();
        assert_eq!(calls, reads, "{path}");
    }
}

#[tokio::test]
async fn a_page_that_is_taken_back_is_gone() {
    let world = World::new(53).await.unwrap();
    let client = world.client();
    let acme = world.settled_tenant("acme").await.unwrap();
    let page = published(&client, &acme, "about").await;
    visit_fresh(&client, &acme.host(), "/about", StatusCode::OK)
        .await
        .unwrap();
    let token = acme.tokens.access.as_str();
    let call = Call::new(http::Method::POST, format!("{page}/unpublish")).bearer(token);
    client
        .call(call)
        .await
        .unwrap()
        .expect(StatusCode::OK)
        .unwrap();
    visit_fresh(&client, &acme.host(), "/about", StatusCode::NOT_FOUND)
        .await
        .unwrap();
}

#[tokio::test]
async fn what_an_author_writes_cannot_run() {
    let world = World::new(54).await.unwrap();
    let client = world.client();
    let acme = world.settled_tenant("acme").await.unwrap();
    let token = acme.tokens.access.as_str();
    let hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>[x](javascript:alert(1))";
    let page = make_page(&client, token, &acme.website, "evil", hostile)
        .await
        .unwrap();
    publish(&client, token, &page).await.unwrap();
    let answer = visit_fresh(&client, &acme.host(), "/evil", StatusCode::OK)
        .await
        .unwrap();
    let html = answer.text();
    for part in ["<script", "<img src=x", "=\"javascript:"] {
        assert!(!html.contains(part), "`{part}` in {html}");
    }
    assert!(
        answer
            .header("content-security-policy")
            .contains("default-src 'none'")
    );
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert!(answer.headers.get("set-cookie").is_none());
}
