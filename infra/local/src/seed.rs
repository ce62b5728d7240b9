//! The first start's content: an operator, and a demo tenant whose website is this product's own
//! documentation. It goes through the public API only, as any customer would.

mod api;
mod site;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use http::{Method, StatusCode};
use kernel::{Entropy, chance, text};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use api::{Answer, FrontDoor};
use site::Site;

/// Who can sign in after the first start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Accounts {
    /// The operator.
    pub operator: Account,
    /// The demo tenant's admin.
    pub demo: Account,
    /// Whether the demo website is complete.
    pub is_complete: bool,
}

/// An e-mail address and a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Account {
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: String,
}

/// The demo tenant's name in host names.
pub const TENANT: &str = "demo";

/// The demo website's name in host names.
pub const WEBSITE: &str = "docs";

/// Where operators find tenants.
const TENANTS: &str = "/api/v1/admin/tenants";

/// Where the accounts are kept, in the data folder.
const ACCOUNTS_FILE: &str = "accounts.json";

/// How long an operation may take, in polls of [`POLL`].
const POLLS_MAX: usize = 600;

/// Time between two looks at an operation.
const POLL: Duration = Duration::from_millis(100);

/// Seeds the platform behind `door`, unless that was done before.
///
/// What a start that was cut off had done is not done again. `tree` is the folder with the documentation; `data` the folder in
/// which the accounts are kept; `bootstrap_token` makes the first operator.
pub async fn seed(
    door: &dyn FrontDoor,
    tree: &Path,
    data: &Path,
    bootstrap_token: &str,
    entropy: &dyn Entropy,
) -> anyhow::Result<Accounts> {
    let mut accounts = accounts(data, entropy)?;
    if accounts.is_complete {
        return Ok(accounts);
    }
    make_operator(door, bootstrap_token, &accounts.operator).await?;
    register(door, &accounts.demo).await?;
    let token = sign_in(door, &accounts.demo).await?;
    let operator = sign_in(door, &accounts.operator).await?;
    raise(door, &operator).await?;
    let website = make_website(door, &token).await?;
    let site = Site::read(tree)?;
    for page in &site.pages {
        publish(door, &token, &website, page).await?;
    }
    configure(door, &token, &website, &site).await?;
    accounts.is_complete = true;
    write_accounts(data, &accounts)?;
    Ok(accounts)
}

/// Reads the accounts, or makes and keeps new ones: kept before they are used, so that a start
/// that is cut off locks nobody out.
fn accounts(data: &Path, entropy: &dyn Entropy) -> anyhow::Result<Accounts> {
    let path = accounts_file(data);
    match std::fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .with_context(|| format!("`{}` cannot be read", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let account = |email: &str| Account {
                email: email.to_owned(),
                password: text::to_hex(&chance::random::<8>(entropy)),
            };
            let accounts = Accounts {
                operator: account("operator@hotswap.example"),
                demo: account("demo@hotswap.example"),
                is_complete: false,
            };
            write_accounts(data, &accounts)?;
            Ok(accounts)
        }
        Err(error) => Err(error).with_context(|| format!("`{}` cannot be read", path.display())),
    }
}

fn write_accounts(data: &Path, accounts: &Accounts) -> anyhow::Result<()> {
    std::fs::create_dir_all(data)?;
    let path = accounts_file(data);
    let draft = path.with_extension("draft");
    std::fs::write(&draft, serde_json::to_vec_pretty(accounts)?)?;
    std::fs::rename(&draft, &path).with_context(|| format!("cannot write `{}`", path.display()))
}

fn accounts_file(data: &Path) -> PathBuf {
    data.join(ACCOUNTS_FILE)
}

async fn make_operator(
    door: &dyn FrontDoor,
    bootstrap_token: &str,
    operator: &Account,
) -> anyhow::Result<()> {
    let body = json!({
        "bootstrapToken": bootstrap_token,
        "email": operator.email,
        "password": operator.password,
    });
    let answer = api::call(
        door,
        Method::POST,
        "/api/v1/auth/bootstrap",
        None,
        Some(body),
    )
    .await?;
    answer.expect(&[StatusCode::CREATED, StatusCode::CONFLICT])?;
    Ok(())
}

async fn register(door: &dyn FrontDoor, demo: &Account) -> anyhow::Result<()> {
    let body = json!({
        "tenantName": "Demo",
        "subdomain": TENANT,
        "email": demo.email,
        "password": demo.password,
    });
    let answer = api::call(
        door,
        Method::POST,
        "/api/v1/auth/register",
        None,
        Some(body),
    )
    .await?;
    let answer = answer.expect(&[StatusCode::ACCEPTED, StatusCode::CONFLICT])?;
    match answer.text("/operation/href") {
        Some(href) => wait(door, None, &href).await,
        None => Ok(()),
    }
}

async fn sign_in(door: &dyn FrontDoor, account: &Account) -> anyhow::Result<String> {
    let body = json!({ "email": account.email, "password": account.password });
    // A registration that was cut off may still be on its way.
    for _ in 0..POLLS_MAX {
        let answer = api::call(
            door,
            Method::POST,
            "/api/v1/auth/login",
            None,
            Some(body.clone()),
        )
        .await?;
        if let Some(token) = answer.text("/accessToken") {
            return Ok(token);
        }
        answer.expect(&[StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN])?;
        tokio::time::sleep(POLL).await;
    }
    bail!("`{}` cannot sign in", account.email)
}

