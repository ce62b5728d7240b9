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

const FOREIGN_KEY: &str = "a foreign partition key";
const FOREIGN_CLAIM: &str = "a foreign claim";
const ANOTHERS_RECORD: &str = "another tenant's record";

/// What the handler is told to do, and as whom.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Order {
    /// The tenant in a session for whom it is done; without one, the function does it as itself.
    pub tenant: Option<String>,
    /// What is done.
    pub deed: Deed,
}

/// What a handler can be told to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Deed {
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
    let places = Places::find(stack, tenant).await?;
    let mut probes = of_all_tenants(tenant, &places);
    probes.extend(of_one_tenant(tenant, places)?);
    Ok(probes)
}

/// Who reads for visitors and who takes up what happened acts for all tenants, in no session.
fn of_all_tenants(tenant: &str, places: &Places) -> Vec<Probe> {
    let (no, yes, beyond) = (Expected::Refused, Expected::LetThrough, Expected::Beyond);
    let case = |function, name, expected, deed| Probe {
        name,
        function,
        expected,
        order: Order { tenant: None, deed },
    };
    let delivery = |name, expected, deed| case("DeliveryFunction", name, expected, deed);
    let relay = |name, expected, deed| case("RelayFunction", name, expected, deed);
    let neighbours = record(&places.neighbour, "TENANT");
    vec![
        delivery("its own partition key", yes, record(tenant, "TENANT")),
        delivery(FOREIGN_KEY, no, record(tenant, "AUDIT")),
        delivery(FOREIGN_CLAIM, no, claimed("HOST")),
        delivery("a scan", no, Deed::Scan),
        delivery(ANOTHERS_RECORD, beyond, neighbours),
        relay("its own index key", yes, due("outbox")),
        relay("a foreign index key", no, due("schedule")),
        relay(FOREIGN_KEY, no, record(tenant, "TENANT")),
        relay("a scan", no, Deed::Scan),
    ]
}

/// Who acts for a tenant does so in a session for it, and reaches nothing without one.
fn of_one_tenant(tenant: &str, places: Places) -> anyhow::Result<Vec<Probe>> {
    let (no, yes) = (Expected::Refused, Expected::LetThrough);
    let (_, file) = places
        .own
        .rsplit_once('/')
        .context("an object has a path")?;
    let marker = Deed::Object(format!("tenant-{tenant}/.tenant"));
    let beside = Deed::Object(format!("other/objects/{file}"));
    let tenants_own = Deed::Put(format!("T#{tenant}#TENANT"));
    let case = |function, session: Option<&str>, name, expected, deed| Probe {
        name,
        function,
        expected,
        order: Order {
            tenant: session.map(str::to_owned),
            deed,
        },
    };
    let content =
        |name, expected, deed| case("ContentFunction", Some(tenant), name, expected, deed);
    let in_none = |name, deed| case("ContentFunction", None, name, no, deed);
    let websites =
        |name, expected, deed| case("WebsitesFunction", Some(tenant), name, expected, deed);
    let neighbours = || record(&places.neighbour, "SITES");
    Ok(vec![
        content("its own partition key", yes, record(tenant, "SITES")),
        content(ANOTHERS_RECORD, no, neighbours()),
        content("an object", yes, Deed::Object(places.own.clone())),
        content(
            "another tenant's object",
            no,
            Deed::Object(places.neighbours),
        ),
        content("the tenant's marker", no, marker),
        content("a prefix beside the tenants'", no, beside),
        content(FOREIGN_CLAIM, no, claimed("SUBDOMAIN")),
        content(FOREIGN_KEY, no, tenants_own),
        content("a scan", no, Deed::Scan),
        in_none("a record, in no session", record(tenant, "SITES")),
        in_none("an object, in no session", Deed::Object(places.own)),
        websites(ANOTHERS_RECORD, no, neighbours()),
        websites(FOREIGN_CLAIM, no, claimed("HOST")),
        websites(FOREIGN_KEY, no, record(tenant, "AUDIT")),
        websites("a foreign index key", no, due("outbox")),
        websites("a scan", no, Deed::Scan),
    ])
}

fn record(tenant: &str, kind: &str) -> Deed {
    Deed::Get(format!("T#{tenant}#{kind}"))
}

fn due(kind: &str) -> Deed {
    Deed::QueryDue(format!("DUE#{kind}#1#0"))
}

fn claimed(kind: &str) -> Deed {
    Deed::Put(format!("{kind}#evil"))
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
