//! Recorded events of visitors, sent to their function under AWS's own emulator of the runtime
//! interface. It must never know how they are answered.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use super::account::Account;
use super::stack::Stack;
use crate::client::{Call, Client};
use crate::walkthrough::{self, Owner, publish, register, sign_in};

/// Looks at the outbox until what was made must have left it, at most.
const LOOKS_MAX: usize = 600;

/// The recorded events of visitors, with the status that answers each where the website is there.
pub const VISITS: [(&str, u16); 13] = [
    ("home", 200),
    ("method_not_allowed", 405),
    ("no_host", 404),
    (PAGE, 200),
    ("page_by_wildcard_host", 200),
    ("page_head", 200),
    ("page_not_found", 404),
    ("page_not_modified", 304),
    ("page_with_final_slash", 308),
    ("preview_over", 404),
    ("sitemap", 200),
    ("theme_file", 307),
    ("unknown_host", 404),
];

/// The event whose answer shows the version that another knows.
const PAGE: &str = "page";

/// The website that they are about, with its pages.
const TENANT: &str = "demo";
const WEBSITE: &str = "docs";
const PAGES: [(&str, &str); 2] = [("", "Home"), ("concepts", "Concepts")];

/// Where the runtime interface takes events.
const INVOKE: &str = "/2015-03-31/functions/function/invocations";

/// Returns the variables that a function has, a line for each.
pub async fn environment(stack: &Stack, function: &str) -> anyhow::Result<Vec<String>> {
    let path = format!(
        "/2015-03-31/functions/{}/configuration",
        stack.physical(function)?
    );
    let account = &stack.account;
    let found = account.rest("lambda", Method::GET, &path, None).await?;
    let variables = found
        .pointer("/Environment/Variables")
        .and_then(Value::as_object);
    let lines = variables.context("a function has variables")?.iter();
    let lines = lines.filter_map(|(name, value)| Some(format!("{name}={}", value.as_str()?)));
    Ok(lines.collect())
}

/// Makes the website that the recorded events are about, where there is none, and waits until all that
/// it caused has left the table.
pub async fn make_website(stack: &Stack, client: &Client<'_>) -> anyhow::Result<()> {
    let owner = Owner::named(TENANT);
    if sign_in(client, &owner).await.is_ok() {
        return Ok(());
    }
    let tenant = register(client, &owner).await?;
    let token = sign_in(client, &owner).await?.access;
    let website = walkthrough::make_website(client, &token, WEBSITE).await?;
    let pages = format!("{website}/pages");
    for (slug, title) in PAGES {
        let content = json!({ "format": "markdown", "value": "Recorded." });
        let page = json!({ "title": title, "slug": slug, "content": content });
        let post = Call::post(&pages, &page).bearer(&token);
        let made = client.call(post).await?.expect(StatusCode::CREATED)?;
        let page = format!("{pages}/{}", made.at("/id")?);
        publish(client, &token, &page).await?;
    }
    for _ in 0..LOOKS_MAX {
        if !has_events(stack, &tenant).await? {
            return Ok(());
        }
        client.rest().await?;
    }
    bail!("events of {tenant} do not leave the outbox")
}

async fn has_events(stack: &Stack, tenant: &str) -> anyhow::Result<bool> {
    let body = json!({
        "TableName": stack.physical("Table")?,
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": { ":pk": { "S": format!("T#{tenant}#OUTBOX") } },
        "ConsistentRead": true,
    });
    let target = "DynamoDB_20120810.Query";
    let found = stack.account.target("dynamodb", target, &body).await?;
    let items = found.get("Items").and_then(Value::as_array);
    Ok(!items.context("no items")?.is_empty())
}

/// Sends the visitors' events to their function, which must answer each with its status; returns a
/// line for each. An event that knows a version of a page is given the one that was answered before.
pub async fn replay(function: &Account, folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        names.insert(entry?.file_name().to_string_lossy().into_owned());
    }
    let known = VISITS.map(|(name, _)| format!("{name}.json"));
    ensure!(
        names == BTreeSet::from(known),
        "recorded are {names:?} in {}",
        folder.display()
    );
    let mut known_tag = None::<String>;
    let mut lines = Vec::new();
    for (name, expected) in VISITS {
        let file = folder.join(format!("{name}.json"));
        let mut event: Value = serde_json::from_slice(&std::fs::read(&file)?)?;
        if let Some(tag) = event.pointer_mut("/headers/if-none-match") {
            let known = known_tag.as_ref().context("no page was answered before")?;
            *tag = json!(format!("W/{known}"));
        }
        let request = Request::builder()
            .method(Method::POST)
            .uri(INVOKE)
            .body(Bytes::from(event.to_string()))?;
        let answer = function.plain(request).await?;
        let text = String::from_utf8_lossy(answer.body()).into_owned();
        ensure!(answer.status().is_success(), "{name}: {text}");
        let answer: Value = serde_json::from_str(&text).with_context(|| name.to_owned())?;
        let status = answer.get("statusCode").and_then(Value::as_u64);
        ensure!(
            status == Some(u64::from(expected)),
            "{name} must be answered with {expected}: {text}"
        );
        if name == PAGE {
            let tag = answer.pointer("/headers/etag").and_then(Value::as_str);
            known_tag = tag.map(str::to_owned);
        }
        lines.push(format!("{name:36} {expected}"));
    }
    Ok(lines)
}
