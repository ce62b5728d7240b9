//! Pages, as callers of the function see them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod pages;
mod publishing;
mod store;
mod world;

use serde_json::{Value, json};

use crate::world::{Answer, World};

async fn world() -> World {
    World::new(|platform| {
        let cursors = web::CursorSealer::new("secret");
        web::function(
            content::routes(),
            (),
            platform,
            Some(cursors),
            "http://localhost:3000",
        )
    })
    .await
}

fn draft(slug: &str, text: &str) -> Value {
    json!({
        "title": format!("The page {slug}"),
        "slug": slug,
        "content": { "format": "markdown", "value": text },
    })
}

impl World {
    fn pages(&self) -> String {
        format!("/{}/pages", self.website)
    }

    fn page(&self, id: &str) -> String {
        format!("{}/{id}", self.pages())
    }

    async fn make(&self, slug: &str) -> String {
        let made = self
            .call("POST", &self.pages(), &[], Some(draft(slug, slug)))
            .await;
        assert_eq!(made.status, 201, "{}", made.body);
        made.text("/id")
    }

    async fn read(&self, id: &str) -> Answer {
        let page = self.call("GET", &self.page(id), &[], None).await;
        assert_eq!(page.status, 200, "{}", page.body);
        page
    }

    /// Replaces a draft at its present version.
    async fn change(&self, id: &str, draft: Value) -> Answer {
        let etag = self.read(id).await.etag().to_owned();
        self.call("PUT", &self.page(id), &[("if-match", &etag)], Some(draft))
            .await
    }

    async fn act(&self, id: &str, verb: &str) -> Answer {
        let path = format!("{}/{verb}", self.page(id));
        self.call("POST", &path, &[], None).await
    }

    /// Returns the paths that visitors find, in order.
    async fn live(&self) -> Vec<String> {
        let permit = self.permit();
        let key = tenancy::keys::PointerKey {
            website: self.website,
        };
        let pointer = permit
            .get::<publication::PointerRecord>(&key)
            .await
            .unwrap()
            .unwrap();
        let mut reader = publication::Reader::new(&permit);
        let tree = reader.tree(pointer.tree_id).await.unwrap();
        let all = release::KeyRange::pages();
        let page = reader.run(|store| release::range(store, &tree.routes, &all, 1_000));
        let found = page.await.unwrap().items.into_iter();
        found.map(|(key, _)| key.as_str()[2..].to_owned()).collect()
    }
}
