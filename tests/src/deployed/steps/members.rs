//! Members of a tenant: invited, found, changed and removed by its admin. It must never know how mail travels.

use anyhow::Context;
use http::{Method, StatusCode};
use serde_json::json;

use super::Walk;
use super::mailbox::{follow, token};
use crate::client::Call;
use crate::walkthrough::{Owner, invite, make_website, register, sign_in, sign_in_to};

const MEMBERS: &str = "/api/v1/tenant/users";

/// Has an admin invite, change and remove a second member, who runs another tenant and goes between the two.
pub(super) async fn all(walk: &Walk<'_>) -> anyhow::Result<()> {
    prove(walk, &walk.owner).await?;
    let other = Owner::named(&format!("{}-other", walk.owner.subdomain));
    let elsewhere = register(&walk.client, &other).await?;
    prove(walk, &other).await?;
    let token = sign_in(&walk.client, &other).await?.access;
    let own = Call::get(MEMBERS).bearer(&token);
    let own = walk.client.call(own).await?.expect(StatusCode::OK)?;
    let person = own.at("/items/0/id")?;
    invitations(walk, &other).await?;
    let switch = json!({ "tenantId": walk.tenant });
    let switch = Call::post("/api/v1/auth/switch", &switch).bearer(&token);
    walk.client.call(switch).await?.expect(StatusCode::OK)?;

    let place = format!("{MEMBERS}/{person}");
    let second = make_website(&walk.client, &walk.token, "second").await?;
    let on = |website: &str| {
        let id = website.rsplit('/').next();
        json!({ "websiteId": id, "role": "contentEditor" })
    };
    let websites = [on(&walk.website), on(&second)];
    let role = json!({ "role": "member", "state": "active", "websites": websites });
    walk.change(&place, &role).await?;
    let editor = sign_in_to(&walk.client, &other, &walk.tenant).await?;
    let list = Call::get("/api/v1/websites").bearer(&editor.access);
    let list = walk.client.call(list).await?.expect(StatusCode::OK)?;
    list.at("/items/1/id")
        .context("the websites of the roles")?;
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

/// Has somebody prove the address.
async fn prove(walk: &Walk<'_>, owner: &Owner) -> anyhow::Result<()> {
    let token = token(walk, &owner.email, "verify").await?;
    follow(walk, "verify", &json!({ "token": token })).await
}

/// Has somebody become a member by a link; and somebody else reminded, and not invited any more.
async fn invitations(walk: &Walk<'_>, other: &Owner) -> anyhow::Result<()> {
    invite(&walk.client, &walk.token, &other.email).await?;
    let link = token(walk, &other.email, "invitation").await?;
    let accept = json!({ "token": link, "password": other.password });
    for (what, body) in [("lookup", json!({ "token": link })), ("accept", accept)] {
        let call = Call::post(format!("/api/v1/auth/invitations/{what}"), &body);
        walk.client.call(call).await?.expect(StatusCode::OK)?;
    }
    let guest = format!("guest@{}.example", walk.owner.subdomain);
    let place = invite(&walk.client, &walk.token, &guest).await?;
    let list = Call::get("/api/v1/tenant/invitations");
    walk.ask(StatusCode::OK, list).await?;
    let resend = Call::new(Method::POST, format!("{place}/resend"));
    walk.ask(StatusCode::OK, resend).await?;
    walk.delete(&place).await
}
