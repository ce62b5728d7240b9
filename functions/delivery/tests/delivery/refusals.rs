//! What visitors are told where there is nothing to be seen.

use delivery::Request;
use tenancy::records::{TenantStatus, WebsiteStatus};

use crate::store::Mood;
use crate::world::{HOST, World, header, linked, text};

#[tokio::test]
async fn an_unknown_host_tells_nothing_of_anybody() {
    let world = World::new();
    let unknown = world.get_at("nobody.localhost", "/about").await;
    assert_eq!(unknown.status(), 404);
    assert_eq!(header(&unknown, "cache-tag"), None);
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
        let reply = world.get_at(host, "/about").await;
        assert_eq!(reply.status(), 404, "{host}");
        assert_eq!(reply.body(), unknown.body(), "{host}");
        assert!(reply.headers().eq(unknown.headers()), "{host}");
    }
    assert!(!text(&unknown).to_lowercase().contains("acme"));
}

#[tokio::test]
async fn a_known_host_is_known_in_every_spelling() {
    let world = World::new();
    for host in [
        "DOCS.acme.localhost",
        "docs.acme.localhost.",
        "docs.acme.localhost:8080",
    ] {
        assert_eq!(world.get_at(host, "/about").await.status(), 200, "{host}");
    }
}

#[tokio::test]
async fn only_get_and_head_are_answered() {
    let world = World::new();
    for method in [
        "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get", "PURGE", "",
    ] {
        let request = Request {
            method: method.to_owned(),
            ..World::request("/about")
        };
        let reply = world.delivery.answer(&request).await;
        assert_eq!(reply.status(), 405, "{method}");
        assert_eq!(header(&reply, "allow"), Some("GET, HEAD"));
        assert_eq!(header(&reply, "cache-control"), Some("no-store"));
    }
    assert_eq!(world.store.take_reads(), 0);
}

#[tokio::test]
async fn a_tenant_that_is_not_in_use_is_away() {
    for (tenant, status) in [
        (TenantStatus::Active, 200),
        (TenantStatus::Provisioning, 503),
        (TenantStatus::Suspended, 503),
        (TenantStatus::Deprovisioning, 503),
        (TenantStatus::Deleted, 404),
    ] {
        let world = World::new();
        world.set_tenant_status(tenant);
        let reply = world.get("/about").await;
        assert_eq!(reply.status(), status, "{tenant:?}");
        assert_eq!(text(&reply).contains("Docs"), status == 200);
        if status == 503 {
            assert_eq!(header(&reply, "retry-after"), Some("3600"));
            assert_eq!(header(&reply, "cache-control"), Some("no-store"));
        }
    }
}

#[tokio::test]
async fn a_website_that_is_away_says_so_in_its_own_looks() {
    for (website, status) in [
        (WebsiteStatus::Active, 200),
        (WebsiteStatus::Maintenance, 503),
        (WebsiteStatus::Suspended, 503),
        (WebsiteStatus::Provisioning, 404),
        (WebsiteStatus::Deleted, 404),
    ] {
        let mut world = World::new();
        world.set_status(website);
        let reply = world.get("/about").await;
        assert_eq!(reply.status(), status, "{website:?}");
        assert_eq!(text(&reply).contains("Docs"), status != 404);
        if status == 503 {
            assert_eq!(header(&reply, "retry-after"), Some("3600"));
            assert_eq!(header(&reply, "cache-control"), Some("no-store"));
            assert!(!text(&reply).contains("This is About."));
            let style = linked(text(&reply), "style.css");
            assert_eq!(world.get(&style).await.status(), 200);
        }
    }
}

#[tokio::test]
async fn storage_that_fails_is_tried_again_and_nothing_of_it_is_kept() {
    let world = World::new();
    world.store.set_mood(Mood::Fails);
    let reply = world.get("/about").await;
    assert_eq!(reply.status(), 503);
    assert_eq!(header(&reply, "retry-after"), Some("5"));
    assert_eq!(header(&reply, "cache-control"), Some("no-store"));
    assert!(!text(&reply).contains("table"));
    world.store.set_mood(Mood::Works);
    assert_eq!(world.get("/about").await.status(), 200);
}

#[tokio::test]
async fn a_panic_is_a_page_and_the_environment_lives_on() {
    let world = World::new();
    world.store.set_mood(Mood::Panics);
    let reply = world.get("/about").await;
    assert_eq!(reply.status(), 500);
    assert_eq!(header(&reply, "cache-control"), Some("no-store"));
    assert!(!text(&reply).contains("fell over"));
    world.store.set_mood(Mood::Works);
    assert_eq!(world.get_at(HOST, "/about").await.status(), 200);
}
