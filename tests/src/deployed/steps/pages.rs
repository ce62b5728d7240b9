//! Pages and releases of a website: written, published, visited, taken back. It must never know who
//! may write them.

use anyhow::{Context, ensure};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::Walk;
use crate::client::Call;
use crate::walkthrough::{make_page, publish, sign_in, visit_fresh};

/// More than fits into an item of the table.
const LARGE_BYTES: usize = 40_000;

impl Walk<'_> {
    pub(super) async fn pages(&self) -> anyhow::Result<()> {
        let large = "Long. ".repeat(LARGE_BYTES / 6);
        for (slug, text) in [("long", large.as_str()), ("short", "Hello, **world**.")] {
            let page = make_page(&self.client, &self.token, &self.website, slug, text).await?;
            self.ask(StatusCode::OK, Call::get(&page)).await?;
            publish(&self.client, &self.token, &page).await?;
        }
        let list = Call::get(format!("{}/pages", self.website));
        let list = self.ask(StatusCode::OK, list).await?.json();
        let count = list.pointer("/items").and_then(Value::as_array);
        ensure!(count.is_some_and(|items| items.len() >= 2), "{list}");
        Ok(())
    }

    pub(super) async fn visit(&self) -> anyhow::Result<()> {
        let host = self.host();
        for (path, status) in [
            ("/long", StatusCode::OK),
            ("/short", StatusCode::OK),
            ("/sitemap.xml", StatusCode::OK),
            ("/nowhere", StatusCode::NOT_FOUND),
        ] {
            visit_fresh(&self.client, &host, path, status).await?;
        }
        let page = visit_fresh(&self.client, &host, "/short", StatusCode::OK).await?;
        ensure!(page.text().contains("<strong>world</strong>"));
        let again = Call::get("/short").with("if-none-match", page.header("etag"));
        let again = self.client.visit_with(&host, again).await?;
        again.expect(StatusCode::NOT_MODIFIED)?;
        let unknown = self.client.visit("nothing.nobody.localhost", "/").await?;
        unknown.expect(StatusCode::NOT_FOUND)?;
        Ok(())
    }

    pub(super) async fn change_pages(&self) -> anyhow::Result<()> {
        let (token, website) = (self.token.as_str(), self.website.as_str());
        let page = make_page(&self.client, token, website, "first", "First.").await?;
        publish(&self.client, token, &page).await?;
        let moved = json!({
            "title": "Moved",
            "slug": "moved",
            "content": { "format": "markdown", "value": "Moved." },
        });
        self.change(&page, &moved).await?;
        publish(&self.client, token, &page).await?;
        // Another page takes the place that this one gave up.
        let other = make_page(&self.client, token, website, "first", "Other.").await?;
        publish(&self.client, token, &other).await?;
        let unpublish = Call::new(Method::POST, format!("{page}/unpublish"));
        self.ask(StatusCode::OK, unpublish).await?;
        self.delete(&page).await?;
        self.delete(&other).await
    }

    pub(super) async fn releases(&self) -> anyhow::Result<()> {
        let theme = format!("{}/theme", self.website);
        let journal = json!({ "themeId": "journal", "settings": {} });
        self.change(&theme, &journal).await?;
        let releases = format!("{}/releases", self.website);
        let list = self.ask(StatusCode::OK, Call::get(&releases)).await?;
        let (newest, before) = (list.at("/items/0/id")?, list.at("/items/1/id")?);
        let before = format!("{releases}/{before}");
        self.ask(StatusCode::OK, Call::get(&before)).await?;
        let diff = Call::get(format!("{before}/diff/{newest}"));
        let diff = self.ask(StatusCode::OK, diff).await?;
        ensure!(diff.json().pointer("/theme") == Some(&json!(true)));
        let preview = Call::new(Method::POST, format!("{before}/preview"));
        let preview = self.ask(StatusCode::CREATED, preview).await?;
        let url: http::Uri = preview.at("/url")?.parse()?;
        let host = url.host().context("a preview has a host")?;
        let page = format!("{}short", url.path());
        let page = self
            .client
            .visit(host, &page)
            .await?
            .expect(StatusCode::OK)?;
        ensure!(page.header("cache-control").contains("no-store"));
        let activate = Call::new(Method::POST, format!("{before}/activate"));
        self.ask(StatusCode::OK, activate).await?;
        Ok(())
    }

    pub(super) async fn library(&self) -> anyhow::Result<()> {
        let library = &self.scene.library;
        let token = sign_in(&self.client, &library.owner).await?.access;
        let get = |path: String| self.client.call(Call::get(path).bearer(&token));
        let last = publish(&self.client, &token, &library.page).await;
        let last = last.context("publish among many")?;
        let releases = format!("{}/releases", library.website);
        let hundred = get(format!("{releases}?limit=100"))
            .await?
            .expect(StatusCode::OK)?;
        let before = hundred.at("/items/99/id")?;
        for path in [
            format!("{}/pages?limit=100", library.website),
            format!("{releases}/{before}/diff/{last}"),
        ] {
            get(path).await?.expect(StatusCode::OK)?;
        }
        let host = format!("main.{}.localhost", library.owner.subdomain);
        let sitemap = self.client.visit(&host, "/sitemap.xml").await?;
        sitemap.expect(StatusCode::OK)?;
        Ok(())
    }
}
