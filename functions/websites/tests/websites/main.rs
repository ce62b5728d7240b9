//! Websites, as callers of the function see them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod releases;
#[path = "../../../content/tests/content/store.rs"]
mod store;
mod websites;
#[path = "../../../content/tests/content/world.rs"]
mod world;

use serde_json::Value;

use crate::world::{Answer, World};

async fn world() -> World {
    World::new(|platform| {
        let state = ::websites::AppState {
            domain: "localhost".to_owned(),
            origins: ::websites::Origins::new("http://{host}:3000").unwrap(),
            previews: publication::PreviewSealer::new("preview"),
        };
        let cursors = web::CursorSealer::new("secret");
        let origin = "http://localhost:3000";
        web::function(::websites::routes(), state, platform, Some(cursors), origin)
    })
    .await
}

impl World {
    fn path(&self, below: &str) -> String {
        format!("/{}{below}", self.website)
    }

    async fn get(&self, below: &str) -> Answer {
        self.call("GET", &self.path(below), &[], None).await
    }

    /// Puts something at its present version.
    async fn put(&self, below: &str, body: Value) -> Answer {
        let etag = self.get(below).await.etag().to_owned();
        let headers = [("if-match", etag.as_str())];
        self.call("PUT", &self.path(below), &headers, Some(body))
            .await
    }

    async fn delete(&self) -> Answer {
        let etag = self.get("").await.etag().to_owned();
        self.call("DELETE", &self.path(""), &[("if-match", &etag)], None)
            .await
    }
}
