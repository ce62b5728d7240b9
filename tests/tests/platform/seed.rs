//! The first start's content: through the public API, once, and complete.

use std::path::Path;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use kernel::SeededEntropy;
use local::seed::{self, FrontDoor};
use tests::world::World;

struct Door(World);

#[async_trait]
impl FrontDoor for Door {
    async fn answer(&self, request: Request<Bytes>) -> Response<Bytes> {
        self.0.platform.http(request).await
    }
}

#[tokio::test]
async fn the_first_start_shows_the_documentation_and_the_second_changes_nothing() {
    let world = World::new(70).await.unwrap();
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let data = tempfile::tempdir().unwrap();
    let token = world.platform.secret("BootstrapSecret").await.unwrap();
    let door = Door(world.clone());
    let entropy = SeededEntropy::new(70);
    let accounts = tokio::select! {
        accounts = seed::seed(&door, &tree, data.path(), &token, &entropy) => accounts.unwrap(),
        ended = world.platform.conduct() => panic!("the conductor ended: {ended:?}"),
    };
    assert!(accounts.is_complete);
    world.advance(60).await.unwrap();
    let host = format!("{}.{}.localhost", seed::WEBSITE, seed::TENANT);
    let client = world.client();
    let home = client.visit(&host, "/").await.unwrap();
    assert_eq!(home.status, StatusCode::OK);
    for path in [
        "/quickstart",
        "/concepts",
        "/api",
        "/problems",
        "/limits",
        "/operations",
    ] {
        assert!(
            home.text().contains(&format!("href=\"{path}\"")),
            "no way to {path}"
        );
        let page = client.visit(&host, path).await.unwrap();
        assert_eq!(page.status, StatusCode::OK, "{path}");
    }
    let again = seed::seed(&door, &tree, data.path(), &token, &entropy)
        .await
        .unwrap();
    assert_eq!(again, accounts);
}
