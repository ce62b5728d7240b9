//! The walkthrough, in process and over a port.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use local::server::{Answer, open, serve};
use tests::client::{Client, Way};
use tests::over_http::OverHttp;
use tests::walkthrough::{Owner, walk};
use tests::world::World;
use tokio::sync::watch;

/// A platform in this process that is called over a port. Its time is virtual all the same.
struct OverPort {
    http: OverHttp,
    world: World,
}

#[async_trait]
impl Way for OverPort {
    async fn send(&self, request: Request<Bytes>) -> anyhow::Result<Response<Bytes>> {
        self.http.send(request).await
    }

    async fn rest(&self) -> anyhow::Result<()> {
        self.world.rest().await
    }
}

#[tokio::test]
async fn a_tenant_signs_up_builds_publishes_and_is_read() {
    let world = World::new(1).await.unwrap();
    walk(&world.client(), &Owner::named("acme")).await.unwrap();
}

#[tokio::test]
async fn two_tenants_walk_side_by_side() {
    let world = World::new(2).await.unwrap();
    let client = world.client();
    let (first, second) = (Owner::named("first"), Owner::named("second"));
    let (one, two) = tokio::join!(walk(&client, &first), walk(&client, &second));
    one.unwrap();
    two.unwrap();
}

#[tokio::test]
async fn the_same_is_walked_over_a_port() {
    let world = World::new(3).await.unwrap();
    let listener = open(0).await.unwrap();
    let authority = listener.local_addr().unwrap().to_string();
    let platform = world.platform.clone();
    let answer: Answer = Arc::new(move |request| {
        let platform = platform.clone();
        Box::pin(async move { platform.http(request).await })
    });
    let way = OverPort {
        http: OverHttp::to(authority),
        world,
    };
    let client = Client::new(&way, "localhost:3000");
    let owner = Owner::named("acme");
    let (stop, stopped) = watch::channel(false);
    let walking = async {
        let walked = walk(&client, &owner).await;
        stop.send(true).unwrap();
        walked
    };
    let (walked, served) = tokio::join!(walking, serve(listener, answer, stopped));
    walked.unwrap();
    served.unwrap();
}
