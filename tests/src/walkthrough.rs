//! The walkthrough: a tenant signs up, builds a website, publishes it, and a visitor reads it.

mod api_keys;
mod invitations;
mod pages;
mod second_factor;

use anyhow::{Context, bail, ensure};
use http::StatusCode;
use serde_json::{Value, json};

use crate::client::{Call, Client};

pub use self::api_keys::make_api_key;
pub use self::invitations::invite;
pub use self::pages::{make_page, publish};
pub use self::second_factor::{CODE_STEP_S, Phone, begin_sign_in, enroll, give_phone};

/// Looks at something that is under way, at most.
const LOOKS_MAX: usize = 300;

/// Who signs up.
#[derive(Debug, Clone)]
pub struct Owner {
    /// The tenant's name in host names.
    pub subdomain: String,
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: String,
}

impl Owner {
    /// Returns the platform's first operator.
    pub fn operator() -> Self {
        Self {
            subdomain: String::new(),
            email: "operator@platform.example".to_owned(),
            password: "correct horse operator".to_owned(),
        }
    }

    /// Makes an owner whose names all come from `subdomain`.
    pub fn named(subdomain: &str) -> Self {
        Self {
            subdomain: subdomain.to_owned(),
            email: format!("owner@{subdomain}.example"),
            password: format!("correct horse {subdomain}"),
        }
    }

    /// Returns the call that signs them up, with a tenant that is called as in host names.
    pub fn registration(&self) -> Call {
        let body = json!({
            "tenantName": self.subdomain,
            "subdomain": self.subdomain,
            "email": self.email,
            "password": self.password,
        });
        Call::post("/api/v1/auth/register", &body)
    }
}

/// A member's tokens.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
}

/// Registers a tenant and waits until it is made. Returns its id.
pub async fn register(client: &Client<'_>, owner: &Owner) -> anyhow::Result<String> {
    let answer = client.call(owner.registration()).await?;
    let answer = answer.expect(StatusCode::ACCEPTED)?;
    let href = answer.at("/operation/href")?;
    ensure!(
        answer.header("location") == href,
        "the location is the operation's address"
    );
    wait(client, Call::get(href)).await?;
    answer.at("/tenantId")
}

/// Waits until an operation has ended well.
pub async fn wait(client: &Client<'_>, look: Call) -> anyhow::Result<Value> {
    for _ in 0..LOOKS_MAX {
        let operation = client.call(look.clone()).await?.expect(StatusCode::OK)?;
        match operation.at("/status")?.as_str() {
            "succeeded" => return Ok(operation.json()),
            "failed" => bail!("the operation failed: {}", operation.text()),
            _ => client.rest().await?,
        }
    }
    bail!("the operation did not end")
}

/// Signs in.
pub async fn sign_in(client: &Client<'_>, owner: &Owner) -> anyhow::Result<Tokens> {
    let body = json!({ "email": owner.email, "password": owner.password });
    tokens(client, &body).await
}

/// Signs in to one of several tenants.
pub async fn sign_in_to(
    client: &Client<'_>,
    owner: &Owner,
    tenant: &str,
) -> anyhow::Result<Tokens> {
    let body = json!({ "email": owner.email, "password": owner.password, "tenantId": tenant });
    tokens(client, &body).await
}

async fn tokens(client: &Client<'_>, body: &Value) -> anyhow::Result<Tokens> {
    let answer = client.call(Call::post("/api/v1/auth/login", body)).await?;
    let answer = answer.expect(StatusCode::OK)?;
    ensure!(answer.json().pointer("/expiresIn") == Some(&json!(900)));
    ensure!(answer.at("/tokenType")? == "Bearer");
    Ok(Tokens {
        access: answer.at("/accessToken")?,
        refresh: answer.at("/refreshToken")?,
    })
}

/// Makes a website and waits until visitors can read it. Returns its address in the API.
pub async fn make_website(
    client: &Client<'_>,
    token: &str,
    subdomain: &str,
) -> anyhow::Result<String> {
    let body = json!({ "name": subdomain, "subdomain": subdomain });
    let call = Call::post("/api/v1/websites", &body).bearer(token);
    let answer = client.call(call).await?.expect(StatusCode::ACCEPTED)?;
    let id = answer.at("/id")?;
    let href = answer.at("/operation/href")?;
    wait(client, Call::get(href).bearer(token)).await?;
    let website = format!("/api/v1/websites/{id}");
    let active = client
        .call(Call::get(&website).bearer(token))
        .await?
        .expect(StatusCode::OK)?;
    ensure!(
        active.at("/status")? == "Active",
        "the website is {}",
        active.text()
    );
    Ok(website)
}