/// Gives the demo tenant the largest tier, so that nothing is refused for its tier: before it asks for anything, since
/// what tier a tenant has is known for a while.
async fn raise(door: &dyn FrontDoor, operator: &str) -> anyhow::Result<()> {
    let path = format!("{TENANTS}?q={TENANT}");
    let found = api::call(door, Method::GET, &path, Some(operator), None).await?;
    let found = found.expect(&[StatusCode::OK])?;
    let tenants = found.body.pointer("/items").and_then(Value::as_array);
    let is_demo = |tenant: &&Value| tenant.pointer("/subdomain") == Some(&json!(TENANT));
    let demo = tenants.into_iter().flatten().find(is_demo);
    let id = demo.and_then(|demo| demo.pointer("/id")?.as_str());
    let path = format!("{TENANTS}/{}/tier", id.context("there is no demo tenant")?);
    let body = json!({ "tier": "Enterprise" });
    let raised = api::call(door, Method::PUT, &path, Some(operator), Some(body)).await?;
    raised.expect(&[StatusCode::OK])?;
    Ok(())
}

async fn make_website(door: &dyn FrontDoor, token: &str) -> anyhow::Result<String> {
    let body = json!({ "name": "HotSwap", "subdomain": WEBSITE });
    let made = api::call(
        door,
        Method::POST,
        "/api/v1/websites",
        Some(token),
        Some(body),
    )
    .await?;
    made.expect(&[
        StatusCode::ACCEPTED,
        StatusCode::CREATED,
        StatusCode::CONFLICT,
    ])?;
    for _ in 0..POLLS_MAX {
        let list = api::call(door, Method::GET, "/api/v1/websites", Some(token), None).await?;
        let list = list.expect(&[StatusCode::OK])?;
        if list.text("/items/0/status").as_deref() == Some("Active") {
            let id = list.text("/items/0/id").context("a website has no id")?;
            return Ok(format!("/api/v1/websites/{id}"));
        }
        tokio::time::sleep(POLL).await;
    }
    bail!("the demo website was not made in time")
}

async fn publish(
    door: &dyn FrontDoor,
    token: &str,
    website: &str,
    page: &site::Page,
) -> anyhow::Result<()> {
    let body = json!({
        "title": page.title,
        "slug": page.slug,
        "content": { "format": "markdown", "value": page.markdown },
    });
    let pages = format!("{website}/pages");
    let made = api::call(door, Method::POST, &pages, Some(token), Some(body)).await?;
    let made = made.expect(&[StatusCode::CREATED, StatusCode::CONFLICT])?;
    // A page that is there was made by a start that was cut off, perhaps before it was published.
    let id = match made.text("/id") {
        Some(id) => id,
        None => find_page(door, token, &pages, &page.slug).await?,
    };
    let path = format!("{pages}/{id}/publish");
    api::call(door, Method::POST, &path, Some(token), None)
        .await?
        .expect(&[StatusCode::OK])?;
    Ok(())
}

async fn find_page(
    door: &dyn FrontDoor,
    token: &str,
    pages: &str,
    slug: &str,
) -> anyhow::Result<String> {
    let list = api::call(
        door,
        Method::GET,
        &format!("{pages}?limit=100"),
        Some(token),
        None,
    )
    .await?;
    let list = list.expect(&[StatusCode::OK])?;
    list.body
        .pointer("/items")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .find(|item| item.pointer("/slug").and_then(Value::as_str) == Some(slug))
        .and_then(|item| item.pointer("/id")?.as_str().map(str::to_owned))
        .with_context(|| format!("the page `{slug}` is neither there nor can it be made"))
}

async fn configure(
    door: &dyn FrontDoor,
    token: &str,
    website: &str,
    site: &Site,
) -> anyhow::Result<()> {
    let current = api::call(door, Method::GET, website, Some(token), None).await?;
    let current = current.expect(&[StatusCode::OK])?;
    let body = json!({
        "name": site.name,
        "configuration": {
            "locale": "en",
            "description": "Websites for many tenants, swapped without downtime.",
            "navigation": site.navigation(),
        },
    });
    let etag = current.etag.as_deref();
    let answer =
        api::call_versioned(door, Method::PUT, website, Some(token), Some(body), etag).await?;
    answer.expect(&[StatusCode::OK])?;
    Ok(())
}

/// Waits until an operation has ended well.
async fn wait(door: &dyn FrontDoor, token: Option<&str>, href: &str) -> anyhow::Result<()> {
    for _ in 0..POLLS_MAX {
        let answer = api::call(door, Method::GET, href, token, None).await?;
        let answer = answer.expect(&[StatusCode::OK])?;
        match answer.text("/status").as_deref() {
            Some("succeeded") => return Ok(()),
            Some("failed") => bail!("an operation failed: {}", answer.body),
            _ => tokio::time::sleep(POLL).await,
        }
    }
    bail!("an operation did not end in time: {href}")
}
