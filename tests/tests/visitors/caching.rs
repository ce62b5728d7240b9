//! What is read of storage, and when again; and what the edge keeps.

use futures_util::future::join_all;
use http::StatusCode;
use kernel::limits::CACHE_ENTRIES_MAX;
use local::history::Service;
use serde_json::json;
use tenancy::records::TenantStatus;
use tests::client::Call;
use tests::walkthrough::visit_fresh;

use crate::world::{HOST, Scene, event};

#[tokio::test]
async fn many_unknown_hosts_do_not_drive_out_a_known_one() {
    let scene = Scene::new().await;
    scene.get("/about").await;
    for number in 0..=CACHE_ENTRIES_MAX {
        // No more of an event than matters: there are many.
        let unknown = json!({
            "rawPath": "/",
            "headers": { "x-site-host": format!("n{number}.localhost") },
            "requestContext": { "requestId": "r", "http": { "method": "GET" } },
        });
        scene
            .world
            .platform
            .invoke("delivery", unknown)
            .await
            .unwrap();
    }
    let (answer, reads) = scene.counted(HOST, "/about").await;
    assert_eq!((answer.status.as_u16(), reads), (200, 0));
    // While of the unknown ones the first is forgotten.
    assert_eq!(scene.counted("n0.localhost", "/").await.1, 1);
}

#[tokio::test]
async fn a_publish_is_seen_within_a_second() {
    let scene = Scene::empty().await;
    let page = scene.publish("about", "About").await;
    assert!(scene.get("/about").await.text().contains("This is About."));
    assert_eq!(scene.get("/news").await.status, 404);
    scene.rewrite(&page, "about", "More").await;
    scene.publish("news", "News").await;
    scene.wait(999);
    assert!(scene.get("/about").await.text().contains("This is About."));
    assert_eq!(scene.get("/news").await.status, 404);
    scene.wait(1);
    assert!(scene.get("/about").await.text().contains("This is More."));
    assert!(scene.get("/news").await.text().contains("This is News."));
}

#[tokio::test]
async fn a_suspended_tenant_is_away_before_a_minute_is_over() {
    let scene = Scene::new().await;
    assert_eq!(scene.get("/about").await.status, 200);
    scene.operate(TenantStatus::Suspended).await;
    scene.wait(25_000);
    assert_eq!(scene.get("/about").await.status, 503);
}

#[tokio::test]
async fn a_deleted_website_is_like_nobodys_within_a_second() {
    let scene = Scene::new().await;
    assert_eq!(scene.get("/about").await.status, 200);
    scene.delete().await;
    scene.wait(1_000);
    let gone = scene.get("/about").await;
    let nobodys = scene.ask(event("nobody.localhost", "/about")).await;
    assert_eq!(gone.status, 404);
    assert_eq!(gone.bytes, nobodys.bytes);
    assert_eq!(gone.headers, nobodys.headers);
}

#[tokio::test]
async fn a_publication_elsewhere_keeps_what_the_edge_and_visitors_have() {
    let scene = Scene::new().await;
    scene.world.advance(60).await.unwrap();
    let read = scene.visit("/about").await;
    let etag = read.header("etag").to_owned();
    scene.publish("other", "Other").await;
    scene.world.advance(60).await.unwrap();
    let again = scene.visit("/about").await;
    assert_eq!(again.header("x-cache"), "Hit from cloudfront");
    let call = Call::get("/about").with("if-none-match", etag);
    let same = scene.world.client().visit_with(HOST, call).await.unwrap();
    assert_eq!(same.status, StatusCode::NOT_MODIFIED);
    assert!(same.bytes.is_empty());
}

#[tokio::test]
async fn what_the_edge_kept_too_long_is_confirmed_and_kept_on() {
    let scene = Scene::new().await;
    scene.world.advance(60).await.unwrap();
    let first = scene.visit("/about").await;
    let life_s: i64 = first
        .header("cache-control")
        .split("s-maxage=")
        .nth(1)
        .and_then(|rest| rest.split(',').next()?.trim().parse().ok())
        .unwrap();
    scene.world.advance(life_s).await.unwrap();
    let confirmed = scene.visit("/about").await;
    assert_eq!(confirmed.header("x-cache"), "RefreshHit from cloudfront");
    assert_eq!(confirmed.bytes, first.bytes);
    let kept = scene.visit("/about").await;
    assert_eq!(kept.header("x-cache"), "Hit from cloudfront");
}

#[tokio::test]
async fn visitors_who_come_together_cost_one_look() {
    let scene = Scene::new().await;
    scene.world.advance(60).await.unwrap();
    scene.world.platform.pools().cool_down();
    let mark = scene.world.platform.history().mark();
    let visits = join_all((0..8).map(|_| scene.visit("/about"))).await;
    assert!(visits.iter().all(|visit| visit.status == StatusCode::OK));
    let reads = scene.world.platform.history().since(mark);
    let reads = reads
        .iter()
        .filter(|call| call.function == "delivery" && call.service == Service::DynamoDb);
    assert_eq!(reads.count(), 5);
}

#[tokio::test]
async fn the_sitemap_at_the_edge_has_the_pages_that_are_live() {
    let scene = Scene::new().await;
    let has_news = async || {
        // Longer than purges take, and far shorter than the edge keeps it.
        scene.world.advance(60).await.unwrap();
        let sitemap = scene.visit("/sitemap.xml").await;
        let kept = scene.visit("/sitemap.xml").await;
        assert_eq!(kept.header("x-cache"), "Hit from cloudfront");
        assert_eq!(kept.bytes, sitemap.bytes);
        sitemap.text().contains("/news</loc>")
    };
    assert!(!has_news().await);
    let before = scene.live_release().await;
    let page = scene.publish("news", "News").await;
    assert!(has_news().await, "published");
    scene.activate(&before).await;
    assert!(!has_news().await, "rolled back");
    scene.turn(&page, "publish").await;
    assert!(has_news().await, "published again");
    scene.turn(&page, "unpublish").await;
    assert!(!has_news().await, "taken back");
}

#[tokio::test]
async fn a_page_that_is_taken_back_is_gone_from_the_edge() {
    let scene = Scene::empty().await;
    let client = scene.world.client();
    let page = scene.publish("about", "About").await;
    visit_fresh(&client, HOST, "/about", StatusCode::OK)
        .await
        .unwrap();
    scene.turn(&page, "unpublish").await;
    visit_fresh(&client, HOST, "/about", StatusCode::NOT_FOUND)
        .await
        .unwrap();
}
