//! What an operator does with tenants. It must never know what tenants do themselves.

use anyhow::{bail, ensure};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{LOOKS_MAX, Scene, Walk};
use crate::client::{Answer, Call, Client};
use crate::walkthrough::{Owner, make_page, make_website, publish, register, sign_in, visit_fresh};

const TENANTS: &str = "/api/v1/admin/tenants";

/// Lists, makes, changes, suspends, activates and deletes tenants.
pub(super) async fn all(walk: &Walk<'_>) -> anyhow::Result<()> {
    let operator = Operator {
        walk,
        token: sign_in(&walk.client, &walk.scene.operator).await?.access,
    };
    let name = walk.owner.subdomain.as_str();
    for path in [
        format!("{TENANTS}?status=Active&q=a&limit=1"),
        format!("{TENANTS}/subdomain/{name}"),
    ] {
        operator.ask(StatusCode::OK, Call::get(path)).await?;
    }
    operator.make(&format!("{name}-made")).await?;
    let tenant = format!("{TENANTS}/{}", walk.tenant);
    operator.change(&tenant, &json!({ "name": "Zeta" })).await?;
    operator.suspend(&tenant).await?;
    let read = operator.ask(StatusCode::OK, Call::get(&tenant)).await?;
    let delete = Call::delete(&tenant).if_match(read.header("etag"));
    operator.ask(StatusCode::OK, delete).await?;
    Ok(())
}

/// Gives the tenant room for more websites.
pub(super) async fn grow(walk: &Walk<'_>) -> anyhow::Result<()> {
    let token = sign_in(&walk.client, &walk.scene.operator).await?.access;
    let operator = Operator { walk, token };
    let tenant = format!("{TENANTS}/{}", walk.tenant);
    let read = operator.ask(StatusCode::OK, Call::get(&tenant)).await?;
    let put = Call::put(format!("{tenant}/tier"), &json!({ "tier": "Enterprise" }));
    let put = put.if_match(read.header("etag"));
    operator.ask(StatusCode::OK, put).await?;
    Ok(())
}

struct Operator<'a> {
    walk: &'a Walk<'a>,
    token: String,
}

impl Operator<'_> {
    async fn ask(&self, status: StatusCode, call: Call) -> anyhow::Result<Answer> {
        let answer = self.walk.client.call(call.bearer(&self.token)).await?;
        answer.expect(status)
    }

    async fn change(&self, path: &str, body: &Value) -> anyhow::Result<()> {
        let read = self.ask(StatusCode::OK, Call::get(path)).await?;
        let put = Call::put(path, body).if_match(read.header("etag"));
        self.ask(StatusCode::OK, put).await?;
        Ok(())
    }

    /// Makes a tenant for a person who is new, twice under one key.
    async fn make(&self, subdomain: &str) -> anyhow::Result<()> {
        let owner = Owner::named(subdomain);
        let body = json!({
            "name": subdomain,
            "subdomain": subdomain,
            "adminEmail": owner.email,
            "adminPassword": owner.password,
        });
        let post = Call::post(TENANTS, &body).with("idempotency-key", subdomain);
        let first = self.ask(StatusCode::ACCEPTED, post.clone()).await?;
        // What was under way may be done by now.
        let again = self.walk.client.call(post.bearer(&self.token)).await?;
        ensure!(again.status.is_success(), "repeated: {}", again.text());
        ensure!(
            first.at("/tenantId")? == again.at("/tenantId")?,
            "something else was made"
        );
        super::wait_as(
            &self.walk.client,
            &self.token,
            &first.at("/operation/href")?,
        )
        .await
    }

    /// Suspends the tenant and activates it again, each twice under one key.
    async fn suspend(&self, tenant: &str) -> anyhow::Result<()> {
        let suspend = Call::post(format!("{tenant}/suspend"), &json!({ "reason": "unpaid" }));
        let activate = Call::new(Method::POST, format!("{tenant}/activate"));
        for (call, key) in [(suspend, "suspend"), (activate, "activate")] {
            let call = call.with("idempotency-key", key);
            self.ask(StatusCode::OK, call.clone()).await?;
            self.ask(StatusCode::OK, call).await?;
        }
        Ok(())
    }
}

/// Suspends a new tenant and waits until its members and its visitors are turned away, and until
/// they are let in again. It takes as long as environments may know a status.
pub async fn suspended(scene: &Scene<'_>, name: &str) -> anyhow::Result<()> {
    let client = scene.front.client();
    let owner = Owner::named(name);
    let tenant = register(&client, &owner).await?;
    let token = sign_in(&client, &owner).await?.access;
    let website = make_website(&client, &token, "main").await?;
    let page = make_page(&client, &token, &website, "page", "A page.").await?;
    publish(&client, &token, &page).await?;
    let host = format!("main.{name}.localhost");
    visit_fresh(&client, &host, "/page", StatusCode::OK).await?;
    let operator = sign_in(&client, &scene.operator).await?.access;
    let tenant = format!("{TENANTS}/{tenant}");
    let suspend = Call::post(format!("{tenant}/suspend"), &json!({ "reason": "unpaid" }));
    let answer = client.call(suspend.bearer(&operator)).await?;
    answer.expect(StatusCode::OK)?;
    visit_fresh(&client, &host, "/page", StatusCode::SERVICE_UNAVAILABLE).await?;
    member(&client, &website, &token, StatusCode::FORBIDDEN).await?;
    let activate = Call::new(Method::POST, format!("{tenant}/activate"));
    let answer = client.call(activate.bearer(&operator)).await?;
    answer.expect(StatusCode::OK)?;
    visit_fresh(&client, &host, "/page", StatusCode::OK).await?;
    member(&client, &website, &token, StatusCode::OK).await
}

/// Asks as a member until the answer has a status.
async fn member(
    client: &Client<'_>,
    website: &str,
    token: &str,
    status: StatusCode,
) -> anyhow::Result<()> {
    for _ in 0..LOOKS_MAX {
        let answer = client.call(Call::get(website).bearer(token)).await?;
        if answer.status == status {
            return Ok(());
        }
        client.rest().await?;
    }
    bail!("a member was never answered {status}")
}
