//! Proves a deployed stack: `deployed <endpoint> <stack> <verb>`, where the verb is
//! `routes` (adds the routes that the emulator left out), `prove <probe.zip> <run>` (walks, takes
//! each grant away, and asks under a sabotaged handler), `walk <name>` (walks once more), `digest` (what
//! is stored), `environment <function>` (its variables), `replay <address> <function>` (sends the
//! recorded events), `retained` (what the template keeps), `remove <name>…` (removes that) or `left`
//! (what is left in the account).

use std::io::Write;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use http::StatusCode;
use serde_json::json;
use tests::client::{Call, Client};
use tests::deployed::account::Account;
use tests::deployed::front::Front;
use tests::deployed::grants::{Grant, Role, restart};
use tests::deployed::stack::Stack;
use tests::deployed::steps::{Failed, Scene, make_library, make_overdue, suspended, walk};
use tests::deployed::{left, probes, recorded, retained, routes};
use tests::walkthrough::{self, Owner};

/// The emulator's region, and the keys of its account's owner.
const REGION: &str = "eu-central-1";
const ROOT: &str = "test";

/// Pages of the large website: more than a node of a tree holds.
const PAGES: usize = 260;

/// The seconds for which a message that failed is kept back while grants are taken away, where a
/// stack keeps it a minute: a saga gives up after several times.
const VISIBILITY_S: u32 = 2;

/// The role under which tenants are made.
const PROVISIONING: &str = "ProvisioningRole";

/// What Lambda and the gateway do in the name of a role. An emulator does it itself.
const SERVICES_OWN: [&str; 10] = [
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    "lambda:InvokeFunction",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
];

/// A statement whose action is granted for another use as well, but here is a service's own.
const SERVICES_OWN_STATEMENT: &str = "PutAsideWhatWasGivenUp";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [endpoint, name, verb, rest @ ..] = arguments.as_slice() else {
        bail!("say the endpoint, the stack and what to do");
    };
    let account = Account::new(endpoint, REGION, ROOT, ROOT);
    match (*verb, rest) {
        ("left", []) => return nothing_left(&account).await,
        ("remove", names) => return retained::remove(&account, names).await,
        ("replay", [address, function]) => {
            let function_at = Account::new(address, REGION, ROOT, ROOT);
            let folder = Path::new("events").join(function);
            recorded::replay(&function_at, &folder)
                .await?
                .iter()
                .for_each(say);
            return Ok(());
        }
        _ => {}
    }
    let stack = Stack::read(&account, name).await?;
    match (*verb, rest) {
        ("routes", []) => {
            let count = routes::import(&stack, "HttpApi").await?;
            say(format_args!(
                "{} resources, {count} routes added",
                stack.len()
            ));
        }
        ("prove", [probe, run]) => prove(&stack, Path::new(probe), run).await?,
        ("walk", [name]) => {
            let front = Front::of(&stack).await?;
            walkthrough::walk(&front.client(), &Owner::named(name)).await?;
            say("the walkthrough passed");
        }
        ("digest", []) => say(left::digest(&stack).await?),
        ("retained", []) => retained::names(&stack).iter().for_each(say),
        ("environment", [function]) => {
            recorded::environment(&stack, function)
                .await?
                .iter()
                .for_each(say);
        }
        _ => bail!("`{verb}` is not known"),
    }
    Ok(())
}

async fn nothing_left(account: &Account) -> anyhow::Result<()> {
    let left = left::all(account).await?;
    say(format_args!("left in the account: {}", left.len()));
    left.iter().for_each(say);
    ensure!(left.is_empty(), "the account is not empty");
    Ok(())
}

