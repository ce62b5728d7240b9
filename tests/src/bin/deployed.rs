//! Proves a deployed stack: `deployed <endpoint> <stack> <verb>`, where the verb is
//! `routes` (adds the routes that the emulator left out), `prove <probe.zip> <denials>
//! <run>` (walks, takes each grant away, and asks under a sabotaged handler; the emulator notes what it
//! refuses in the file `denials`), `walk <name>` (walks once more), `digest` (what
//! is stored, as soon as the outbox is empty), `index <name>` (an index of the table), `environment <function>` (its variables),
//! `replay <address>` (sends visitors' recorded events to their function, which listens there),
//! `listed` (looks for what the stack made in the lists that `left` reads), `retained` (what the
//! template keeps), `remove <name>…` (removes that) or `left` (what is left in the account).

use std::path::Path;

use anyhow::{Context, bail, ensure};
use http::StatusCode;
use serde_json::json;
use tests::client::{Call, Client};
use tests::deployed::account::Account;
use tests::deployed::denials::Denials;
use tests::deployed::front::Front;
use tests::deployed::grants::Role;
use tests::deployed::stack::Stack;
use tests::deployed::steps::{Scene, make_library, make_overdue, suspended, walk};
use tests::deployed::{left, probes, recorded, retained, routes, say, stored, table};
use tests::walkthrough::{self, Owner};

/// The emulator's region, and the keys of its account's owner.
const REGION: &str = "eu-central-1";
const ROOT: &str = "test";

/// Pages of the large website: more than a node of a tree holds.
const PAGES: usize = 260;

/// The seconds for which a message that failed is kept back while grants are taken away, where a
/// stack keeps it a minute: a saga gives up after several times.
const VISIBILITY_S: u32 = 2;

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
        ("prove", [probe, denials, run]) => {
            let denials = Denials::in_file(denials);
            prove(&stack, Path::new(probe), &denials, run).await?;
        }
        ("walk", [name]) => {
            let front = Front::of(&stack).await?;
            walkthrough::walk(&front.client(), &Owner::named(name)).await?;
            say("the walkthrough passed");
        }
        ("replay", [address]) => replay(&stack, address).await?,
        ("digest", []) => {
            stored::at_rest(&stack).await?;
            say(stored::digest(&stack).await?);
        }
        ("index", [name]) => {
            let index = stored::index(&stack, name).await?;
            say(index.as_deref().unwrap_or("none"));
        }
        ("listed", []) => left::seen(&stack).await?.iter().for_each(say),
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

/// Sends what was recorded for the visitors' function, about a website that is there.
async fn replay(stack: &Stack, address: &str) -> anyhow::Result<()> {
    let front = Front::of(stack).await?;
    recorded::make_website(stack, &front.client()).await?;
    let function = Account::new(address, REGION, ROOT, ROOT);
    let lines = recorded::replay(&function, Path::new("events/delivery")).await?;
    lines.iter().for_each(say);
    Ok(())
}

async fn nothing_left(account: &Account) -> anyhow::Result<()> {
    let left = left::all(account).await?;
    say(format_args!("left in the account: {}", left.len()));
    left.iter().for_each(say);
    ensure!(left.is_empty(), "the account is not empty");
    Ok(())
}

async fn prove(stack: &Stack, probe: &Path, denials: &Denials, run: &str) -> anyhow::Result<()> {
    let front = Front::of(stack).await?;
    let client = front.client();
    unsigned(stack, &front).await?;
    walkthrough::walk(&client, &Owner::named(&format!("{run}-walker"))).await?;
    say("the walkthrough passed, with its negatives");
    let roles = Role::all(stack).await?;
    let scene = Scene {
        stack,
        front: &front,
        operator: operator(stack, &client).await?,
        overdue: make_overdue(stack, &client, &format!("{run}-late")).await?,
        library: make_library(&client, PAGES).await?,
        operation: operation(&client, &format!("{run}-other")).await?,
        handicaps: table::handicaps(&roles)?,
    };
    suspended(&scene, &format!("{run}-suspended"))
        .await
        .context("suspend")?;
    say("a suspended tenant and its visitors are turned away, and let in again");
    keep_back(stack, VISIBILITY_S).await?;
    let steps = walk(&scene, &format!("{run}-whole"))
        .await
        .map_err(|failed| failed.with_all_grants())?;
    say(format_args!(
        "{} steps passed with all grants: {}",
        steps.len(),
        steps.join(", ")
    ));
    let unproven = table::try_each(&scene, &roles, denials, run).await?;
    sabotage(&scene, &client, probe).await?;
    ensure!(
        unproven.is_empty(),
        "not proven to be needed: {}",
        unproven.join(", ")
    );
    Ok(())
}

/// Has functions ask, under their own roles, for what is not theirs.
async fn sabotage(scene: &Scene<'_>, client: &Client<'_>, probe: &Path) -> anyhow::Result<()> {
    let program = std::fs::read(probe).context("the probe cannot be read")?;
    let tenant = library_tenant(scene, client).await?;
    let asked = probes::all(scene.stack, &program, &tenant).await?;
    say("\nunder a sabotaged handler, with the function's own role:");
    for [function, name, outcome] in &asked.of_roles {
        say(format_args!("{function:18} {name:28} {outcome}"));
    }
    say("\nnot enforced by role policies, the code's wall:");
    for [function, name, outcome] in &asked.beyond_roles {
        say(format_args!("{function:18} {name:28} {outcome}"));
    }
    Ok(())
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
