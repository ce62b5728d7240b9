//! What leaves the table: events on their way to the network, and those that a sweep has to find.
//! It must never know who caused them.

use anyhow::{Context, bail, ensure};
use http::{Method, StatusCode};
use jiff::SignedDuration;
use kernel::{Clock, SystemClock};
use serde_json::{Value, json};

use super::super::stack::{Stack, elements};
use super::super::stored::items;
use super::{LOOKS_MAX, Walk};
use crate::client::{Call, Client};
use crate::walkthrough::{Owner, sign_in};

/// The minutes that the events are put back by, one place of the due index for each: those that no
/// sweep has left behind.
const MINUTES_BACK: [i64; 2] = [2, 1];

/// The minutes that the last sweep's note is put back by: before those of the events.
const TURNED_BACK: i64 = 4;

/// Events of the outbox that never left, as they stand in the table.
#[derive(Debug, Clone)]
pub struct Overdue {
    items: Vec<Value>,
}

/// Waits until what the walk published was purged from the network.
pub(super) async fn purged(walk: &Walk<'_>) -> anyhow::Result<()> {
    let stack = walk.scene.stack;
    let path = format!(
        "/2020-05-31/distribution/{}/invalidation",
        stack.physical("Distribution")?
    );
    let before = invalidations(stack, &path).await?;
    let library = &walk.scene.library;
    let token = sign_in(&walk.client, &library.owner).await?.access;
    let theme = format!("{}/theme", library.website);
    let current = walk.client.call(Call::get(&theme).bearer(&token)).await?;
    let current = current.expect(StatusCode::OK)?;
    let other = if current.at("/themeId")? == "journal" {
        "atlas"
    } else {
        "journal"
    };
    let put = Call::put(&theme, &json!({ "themeId": other, "settings": {} }));
    let put = put.bearer(&token).if_match(current.header("etag"));
    walk.client.call(put).await?.expect(StatusCode::OK)?;
    for _ in 0..LOOKS_MAX {
        if invalidations(stack, &path).await? > before {
            return Ok(());
        }
        walk.client.rest().await?;
    }
    bail!("nothing was purged")
}

async fn invalidations(stack: &Stack, path: &str) -> anyhow::Result<usize> {
    let request = http::Request::builder()
        .uri(path)
        .body(bytes::Bytes::new())?;
    let answer = stack.account.signed("cloudfront", request).await?;
    let xml = String::from_utf8_lossy(answer.body()).into_owned();
    ensure!(answer.status().is_success(), "{xml}");
    Ok(elements(&xml, "InvalidationSummary")?.len())
}

/// Puts overdue events into the table while the stream is not followed, and has them swept up.
pub(super) async fn swept(walk: &Walk<'_>) -> anyhow::Result<()> {
    let stack = walk.scene.stack;
    follow(stack, false).await?;
    let swept = sweep(walk).await;
    follow(stack, true).await?;
    swept
}

