//! Members of a tenant: found, changed and removed by its admin. It must never know how somebody becomes
//! a member.

use anyhow::Context;
use http::{Method, StatusCode};
use serde_json::json;

use super::Walk;
use super::relay::dynamodb;
use crate::client::Call;
use crate::walkthrough::{Owner, register, sign_in, sign_in_to};

const MEMBERS: &str = "/api/v1/tenant/users";

/// Has an admin change and remove a second member, who runs another tenant and goes between the two.
pub(super) async fn all(walk: &Walk<'_>) -> anyhow::Result<()> {
    let other = Owner::named(&format!("{}-other", walk.owner.subdomain));
    let elsewhere = register(&walk.client, &other).await?;
    let token = sign_in(&walk.client, &other).await?.access;
    let own = Call::get(MEMBERS).bearer(&token);
    let own = walk.client.call(own).await?.expect(StatusCode::OK)?;
    let person = own.at("/items/0/id")?;
    join(walk, &person, &elsewhere).await?;
    let switch = json!({ "tenantId": walk.tenant });
    let switch = Call::post("/api/v1/auth/switch", &switch).bearer(&token);
    walk.client.call(switch).await?.expect(StatusCode::OK)?;

    let place = format!("{MEMBERS}/{person}");
    let role = json!({ "role": "websiteAdmin", "state": "active" });
    walk.change(&place, &role).await?;
    let toggle = Call::new(Method::POST, format!("{place}/toggle_status"));
    for key in ["disable", "disable", "enable"] {
        let toggle = toggle.clone().with("idempotency-key", key);
        walk.ask(StatusCode::OK, toggle).await?;
    }
    sign_in_to(&walk.client, &other, &walk.tenant).await?;
    walk.delete(&place).await?;
    let leave = Call::delete(format!("/api/v1/auth/tenants/{elsewhere}")).bearer(&token);
    let leave = walk.client.call(leave).await?;
    leave
        .expect(StatusCode::CONFLICT)
        .context("the last admin")?;
    Ok(())
}

/// Makes a person of another tenant a member of the walk's: what the table holds of the one
/// membership is put there for the other.
async fn join(walk: &Walk<'_>, person: &str, elsewhere: &str) -> anyhow::Result<()> {
    let stack = walk.scene.stack;
    let table = stack.physical("Table")?;
    for (pk, sk) in [
        (format!("T#{elsewhere}#MEMBERS"), format!("MEMBER#{person}")),
        (format!("PERSON#{person}"), format!("TENANT#{elsewhere}")),
    ] {
        let body = json!({ "TableName": table, "Key": { "pk": { "S": pk }, "sk": { "S": sk } } });
        let found = dynamodb(stack, "GetItem", &body).await?;
        let item = found.get("Item").context("the membership is not there")?;
        let item = item.to_string().replace(elsewhere, &walk.tenant);
        let item: serde_json::Value = serde_json::from_str(&item)?;
        let body = json!({ "TableName": table, "Item": item });
        dynamodb(stack, "PutItem", &body).await?;
    }
    Ok(())
}
