//! What cannot be made is taken back: tenants and websites, while a grant is missing that making them
//! takes. It must never leave a grant away.

use anyhow::{Context, bail};
use http::StatusCode;
use serde_json::json;

use super::{LOOKS_MAX, Walk};
use crate::client::Call;
use crate::walkthrough::{Owner, make_website, register};

/// Has a tenant that cannot be made, and looks whether its name is free again.
pub(super) async fn tenant(walk: &Walk<'_>) -> anyhow::Result<()> {
    let owner = Owner::named(&format!("{}-failed", walk.owner.subdomain));
    let [handicap, _] = &walk.scene.handicaps;
    let account = &walk.scene.stack.account;
    handicap.take(account).await?;
    let ended = fail(walk, owner.registration()).await;
    handicap.give_back(account).await?;
    ended?;
    register(&walk.client, &owner).await.context("again")?;
    Ok(())
}

/// Has a website that cannot be made, and looks whether its name is free again.
pub(super) async fn website(walk: &Walk<'_>) -> anyhow::Result<()> {
    let body = json!({ "name": "failed", "subdomain": "failed" });
    let [_, handicap] = &walk.scene.handicaps;
    let account = &walk.scene.stack.account;
    handicap.take(account).await?;
    let ended = fail(walk, Call::post("/api/v1/websites", &body)).await;
    handicap.give_back(account).await?;
    ended?;
    let again = make_website(&walk.client, &walk.token, "failed").await;
    again.context("again")?;
    Ok(())
}

/// Asks for what cannot be made, and waits until it was taken back.
async fn fail(walk: &Walk<'_>, asked: Call) -> anyhow::Result<()> {
    let asked = walk.ask(StatusCode::ACCEPTED, asked).await?;
    let href = asked.at("/operation/href")?;
    for _ in 0..LOOKS_MAX {
        let operation = walk
            .client
            .call(Call::get(&href).bearer(&walk.token))
            .await?;
        match operation.expect(StatusCode::OK)?.at("/status")?.as_str() {
            "failed" => return Ok(()),
            "succeeded" => bail!("it was made"),
            _ => walk.client.rest().await?,
        }
    }
    bail!("nothing was taken back")
}
