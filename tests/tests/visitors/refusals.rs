//! What visitors are told where there is nothing to be seen.

use std::sync::Arc;

use http::StatusCode;
use local::fault::{Call, Fault, Faults};
use local::history::{Outcome, Service};
use tenancy::records::{TenantStatus, WebsiteStatus};
use tests::client::Answer;

use crate::world::{HOST, Scene, event, event_of, linked};

/// The table fails whoever shows websites.
#[derive(Debug)]
pub(crate) struct StorageFails(pub(crate) Fault);

impl Faults for StorageFails {
    fn decide(&self, call: &Call<'_>) -> Fault {
        if call.function == "delivery" && call.service == Service::DynamoDb {
            self.0
        } else {
            Fault::None
        }
    }
}

/// Whoever shows websites falls over when it asks the table.
#[derive(Debug)]
struct StoragePanics;

impl Faults for StoragePanics {
    fn decide(&self, call: &Call<'_>) -> Fault {
        assert!(
            StorageFails(Fault::ServerError).decide(call) == Fault::None,
            "the table fell over"
        );
        Fault::None
    }
}

fn assert_is_away(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.header("retry-after"), "3600");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(!answer.text().contains("This is About."));
}

#[tokio::test]
async fn an_unknown_host_tells_nothing_of_anybody() {
    let scene = Scene::new().await;
    let unknown = scene.ask(event("nobody.localhost", "/about")).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert!(!unknown.headers.contains_key("cache-tag"));
    for host in [
        "",
        "acme.localhost",
        "localhost",
        "about.docs.acme.localhost",
        "docs.acme.localhost.example.com",
        "docs---acme.localhost",
        "docs--acme",
        "127.0.0.1",
        "[::1]",
        "docs.acme.localhost,docs.acme.localhost",
        "docs.acme.localhost/about",
        "docs.acme.localhost#",
        "xn--dcs-sna.acme.localhost",
        "döcs.acme.localhost",
    ] {
        let answer = scene.ask(event(host, "/about")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{host}");
        assert_eq!(answer.bytes, unknown.bytes, "{host}");
        assert_eq!(answer.headers, unknown.headers, "{host}");
    }
    assert!(!unknown.text().to_lowercase().contains("acme"));
}

#[tokio::test]
async fn a_known_host_is_known_in_every_spelling() {
    let scene = Scene::new().await;
    for host in [
        "DOCS.acme.localhost",
        "docs.acme.localhost.",
        "docs.acme.localhost:8080",
    ] {
        let answer = scene.ask(event(host, "/about")).await;
        assert_eq!(answer.status, StatusCode::OK, "{host}");
    }
}

#[tokio::test]
async fn only_get_and_head_are_answered() {
    let scene = Scene::new().await;
    scene.get("/").await;
    scene.wait(60_000);
    let mark = scene.world.platform.history().mark();
    for method in [
        "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get", "PURGE", "",
    ] {
        let answer = scene.ask(event_of(method, HOST, "/about")).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert_eq!(answer.header("allow"), "GET, HEAD");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    assert_eq!(scene.world.platform.history().since(mark), []);
}

#[tokio::test]
async fn a_tenant_that_is_not_in_use_is_away() {
    let scene = Scene::new().await;
    assert_eq!(scene.get("/about").await.status, StatusCode::OK);
    for (status, is_operators, expected) in [
        (TenantStatus::Suspended, true, 503),
        (TenantStatus::Deprovisioning, true, 503),
        (TenantStatus::Active, true, 200),
        (TenantStatus::Provisioning, false, 503),
        (TenantStatus::Deleted, false, 404),
    ] {
        if is_operators {
            scene.operate(status).await;
        } else {
            scene.force_tenant(status).await;
        }
        scene.world.platform.pools().cool_down();
        let answer = scene.get("/about").await;
        assert_eq!(answer.status, expected, "{status:?}");
        assert_eq!(answer.text().contains("docs"), expected == 200);
        if expected == 503 {
            assert_is_away(&answer);
        }
    }
}

#[tokio::test]
async fn a_website_that_is_away_says_so_in_its_own_looks() {
    let scene = Scene::new().await;
    for (status, is_tenants, expected) in [
        (WebsiteStatus::Maintenance, true, 503),
        (WebsiteStatus::Active, true, 200),
        (WebsiteStatus::Suspended, false, 503),
        (WebsiteStatus::Provisioning, false, 404),
        (WebsiteStatus::Deleted, false, 404),
    ] {
        if is_tenants {
            scene.set_status(&format!("{status:?}")).await;
        } else {
            scene.force_website(status).await;
        }
        scene.wait(1_000);
        let answer = scene.get("/about").await;
        assert_eq!(answer.status, expected, "{status:?}");
        assert_eq!(answer.text().contains(">docs<"), expected != 404);
        if expected == 503 {
            assert_is_away(&answer);
            let style = linked(&answer.text(), "style.css");
            assert_eq!(scene.get(&style).await.status, StatusCode::OK);
        }
    }
}

#[tokio::test]
async fn storage_that_fails_is_tried_again_and_nothing_of_it_is_kept() {
    for fault in [Fault::ServerError, Fault::Timeout, Fault::Throttle] {
        let scene = Scene::new().await;
        scene.world.faults.set(Arc::new(StorageFails(fault)));
        let answer = scene.visit("/about").await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{fault:?}");
        assert_eq!(answer.header("retry-after"), "5");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(!answer.text().to_lowercase().contains("table"));
        scene.world.heal();
        let answer = scene.visit("/about").await;
        assert_eq!(answer.status, StatusCode::OK, "{fault:?}");
    }
}

#[tokio::test]
async fn a_panic_is_a_page_and_the_environment_lives_on() {
    let scene = Scene::new().await;
    scene.world.faults.set(Arc::new(StoragePanics));
    let mark = scene.world.platform.history().mark();
    let answer = scene.visit("/about").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(!answer.text().contains("fell over"));
    scene.world.heal();
    assert_eq!(scene.visit("/about").await.status, StatusCode::OK);
    let calls = scene.world.platform.history().since(mark);
    let is_first = |environment| environment == calls[0].environment;
    assert!(calls.iter().all(|call| is_first(call.environment)));
    assert!(calls.iter().all(|call| call.outcome == Outcome::Succeeded));
}
