//! What a sabotaged handler asks for under a function's own role, and must not get.
//!
//! It must never ask with more than the role has. Keys are spelled here by hand, because those who
//! make keys refuse to make these.

use anyhow::{Context, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::stack::Stack;
use super::stored::objects;

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

/// What must become of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// The role does not have it.
    Refused,
    /// The function has to do it.
    LetThrough,
    /// The role has it as well, for a tenant that the function does not work for now.
    Beyond,
}

/// One thing that a sabotaged handler asks for.
#[derive(Debug)]
struct Probe {
    name: &'static str,
    function: &'static str,
    order: Order,
    expected: Expected,
}

/// A line for each thing that was asked for: the function, what it is and what became of it.
#[derive(Debug, Default)]
pub struct Asked {
    /// What roles decide.
    pub of_roles: Vec<[String; 3]>,
    /// What roles do not keep apart.
    pub beyond_roles: Vec<[String; 3]>,
}

/// Tries all of them, for a tenant and in sight of another.
pub async fn all(stack: &Stack, program: &[u8], tenant: &str) -> anyhow::Result<Asked> {
    let mut asked = Asked::default();
    let mut sabotaged = Vec::new();
    for probe in probes(stack, tenant).await? {
        if sabotaged.last() != Some(&probe.function) {
            sabotage(stack, probe.function, program).await?;
            sabotaged.push(probe.function);
        }
        let reply = ask(stack, probe.function, &probe.order).await?;
        let is_refused = reply
            .why
            .as_ref()
            .is_some_and(|why| why.contains("AccessDenied"));
        let must_be_refused = probe.expected == Expected::Refused;
        ensure!(
            is_refused == must_be_refused && is_refused == reply.why.is_some(),
            "{} under {}: {:?}",
            probe.name,
            probe.function,
            reply.why
        );
        let outcome = if is_refused { "refused" } else { "let through" };
        let lines = match probe.expected {
            Expected::Beyond => &mut asked.beyond_roles,
            Expected::Refused | Expected::LetThrough => &mut asked.of_roles,
        };
        lines.push([probe.function, probe.name, outcome].map(str::to_owned));
    }
    for function in sabotaged {
        repair(stack, function).await?;
    }
    Ok(asked)
}

/// Returns what is asked for: each function's own first, where it is let through.
async fn probes(stack: &Stack, tenant: &str) -> anyhow::Result<Vec<Probe>> {
    let Places {
        own: large,
        neighbour,
        neighbours,
    } = Places::find(stack, tenant).await?;
    let (_, file) = large.rsplit_once('/').context("an object has a path")?;
    let own = |kind: &str| Order::Get(format!("T#{tenant}#{kind}"));
    let due = |kind: &str| Order::QueryDue(format!("DUE#{kind}#1#0"));
    let host = || Order::Put("HOST#evil.example".to_owned());
    let subdomain = Order::Put("SUBDOMAIN#evil".to_owned());
    let profile = Order::Put(format!("T#{tenant}#TENANT"));
    let theirs = Order::Get(format!("T#{neighbour}#TENANT"));
    let marker = Order::Object(format!("tenant-{tenant}/.tenant"));
    let beside = Order::Object(format!("other/objects/{file}"));
    let case = |function, name, expected, order| Probe {
        name,
        function,
        order,
        expected,
    };
    let (delivery, relay) = ("DeliveryFunction", "RelayFunction");
    let (content, websites) = ("ContentFunction", "WebsitesFunction");
    let (key, claim) = ("a foreign partition key", "a foreign claim");
    let (no, yes, beyond) = (Expected::Refused, Expected::LetThrough, Expected::Beyond);
    Ok(vec![
        case(delivery, "its own partition key", yes, own("TENANT")),
        case(delivery, key, no, own("AUDIT")),
        case(delivery, claim, no, host()),
        case(delivery, "a scan", no, Order::Scan),
        case(delivery, "another tenant's record", beyond, theirs),
        case(relay, "its own index key", yes, due("outbox")),
        case(relay, "a foreign index key", no, due("schedule")),
        case(relay, key, no, own("TENANT")),
        case(relay, "a scan", no, Order::Scan),
        case(content, "an object", yes, Order::Object(large.clone())),
        case(content, "the tenant's marker", no, marker),
        case(content, "a prefix beside the tenants'", no, beside),
        case(content, claim, no, subdomain),
        case(content, key, no, profile),
        case(content, "a scan", no, Order::Scan),
        case(
            content,
            "another tenant's object",
            beyond,
            Order::Object(neighbours),
        ),
        case(websites, claim, no, host()),
        case(websites, key, no, own("AUDIT")),
        case(websites, "a foreign index key", no, due("outbox")),
        case(websites, "a scan", no, Order::Scan),
    ])
}

/// Where pages of two tenants were kept.
struct Places {
    /// The key of an object of the tenant.
    own: String,
    /// Another tenant.
    neighbour: String,
    /// The key of an object of that one.
    neighbours: String,
}

impl Places {
    /// Finds them in the bucket.
    async fn find(stack: &Stack, tenant: &str) -> anyhow::Result<Self> {
        let found = objects(&stack.account, stack.physical("Bucket")?, "tenant-").await?;
        let (mut own, mut other) = (None, None);
        for object in &found {
            let key = object.get("Key").context("an object without key")?;
            let parts = key
                .strip_prefix("tenant-")
                .and_then(|rest| rest.split_once("/objects/"));
            match parts {
                Some((id, _)) if id == tenant => own = Some(key),
                Some((id, _)) => other = Some((id, key)),
                None => {}
            }
        }
        let (neighbour, neighbours) = other.context("no other tenant has an object")?;
        Ok(Self {
            own: own.context("the tenant has no object")?.clone(),
            neighbour: neighbour.to_owned(),
            neighbours: neighbours.clone(),
        })
    }
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
