//! What a sabotaged handler asks for under a function's own role, and must not get. It must never
//! ask with more than the role has.

use anyhow::{Context, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::stack::{Stack, elements};

/// What the handler is told to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Order {
    /// Read an item of this partition.
    Get(String),
    /// Write an item into this partition.
    Put(String),
    /// Query this partition of the due index.
    QueryDue(String),
    /// Read whatever the table holds.
    Scan,
    /// Read the object under this key.
    Object(String),
}

/// What became of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Reply {
    /// Why it was not done.
    pub why: Option<String>,
}

/// One thing that a sabotaged handler asks for.
#[derive(Debug)]
struct Probe {
    name: &'static str,
    function: &'static str,
    order: Order,
    is_refused: bool,
}

/// Tries all of them; returns a line for each.
pub async fn all(stack: &Stack, program: &[u8], tenant: &str) -> anyhow::Result<Vec<[String; 3]>> {
    let mut lines = Vec::new();
    let mut sabotaged = "";
    for probe in probes(stack, tenant).await? {
        if sabotaged != probe.function {
            sabotage(stack, probe.function, program).await?;
            sabotaged = probe.function;
        }
        let reply = ask(stack, probe.function, &probe.order).await?;
        let is_refused = reply
            .why
            .as_ref()
            .is_some_and(|why| why.contains("AccessDenied"));
        ensure!(
            is_refused == probe.is_refused && is_refused == reply.why.is_some(),
            "{} under {}: {:?}",
            probe.name,
            probe.function,
            reply.why
        );
        let outcome = if is_refused { "refused" } else { "let through" };
        lines.push([probe.function, probe.name, outcome].map(str::to_owned));
    }
    for function in [
        "RelayFunction",
        "ContentFunction",
        "DeliveryFunction",
        "WebsitesFunction",
    ] {
        repair(stack, function).await?;
    }
    Ok(lines)
}

/// Returns what is asked for: each function's own first, where it is let through.
async fn probes(stack: &Stack, tenant: &str) -> anyhow::Result<Vec<Probe>> {
    let large = large_object(stack, tenant).await?;
    let (_, file) = large.rsplit_once('/').context("an object has a path")?;
    let own = |kind: &str| format!("T#{tenant}#{kind}");
    let due = |kind: &str| Order::QueryDue(format!("DUE#{kind}#1#0"));
    let object = |prefix: &str| Order::Object(format!("{prefix}/{file}"));
    let case = |function, name, is_refused, order| Probe {
        name,
        function,
        order,
        is_refused,
    };
    let (delivery, relay) = ("DeliveryFunction", "RelayFunction");
    let (content, websites) = ("ContentFunction", "WebsitesFunction");
    let (key, claim) = ("a foreign partition key", "a foreign claim");
    let host = || Order::Put("HOST#evil.example".to_owned());
    Ok(vec![
        case(
            delivery,
            "its own partition key",
            false,
            Order::Get(own("TENANT")),
        ),
        case(delivery, key, true, Order::Get(own("AUDIT"))),
        case(delivery, claim, true, host()),
        case(delivery, "a scan", true, Order::Scan),
        case(relay, "its own index key", false, due("outbox")),
        case(relay, "a foreign index key", true, due("schedule")),
        case(relay, key, true, Order::Get(own("TENANT"))),
        case(relay, "a scan", true, Order::Scan),
        case(
            content,
            "its own prefix",
            false,
            Order::Object(large.clone()),
        ),
        case(
            content,
            "a neighbour's prefix",
            true,
            Order::Object(format!("tenant-{tenant}/.tenant")),
        ),
        case(
            content,
            "a prefix beside the tenants'",
            true,
            object("other/objects"),
        ),
        case(
            content,
            claim,
            true,
            Order::Put("SUBDOMAIN#evil".to_owned()),
        ),
        case(content, key, true, Order::Put(own("TENANT"))),
        case(content, "a scan", true, Order::Scan),
        case(websites, claim, true, host()),
        case(websites, key, true, Order::Get(own("AUDIT"))),
        case(websites, "a foreign index key", true, due("outbox")),
        case(websites, "a scan", true, Order::Scan),
    ])
}

/// Returns the key of an object that a page of the tenant was kept in.
async fn large_object(stack: &Stack, tenant: &str) -> anyhow::Result<String> {
    let bucket = stack.physical("Bucket")?;
    let path = format!("/{bucket}?list-type=2&prefix=tenant-{tenant}%2Fobjects%2F");
    let request = http::Request::builder()
        .uri(path)
        .body(bytes::Bytes::new())?;
    let answer = stack.account.signed("s3", request).await?;
    let xml = String::from_utf8_lossy(answer.body()).into_owned();
    let objects = elements(&xml, "Contents")?;
    let key = objects.first().and_then(|object| object.get("Key"));
    Ok(key.with_context(|| format!("no object: {xml}"))?.clone())
}

/// Puts the sabotaged handler into a function.
async fn sabotage(stack: &Stack, function: &str, program: &[u8]) -> anyhow::Result<()> {
    let code = json!({ "ZipFile": STANDARD.encode(program) });
    put_code(stack, function, &code).await
}

/// Gives a function its own code back.
async fn repair(stack: &Stack, function: &str) -> anyhow::Result<()> {
    let processed = stack.processed().await?;
    let code = processed.pointer(&format!("/Resources/{function}/Properties/Code"));
    put_code(stack, function, code.context("a function has code")?).await
}

async fn put_code(stack: &Stack, function: &str, code: &Value) -> anyhow::Result<()> {
    let path = format!("/2015-03-31/functions/{}/code", stack.physical(function)?);
    let account = &stack.account;
    account
        .rest("lambda", Method::PUT, &path, Some(code))
        .await?;
    Ok(())
}

async fn ask(stack: &Stack, function: &str, order: &Order) -> anyhow::Result<Reply> {
    let path = format!(
        "/2015-03-31/functions/{}/invocations",
        stack.physical(function)?
    );
    let account = &stack.account;
    let order = serde_json::to_value(order)?;
    let reply = account
        .rest("lambda", Method::POST, &path, Some(&order))
        .await?;
    serde_json::from_value(reply.clone()).with_context(|| format!("the handler answered {reply}"))
}
