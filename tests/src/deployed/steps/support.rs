//! Support sessions: a tenant lets operators in and sends them out. It must never know what a token says.

use anyhow::ensure;
use http::StatusCode;

use super::Walk;
use crate::client::Call;
use crate::support::{ADMIN_SESSIONS, SESSIONS, begin, enter};
use crate::walkthrough::sign_in;

/// Has an operator come into the tenant, look around, and be sent out.
pub(super) async fn all(walk: &Walk<'_>) -> anyhow::Result<()> {
    let operator = sign_in(&walk.client, &walk.scene.operator).await?.access;
    let begun = begin(60, false).with("idempotency-key", "support");
    let begun = walk.ask(StatusCode::CREATED, begun).await?;
    let support = begun.at("/id")?;
    let list = walk.ask(StatusCode::OK, Call::get(SESSIONS)).await?;
    ensure!(list.at("/items/0/id")? == support, "{}", list.text());
    let list = Call::get(format!("{ADMIN_SESSIONS}?tenantId={}", walk.tenant));
    let list = walk.client.call(list.bearer(&operator)).await?;
    ensure!(list.expect(StatusCode::OK)?.at("/items/0/id")? == support);
    let token = enter(&walk.tenant, &support).bearer(&operator);
    let token = walk.client.call(token).await?.expect(StatusCode::OK)?;
    let access = token.at("/accessToken")?;
    let profile = Call::get("/api/v1/tenant/profile").bearer(&access);
    let profile = walk.client.call(profile).await?.expect(StatusCode::OK)?;
    ensure!(
        profile.header("support-session") == support,
        "no answer says so"
    );
    let end = Call::delete(format!("{SESSIONS}/{support}"));
    walk.ask(StatusCode::NO_CONTENT, end).await?;
    Ok(())
}
