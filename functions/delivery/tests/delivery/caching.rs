//! What is read of storage, and when again.

use jiff::SignedDuration;
use tenancy::records::{TenantStatus, WebsiteStatus};

use crate::world::{Content, World, text};

#[tokio::test]
async fn a_cold_environment_reads_five_things_and_a_warm_one_the_pointer() {
    let world = World::new();
    assert_eq!(world.get("/about").await.status(), 200);
    assert_eq!(world.store.take_reads(), 5);
    assert_eq!(world.get("/about").await.status(), 200);
    assert_eq!(world.store.take_reads(), 0, "within the pointer's second");
    world.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(world.get("/about").await.status(), 200);
    assert_eq!(world.store.take_reads(), 1);
    assert_eq!(world.get("/").await.status(), 200);
    assert_eq!(world.store.take_reads(), 1, "another page's object");
    assert_eq!(world.get("/no-such-page").await.status(), 404);
    assert_eq!(world.store.take_reads(), 0, "the tree is in memory");
}

#[tokio::test]
async fn an_unknown_host_is_asked_for_once_in_ten_seconds() {
    let world = World::new();
    for (wait_s, reads) in [(0, 1), (0, 0), (9, 0), (1, 1), (0, 0)] {
        world.clock.advance(SignedDuration::from_secs(wait_s));
        assert_eq!(world.get_at("nobody.localhost", "/").await.status(), 404);
        assert_eq!(world.store.take_reads(), reads);
    }
}

#[tokio::test]
async fn many_unknown_hosts_do_not_drive_out_a_known_one() {
    let world = World::new();
    world.get("/about").await;
    for number in 0..25_000 {
        world.get_at(&format!("n{number}.localhost"), "/").await;
    }
    world.store.take_reads();
    assert_eq!(world.get("/about").await.status(), 200);
    assert_eq!(world.store.take_reads(), 0);
}

#[tokio::test]
async fn a_publish_is_seen_within_a_second() {
    let mut world = World::new();
    assert!(text(&world.get("/about").await).contains("This is About."));
    world.publish(&[("about", Content::Page("News"))]);
    world.clock.advance(SignedDuration::from_millis(999));
    assert!(text(&world.get("/about").await).contains("This is About."));
    world.clock.advance(SignedDuration::from_millis(1));
    assert!(text(&world.get("/about").await).contains("This is News."));
}

#[tokio::test]
async fn a_path_that_was_nothing_is_seen_when_it_becomes_something() {
    let mut world = World::new();
    assert_eq!(world.get("/news").await.status(), 404);
    world.publish(&[("news", Content::Page("News"))]);
    world.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(world.get("/news").await.status(), 200);
    assert_eq!(world.get("/about").await.status(), 404);
}

#[tokio::test]
async fn a_suspended_tenant_is_away_before_a_minute_is_over() {
    let world = World::new();
    assert_eq!(world.get("/about").await.status(), 200);
    world.set_tenant_status(TenantStatus::Suspended);
    world.clock.advance(SignedDuration::from_secs(25));
    assert_eq!(world.get("/about").await.status(), 503);
}

#[tokio::test]
async fn a_deleted_website_is_gone_within_a_second() {
    let mut world = World::new();
    assert_eq!(world.get("/about").await.status(), 200);
    world.set_status(WebsiteStatus::Deleted);
    world.clock.advance(SignedDuration::from_secs(1));
    let reply = world.get("/about").await;
    let nobodys = world.get_at("nobody.localhost", "/about").await;
    assert_eq!(reply.status(), 404);
    assert_eq!(reply.body(), nobodys.body());
    assert!(reply.headers().eq(nobodys.headers()));
}
