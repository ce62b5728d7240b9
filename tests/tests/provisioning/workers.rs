//! Two workers at once: the queue delivers at least once, and sometimes twice at a time.

use std::sync::Arc;

use tests::crash::{places, tried, try_each};

use crate::contents::Contents;
use crate::plans::{WORKER, calls_of, overtaken};
use crate::world::{Scene, assert_idle, deliver, work, working};

/// Places of which one run tries some.
const PLACES_MAX: u64 = 8;

/// What two workers make.
#[derive(Debug, Clone, Copy)]
enum Made {
    Tenant,
    Website,
}

impl Made {
    async fn scene(self) -> Scene {
        match self {
            Self::Tenant => Scene::of_tenant().await,
            Self::Website => Scene::of_website().await,
        }
    }
}

/// Makes it by one worker, and returns how many calls that took.
async fn by_one(made: Made) -> (Contents, u64) {
    let scene = made.scene().await;
    let payload = scene.payload(1).await;
    let calls = calls_of(&scene.world, None, working(&scene, payload)).await;
    deliver(&scene.world).await;
    (scene.contents().await, calls)
}

/// Checks that it was made once.
async fn assert_once(scene: &Scene, alone: &Contents, why: &str) {
    deliver(&scene.world).await;
    assert_eq!(scene.end().await.status, "succeeded", "{why}");
    scene.contents().await.assert_like(alone, why);
    assert_idle(&scene.world, why).await;
}

/// Has two workers begin at once, and one overtake the other at each of its calls.
async fn make_by_two(made: Made, name: &str) {
    let (alone, calls) = by_one(made).await;
    let alone = Arc::new(alone);
    let scene = made.scene().await;
    let payload = scene.payload(1).await;
    scene
        .world
        .platform
        .pools()
        .warm_up(WORKER, 2)
        .await
        .unwrap();
    let both = futures_util::future::join(
        work(&scene.world, payload.clone()),
        work(&scene.world, payload),
    );
    both.await;
    assert_once(&scene, &alone, "both at once").await;
    let tries: Vec<u64> = places(calls, PLACES_MAX).collect();
    let count = tries.len() as u64;
    try_each(tries, |place| {
        let alone = Arc::clone(&alone);
        async move {
            let scene = made.scene().await;
            let payload = scene.payload(1).await;
            let first = working(&scene, payload.clone());
            let second = working(&scene, payload);
            overtaken(&scene.world, place, None, first, second).await;
            assert_once(&scene, &alone, &format!("overtaken at call {place}")).await;
        }
    })
    .await;
    tried(&format!("provisioning/{name}"), count, calls);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_at_once_make_one_tenant() {
    make_by_two(Made::Tenant, "tenant-by-two").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_at_once_make_one_website() {
    make_by_two(Made::Website, "website-by-two").await;
}