async fn prove(stack: &Stack, probe: &Path, run: &str) -> anyhow::Result<()> {
    let front = Front::of(stack).await?;
    let client = front.client();
    unsigned(stack, &front).await?;
    walkthrough::walk(&client, &Owner::named(&format!("{run}-walker"))).await?;
    say("the walkthrough passed, with its negatives");
    let roles = Role::all(stack).await?;
    let provisioning = role(&roles, PROVISIONING)?;
    let scene = Scene {
        stack,
        front: &front,
        operator: operator(stack, &client).await?,
        overdue: make_overdue(stack, &client, &format!("{run}-late")).await?,
        library: make_library(&client, PAGES).await?,
        operation: operation(&client, &format!("{run}-other")).await?,
        handicaps: [
            provisioning.without(sees_storage)?,
            provisioning.without(writes_objects)?,
        ],
    };
    suspended(&scene, &format!("{run}-suspended"))
        .await
        .context("suspend")?;
    say("a suspended tenant and its visitors are turned away, and let in again");
    keep_back(stack, VISIBILITY_S).await?;
    let steps = walk(&scene, &format!("{run}-whole"))
        .await
        .map_err(|failed| whole(&failed))?;
    say(format_args!(
        "{} steps passed with all grants: {}",
        steps.len(),
        steps.join(", ")
    ));
    let unneeded = table(&scene, &roles, run).await?;
    let program = std::fs::read(probe).context("the probe cannot be read")?;
    let tenant = library_tenant(&scene, &client).await?;
    say("\nunder a sabotaged handler, with the function's own role:");
    for [function, name, outcome] in probes::all(stack, &program, &tenant).await? {
        say(format_args!("{function:18} {name:28} {outcome}"));
    }
    ensure!(
        unneeded.is_empty(),
        "nothing failed without: {}",
        unneeded.join(", ")
    );
    Ok(())
}

/// Takes away every action of every statement in turn, and prints what failed. Returns those
/// without which nothing did.
async fn table(scene: &Scene<'_>, roles: &[Role], run: &str) -> anyhow::Result<Vec<String>> {
    let stack = scene.stack;
    services_own(scene, roles, run).await?;
    let mut unneeded = Vec::new();
    say("\nrole               statement                    action                       failed");
    for (number, (role, grant)) in wanted(roles).enumerate() {
        let is_it = |sid: &str, action: &str| sid == grant.sid && action == grant.action;
        let swap = role.without(is_it)?;
        let mut scene = scene.clone();
        if role.logical == PROVISIONING {
            // What is taken away stays away when a tenant is made to fail.
            scene.handicaps = [
                role.without_also(is_it, sees_storage)?,
                role.without_also(is_it, writes_objects)?,
            ];
        }
        swap.take(&stack.account).await?;
        restart(stack).await?;
        let walked = walk(&scene, &format!("{run}-less-{number}")).await;
        swap.give_back(&stack.account).await?;
        restart(stack).await?;
        let failed = match &walked {
            Ok(_) => "NOTHING",
            Err(failed) => failed.step,
        };
        let Grant { role, sid, action } = &grant;
        say(format_args!("{role:18} {sid:28} {action:28} {failed}"));
        if walked.is_ok() {
            unneeded.push(format!("{role} {sid} {action}"));
        }
    }
    Ok(unneeded)
}

/// Takes away at once what services do in a role's name: the emulator does not ask for it.
async fn services_own(scene: &Scene<'_>, roles: &[Role], run: &str) -> anyhow::Result<()> {
    let mut swaps = Vec::new();
    for role in roles {
        if role.grants().iter().any(is_services_own) {
            swaps.push(role.without(is_own)?);
        }
    }
    for swap in &swaps {
        swap.take(&scene.stack.account).await?;
    }
    let walked = walk(scene, &format!("{run}-own")).await;
    for swap in &swaps {
        swap.give_back(&scene.stack.account).await?;
    }
    walked.map_err(|failed| whole(&failed))?;
    say("\nnot asked for by the emulator (all taken away at once, and nothing failed):");
    for grant in roles.iter().flat_map(Role::grants).filter(is_services_own) {
        say(format_args!(
            "{:18} {:28} {}",
            grant.role, grant.sid, grant.action
        ));
    }
    Ok(())
}

/// Says whether without this action no tenant can be made: nobody can see that it has its storage,
/// which it then has.
fn sees_storage(sid: &str, action: &str) -> bool {
    (sid, action) == ("MarkStorageOfTenants", "s3:GetObject")
}

