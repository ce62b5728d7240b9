//! API keys: made, shown, changed and ended. It must never know how they are looked up.

use anyhow::Context;
use http::{Method, StatusCode};
use serde_json::json;

use super::Walk;
use crate::client::Call;

const KEYS: &str = "/api/v1/tenant/api-keys";

/// Has a program act with a key, before and after it gets another secret.
pub(super) async fn all(walk: &Walk<'_>) -> anyhow::Result<()> {
    let new = json!({ "name": "Build", "scopes": ["websites.list", "websites.read"] });
    let made = Call::post(KEYS, &new).with("idempotency-key", "a-key");
    let made = walk.ask(StatusCode::CREATED, made).await?;
    let place = made.header("location").to_owned();
    let first = made.at("/key")?;
    show(walk, &first).await?;
    let read = walk.ask(StatusCode::OK, Call::get(place.as_str())).await?;
    read.at("/lastUsedAt").context("when it was used")?;
    let list = walk.ask(StatusCode::OK, Call::get(KEYS)).await?;
    list.at("/items/0/lastUsedAt")
        .context("when it was used, in the list")?;
    let rotate = Call::post(format!("{place}/rotate"), &json!({})).if_match("*");
    let rotated = walk.ask(StatusCode::OK, rotate).await?;
    for key in [first, rotated.at("/key")?] {
        show(walk, &key).await?;
    }
    let website = walk.website.rsplit('/').next();
    let narrower = json!({ "name": "Build", "scopes": ["content.read"], "websites": [website] });
    walk.change(&place, &narrower).await?;
    walk.delete(&place).await
}

/// Asks with a key, in both of its places.
async fn show(walk: &Walk<'_>, key: &str) -> anyhow::Result<()> {
    let list = || Call::new(Method::GET, "/api/v1/websites");
    for call in [list().bearer(key), list().with("x-api-key", key)] {
        walk.client.call(call).await?.expect(StatusCode::OK)?;
    }
    Ok(())
}
