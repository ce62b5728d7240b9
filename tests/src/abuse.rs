//! A tenant from which too much comes that nobody does by right.

use anyhow::ensure;
use http::StatusCode;
use serde_json::{Value, json};

use crate::client::Call;
use crate::world::{Settled, World};

/// Where an appeal goes.
pub const APPEALS: &str = "/api/v1/auth/appeals";

/// What there may be of a tenant that may ask for no other tenant's id, not once.
pub fn strict() -> Value {
    json!({
        "crossTenant": 0, "failedProofs": 5, "refusedRequests": 5_000, "egressMib": 1_000,
    })
}

/// Makes a tenant of which one id of another tenant's is too many, as its contract says.
pub async fn strict_tenant(
    world: &World,
    operator: &str,
    subdomain: &str,
) -> anyhow::Result<Settled> {
    let tenant = world.settled_tenant(subdomain).await?;
    let client = world.client();
    let place = format!("/api/v1/admin/tenants/{}", tenant.tenant);
    let tier = Call::put(format!("{place}/tier"), &json!({ "tier": "Custom" }));
    let tier = client.call(tier.bearer(operator)).await?;
    let etag = tier.expect(StatusCode::OK)?.header("etag").to_owned();
    let agreed = json!({ "name": subdomain, "abuseLimits": strict() });
    let agreed = Call::put(place, &agreed).if_match(&etag).bearer(operator);
    client.call(agreed).await?.expect(StatusCode::OK)?;
    Ok(tenant)
}

/// As [`strict_tenant`], suspended for asking once for what is another tenant's, at `foreign`. Returns an appeal that can
/// be made against that.
pub async fn appeal_of_suspended(
    world: &World,
    operator: &str,
    subdomain: &str,
    foreign: &str,
) -> anyhow::Result<Call> {
    let tenant = strict_tenant(world, operator, subdomain).await?;
    let ask = Call::get(foreign).bearer(&tenant.tokens.access);
    world
        .client()
        .call(ask)
        .await?
        .expect(StatusCode::NOT_FOUND)?;
    world.platform.settle().await?;
    let mails = world.mails_to(&tenant.owner.email).await?;
    let is_told = mails
        .last()
        .is_some_and(|mail| mail.text.contains("suspended"));
    ensure!(is_told, "nobody was told that the tenant is suspended");
    let token = world.token_to(&tenant.owner.email).await?;
    let appeal = json!({ "token": token, "text": "A script had old ids." });
    Ok(Call::post(APPEALS, &appeal))
}