async fn sweep(walk: &Walk<'_>) -> anyhow::Result<()> {
    let stack = walk.scene.stack;
    turn_back(stack).await?;
    for (number, item) in walk.scene.overdue.items.iter().enumerate() {
        let item = put_back(number, item)?;
        let body = json!({ "TableName": stack.physical("Table")?, "Item": item });
        dynamodb(stack, "PutItem", &body).await?;
    }
    let function = stack.physical("RelayFunction")?;
    let path = format!("/2015-03-31/functions/{function}/invocations");
    let request = http::Request::builder()
        .method(Method::POST)
        .uri(path)
        .body(bytes::Bytes::from_static(br#"{"kind":"sweep"}"#))?;
    let answer = stack.account.signed("lambda", request).await?;
    let text = String::from_utf8_lossy(answer.body()).into_owned();
    let is_error = answer.headers().contains_key("x-amz-function-error");
    ensure!(answer.status().is_success() && !is_error, "{text}");
    for item in &walk.scene.overdue.items {
        ensure!(!is_there(stack, item).await?, "an overdue event was left");
    }
    Ok(())
}

/// Turns the last sweep's note back, so that there is something to note again. Where no sweep ever
/// was there is no note.
async fn turn_back(stack: &Stack) -> anyhow::Result<()> {
    let minute = SystemClock.now().as_second().div_euclid(60) - TURNED_BACK;
    let body = json!({
        "TableName": stack.physical("Table")?,
        "Key": { "pk": { "S": "SWEEP#outbox" }, "sk": { "S": "POSITION" } },
        "ConditionExpression": "attribute_exists(pk)",
        "UpdateExpression": "SET #minute = :minute REMOVE #place",
        "ExpressionAttributeNames": { "#minute": "minute", "#place": "place" },
        "ExpressionAttributeValues": { ":minute": { "N": minute.to_string() } },
    });
    match dynamodb(stack, "UpdateItem", &body).await {
        Err(error) if !format!("{error:#}").contains("ConditionalCheckFailed") => Err(error),
        _ => Ok(()),
    }
}

async fn is_there(stack: &Stack, item: &Value) -> anyhow::Result<bool> {
    let part = |name: &str| item.get(name).cloned().unwrap_or_default();
    let body = json!({
        "TableName": stack.physical("Table")?,
        "Key": { "pk": part("pk"), "sk": part("sk") },
        "ConsistentRead": true,
    });
    let found = dynamodb(stack, "GetItem", &body).await?;
    Ok(found.get("Item").is_some())
}

/// Has the relay follow the table's stream, or not.
async fn follow(stack: &Stack, is_on: bool) -> anyhow::Result<()> {
    let function = stack.physical("RelayFunction")?;
    let path = format!("/2015-03-31/event-source-mappings/?FunctionName={function}");
    let account = &stack.account;
    let list = account.rest("lambda", Method::GET, &path, None).await?;
    let id = list.pointer("/EventSourceMappings/0/UUID");
    let id = id
        .and_then(Value::as_str)
        .context("the relay follows nothing")?;
    let path = format!("/2015-03-31/event-source-mappings/{id}");
    let body = json!({ "Enabled": is_on });
    account
        .rest("lambda", Method::PUT, &path, Some(&body))
        .await?;
    Ok(())
}

/// Makes events that never left: tenants sign up while nobody follows the stream.
pub async fn make_overdue(
    stack: &Stack,
    client: &Client<'_>,
    name: &str,
) -> anyhow::Result<Overdue> {
    follow(stack, false).await?;
    for part in ["one", "two", "three"] {
        let owner = Owner::named(&format!("{name}-{part}"));
        let post = owner.registration();
        client.call(post).await?.expect(StatusCode::ACCEPTED)?;
    }
    let mut items = items(stack).await?;
    items.retain(|item| item.pointer("/entity/S") == Some(&json!("outbox")));
    follow(stack, true).await?;
    ensure!(items.len() >= 3, "{} events wait", items.len());
    Ok(Overdue { items })
}

/// Lets an event have fallen due some minutes ago: one alone at its place of the due index, the
/// others together at theirs, so that a sweep reads in both ways.
fn put_back(number: usize, item: &Value) -> anyhow::Result<Value> {
    let back = MINUTES_BACK.get(usize::from(number > 0));
    let due = SystemClock.now() - SignedDuration::from_mins(*back.context("no minute")?);
    let id = item.pointer("/dueSk/S").and_then(Value::as_str);
    let (_, id) = id
        .and_then(|line| line.split_once('-'))
        .context("no line")?;
    let (minute, line) = (due.as_second().div_euclid(60), due.as_millisecond());
    let mut item = item.clone();
    for (name, value) in [
        ("duePk", format!("DUE#outbox#{minute}#0")),
        ("dueSk", format!("{line:015}-{id}")),
    ] {
        let attribute = item.pointer_mut(&format!("/{name}/S"));
        *attribute.with_context(|| format!("no `{name}`"))? = json!(value);
    }
    Ok(item)
}

/// Calls the table's service as the account's owner.
pub(super) async fn dynamodb(stack: &Stack, action: &str, body: &Value) -> anyhow::Result<Value> {
    let target = format!("DynamoDB_20120810.{action}");
    stack.account.target("dynamodb", &target, body).await
}