/// Walks the whole path once, with its negatives.
pub async fn walk(client: &Client<'_>, owner: &Owner) -> anyhow::Result<()> {
    register(client, owner).await.context("register")?;
    let tokens = sign_in(client, owner).await.context("sign in")?;
    let token = tokens.access.as_str();
    let website = make_website(client, token, "handbook")
        .await
        .context("make a website")?;
    let page = make_page(client, token, &website, "welcome", "Hello, **world**.").await?;
    let host = format!("handbook.{}.localhost", owner.subdomain);
    let before = client.visit(&host, "/welcome").await?;
    ensure!(
        before.status == StatusCode::NOT_FOUND,
        "a draft is not public"
    );
    let first = publish(client, token, &page).await.context("publish")?;
    read(client, &host, &owner.subdomain)
        .await
        .context("read")?;
    swap_theme(client, token, &website)
        .await
        .context("swap the theme")?;
    go_back(client, token, &website, &first)
        .await
        .context("go back")?;
    refuse(client, owner, &website).await.context("refuse")?;
    sign_out(client, &tokens).await.context("sign out")?;
    end_sign_ins(client, owner).await.context("end sign-ins")
}

async fn read(client: &Client<'_>, host: &str, tenant: &str) -> anyhow::Result<()> {
    let answer = visit_fresh(client, host, "/welcome", StatusCode::OK).await?;
    let html = answer.text();
    for part in [
        "<strong>world</strong>",
        "<title>",
        "og:title",
        "rel=\"canonical\"",
        "About welcome",
    ] {
        ensure!(html.contains(part), "`{part}` is missing in {html}");
    }
    let etag = answer.header("etag").to_owned();
    let call = Call::get("/welcome").with("if-none-match", &*etag);
    let again = client.visit_with(host, call).await?;
    ensure!(
        again.status == StatusCode::NOT_MODIFIED,
        "the same page is {}",
        again.status
    );
    let wildcard = client
        .visit(&format!("handbook--{tenant}.localhost"), "/welcome")
        .await?;
    ensure!(
        wildcard.status == StatusCode::OK,
        "the wildcard host answers {}",
        wildcard.status
    );
    let unknown = client.visit("nothing.nobody.localhost", "/").await?;
    ensure!(unknown.status == StatusCode::NOT_FOUND && !unknown.text().contains(tenant));
    Ok(())
}

/// Visits a page until it has the status that is on its way: the edge forgets after the purge.
pub async fn visit_fresh(
    client: &Client<'_>,
    host: &str,
    path: &str,
    status: StatusCode,
) -> anyhow::Result<crate::client::Answer> {
    for _ in 0..LOOKS_MAX {
        let answer = client.visit(host, path).await?;
        if answer.status == status {
            return Ok(answer);
        }
        client.rest().await?;
    }
    bail!("`{host}{path}` never answered {status}")
}

async fn swap_theme(client: &Client<'_>, token: &str, website: &str) -> anyhow::Result<()> {
    let path = format!("{website}/theme");
    let current = client
        .call(Call::get(&path).bearer(token))
        .await?
        .expect(StatusCode::OK)?;
    let body = json!({ "themeId": "journal", "settings": {} });
    let call = Call::put(&path, &body)
        .bearer(token)
        .if_match(current.header("etag"));
    let swapped = client.call(call).await?.expect(StatusCode::OK)?;
    ensure!(
        swapped.at("/themeId")? == "journal",
        "the theme is {}",
        swapped.text()
    );
    Ok(())
}