/// Says whether without this statement no website can be made: its first release cannot be stored.
fn writes_objects(sid: &str, _action: &str) -> bool {
    sid == "WriteObjects"
}

fn wanted(roles: &[Role]) -> impl Iterator<Item = (&Role, Grant)> {
    let grants = roles
        .iter()
        .flat_map(|role| role.grants().into_iter().map(move |grant| (role, grant)));
    grants.filter(|(_, grant)| !is_services_own(grant))
}

fn is_services_own(grant: &Grant) -> bool {
    is_own(&grant.sid, &grant.action)
}

fn is_own(sid: &str, action: &str) -> bool {
    sid == SERVICES_OWN_STATEMENT || SERVICES_OWN.contains(&action)
}

fn role<'a>(roles: &'a [Role], logical: &str) -> anyhow::Result<&'a Role> {
    let role = roles.iter().find(|role| role.logical == logical);
    role.with_context(|| format!("no `{logical}`"))
}

fn whole(failed: &Failed) -> anyhow::Error {
    anyhow::anyhow!(
        "`{}` failed with all grants: {:#}",
        failed.step,
        failed.error
    )
}

/// The function URL lets nobody in who does not sign.
async fn unsigned(stack: &Stack, front: &Front) -> anyhow::Result<()> {
    let request = http::Request::builder()
        .uri("/")
        .header("host", front.site_host())
        .body(bytes::Bytes::new())?;
    let answer = stack.account.plain(request).await?;
    ensure!(
        answer.status() == StatusCode::FORBIDDEN,
        "unsigned: {}",
        answer.status()
    );
    say("an unsigned request to the function URL: 403");
    Ok(())
}

/// Makes the first operator.
async fn operator(stack: &Stack, client: &Client<'_>) -> anyhow::Result<Owner> {
    let owner = Owner::named("operator");
    let body = json!({
        "bootstrapToken": stack.secret("BootstrapSecret").await?,
        "email": owner.email,
        "password": owner.password,
    });
    let made = Call::post("/api/v1/auth/bootstrap", &body);
    let made = client.call(made).await?;
    let known = [StatusCode::CREATED, StatusCode::CONFLICT];
    ensure!(known.contains(&made.status), "{}", made.text());
    Ok(owner)
}

/// Has a new tenant ask for a website; returns the operation's address.
async fn operation(client: &Client<'_>, name: &str) -> anyhow::Result<String> {
    let owner = Owner::named(name);
    walkthrough::register(client, &owner).await?;
    let token = walkthrough::sign_in(client, &owner).await?.access;
    let body = json!({ "name": "main", "subdomain": "main" });
    let post = Call::post("/api/v1/websites", &body).bearer(&token);
    let asked = client.call(post).await?.expect(StatusCode::ACCEPTED)?;
    asked.at("/operation/href")
}

async fn library_tenant(scene: &Scene<'_>, client: &Client<'_>) -> anyhow::Result<String> {
    let token = walkthrough::sign_in(client, &scene.library.owner)
        .await?
        .access;
    let large = "Long. ".repeat(8_000);
    let page = walkthrough::make_page(client, &token, &scene.library.website, "large", &large);
    walkthrough::publish(client, &token, &page.await?).await?;
    let profile = Call::get("/api/v1/tenant/profile").bearer(&token);
    client
        .call(profile)
        .await?
        .expect(StatusCode::OK)?
        .at("/id")
}

/// Says how long messages that failed are kept back.
async fn keep_back(stack: &Stack, seconds: u32) -> anyhow::Result<()> {
    let body = json!({
        "QueueUrl": stack.physical("ProvisioningQueue")?,
        "Attributes": { "VisibilityTimeout": seconds.to_string() },
    });
    let target = "AmazonSQS.SetQueueAttributes";
    stack.account.target("sqs", target, &body).await?;
    Ok(())
}

fn say(line: impl std::fmt::Display) {
    // A closed terminal is no reason to stop working.
    let _ = writeln!(std::io::stdout(), "{line}");
}