async fn go_back(
    client: &Client<'_>,
    token: &str,
    website: &str,
    first: &str,
) -> anyhow::Result<()> {
    let releases = format!("{website}/releases");
    let list = client
        .call(Call::get(&releases).bearer(token))
        .await?
        .expect(StatusCode::OK)?;
    let list = list.json();
    let live = list
        .pointer("/items")
        .and_then(Value::as_array)
        .and_then(|releases| {
            releases
                .iter()
                .find(|release| release.get("isLive") == Some(&json!(true)))
        })
        .and_then(|release| release.get("id")?.as_str())
        .context("no release is live")?;
    ensure!(live != first, "the theme's release is live");
    let path = format!("{releases}/{first}/diff/{live}");
    let diff = client
        .call(Call::get(path).bearer(token))
        .await?
        .expect(StatusCode::OK)?;
    ensure!(
        diff.json().pointer("/theme") == Some(&json!(true)),
        "the diff is {}",
        diff.text()
    );
    let path = format!("{releases}/{first}/preview");
    let call = Call::new(http::Method::POST, path).bearer(token);
    let preview = client.call(call).await?.expect(StatusCode::CREATED)?;
    let url: http::Uri = preview.at("/url")?.parse()?;
    let host = url.host().context("a preview has a host")?;
    let page = client
        .visit(host, &format!("{}welcome", url.path()))
        .await?;
    ensure!(page.status == StatusCode::OK && page.header("cache-control").contains("no-store"));
    for _ in 0..2 {
        let path = format!("{releases}/{first}/activate");
        let call = Call::new(http::Method::POST, path).bearer(token);
        client.call(call).await?.expect(StatusCode::OK)?;
    }
    Ok(())
}

async fn refuse(client: &Client<'_>, owner: &Owner, website: &str) -> anyhow::Result<()> {
    let nobody = client
        .call(Call::get(website))
        .await?
        .expect(StatusCode::UNAUTHORIZED)?;
    ensure!(
        nobody.problem() == "unauthenticated",
        "the problem is {}",
        nobody.text()
    );
    let forged = client
        .call(Call::get(website).bearer("e30.e30.e30"))
        .await?;
    forged.expect(StatusCode::UNAUTHORIZED)?;
    let body = json!({ "email": owner.email, "password": "not the password" });
    let wrong = client.call(Call::post("/api/v1/auth/login", &body)).await?;
    let wrong = wrong.expect(StatusCode::UNAUTHORIZED)?;
    ensure!(
        wrong.problem() == "invalid_credentials",
        "the problem is {}",
        wrong.text()
    );
    let token = sign_in(client, owner).await?.access;
    let body = json!({ "name": "x", "subdomain": "Not A Label", "extra": 1 });
    let bad = client
        .call(Call::post("/api/v1/websites", &body).bearer(&token))
        .await?;
    let bad = bad.expect(StatusCode::UNPROCESSABLE_ENTITY)?;
    ensure!(
        bad.problem() == "validation_failed",
        "the problem is {}",
        bad.text()
    );
    let missing = "/api/v1/websites/01890a5d-ac96-774b-bcce-b302099a8057";
    client
        .call(Call::get(missing).bearer(&token))
        .await?
        .expect(StatusCode::NOT_FOUND)?;
    Ok(())
}

/// Has a person sign in twice, end the one sign-in from the other, and then sign out everywhere.
pub async fn end_sign_ins(client: &Client<'_>, person: &Owner) -> anyhow::Result<()> {
    const SESSIONS: &str = "/api/v1/auth/sessions";
    let elsewhere = sign_in(client, person).await?.access;
    let here = sign_in(client, person).await?.access;
    let look = Call::get(SESSIONS).bearer(&elsewhere);
    let sessions = client.call(look).await?.expect(StatusCode::OK)?.json();
    let sessions = sessions.pointer("/items").and_then(Value::as_array);
    let is_current = |session: &&Value| session.pointer("/isCurrent") == Some(&json!(true));
    let current = sessions.and_then(|sessions| sessions.iter().find(is_current));
    let id = current.and_then(|session| session.pointer("/id")?.as_str());
    let id = id.context("the sign-in is not in the list")?;
    for path in [format!("{SESSIONS}/{id}"), SESSIONS.to_owned()] {
        let end = Call::delete(path).bearer(&here);
        client.call(end).await?.expect(StatusCode::NO_CONTENT)?;
    }
    for over in [elsewhere, here] {
        let look = Call::get(SESSIONS).bearer(&over);
        client.call(look).await?.expect(StatusCode::UNAUTHORIZED)?;
    }
    Ok(())
}

async fn sign_out(client: &Client<'_>, tokens: &Tokens) -> anyhow::Result<()> {
    let body = json!({ "refreshToken": tokens.refresh });
    let answer = client
        .call(Call::post("/api/v1/auth/refresh", &body))
        .await?;
    let next = answer.expect(StatusCode::OK)?.at("/refreshToken")?;
    let body = json!({ "refreshToken": next });
    client
        .call(Call::post("/api/v1/auth/logout", &body))
        .await?
        .expect(StatusCode::NO_CONTENT)?;
    let answer = client
        .call(Call::post("/api/v1/auth/refresh", &body))
        .await?;
    answer.expect(StatusCode::UNAUTHORIZED)?;
    Ok(())
}
