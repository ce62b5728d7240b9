//! A platform that what is fuzzed is sent to: the one that tests use, with two tenants, begun anew
//! every so often so that what one input left behind does not pile up.

use std::cell::RefCell;
use std::future::Future;

use anyhow::Context;
use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use local::history::Outcome;
use serde_json::{Value, json};
use tenancy::records::Tier;
use tests::client::{Call, Client};
use tests::documented;
use tests::walkthrough::wait;
use tests::world::{Settled, World};
use tokio::runtime::Runtime;

/// Inputs between two beginnings.
const INPUTS: u64 = 200;

/// The host of the API.
pub(crate) const API: &str = "localhost:3000";

/// A platform with what is there.
pub(crate) struct Host {
    runtime: Runtime,
    /// What every beginning is.
    first: World,
    world: World,
    inputs: u64,
    /// The tenant that asks.
    pub(crate) owner: Settled,
    /// Another tenant.
    pub(crate) neighbour: Settled,
    /// An operator's access token.
    pub(crate) operator: String,
    /// A page of the tenant's website.
    pub(crate) page: String,
    /// A release of the website.
    pub(crate) release: String,
    /// A tenant with nothing but itself, and the operation that made it.
    pub(crate) made: (String, String),
}

thread_local! {
    static HOST: RefCell<Option<Host>> = const { RefCell::new(None) };
}

/// Runs `work` with the platform, which is made for the first input.
pub(crate) fn with<T>(work: impl FnOnce(&mut Host) -> T) -> T {
    HOST.with_borrow_mut(|host| {
        let host = host.get_or_insert_with(Host::new);
        host.inputs += 1;
        if host.inputs % INPUTS == 0 {
            host.world = host.first.copy(host.inputs).unwrap();
        }
        work(host)
    })
}

impl Host {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let made = runtime.block_on(async {
            let first = World::new(1).await?;
            let owner = first.settled_tenant("owner").await?;
            let neighbour = first.settled_tenant("neighbour").await?;
            let operator = first.operator().await?;
            // So many inputs come in no time.
            for tenant in [&owner.tenant, &neighbour.tenant] {
                first.set_tier(tenant, Tier::Enterprise).await?;
            }
            let draft = json!({
                "title": "About", "slug": "about",
                "content": {"format": "markdown", "value": "Hello, **world**."},
            });
            let pages = format!("{}/pages", owner.website);
            let client = first.client();
            let page = client
                .call(Call::post(&pages, &draft).bearer(&owner.tokens.access))
                .await?;
            let page = page.expect(StatusCode::CREATED)?.at("/id")?;
            let published = Call::post(format!("{pages}/{page}/publish"), &json!({}));
            let published = client.call(published.bearer(&owner.tokens.access)).await?;
            let release = published.expect(StatusCode::OK)?.at("/release/id")?;
            let made = registered(&client).await?;
            drop(client);
            anyhow::Ok((first, owner, neighbour, operator, page, release, made))
        });
        let (first, owner, neighbour, operator, page, release, made) = made.unwrap();
        Self {
            runtime,
            world: first.copy(2).unwrap(),
            first,
            inputs: 0,
            owner,
            neighbour,
            operator,
            page,
            release,
            made,
        }
    }

    /// Sends a request as the internet would.
    pub(crate) fn send(&self, request: Request<Bytes>) -> Response<Bytes> {
        self.run(self.world.platform.http(request))
    }

    /// Invokes a function; what it refuses is an answer too.
    pub(crate) fn invoke(&self, function: &str, payload: Value) -> Result<Value, String> {
        let answer = self.run(self.world.platform.invoke(function, payload));
        answer.map_err(|error| error.to_string())
    }

    /// Sends a request to the services.
    pub(crate) fn call(&self, request: Request<Bytes>) -> Response<Bytes> {
        self.run(self.world.platform.services().call(request))
    }

    fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Sends a request to the API and holds the answer against its description; a refusal has
    /// changed nothing.
    pub(crate) fn ask(&self, request: Request<Bytes>) -> Response<Bytes> {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let history = self.world.platform.history();
        let before = history.mark();
        let response = self.send(request);
        let status = response.status();
        let told = || format!("{method} {path}: {status} {:?}", response.body());
        assert!(!status.is_server_error(), "{}", told());
        documented::check(&method, &path, &response).unwrap();
        documented::check_privacy(true, &path, &response).unwrap();
        if status.is_client_error() {
            let written = history.since(before).into_iter().find(|call| {
                call.outcome == Outcome::Succeeded
                    && WRITES.contains(&call.operation.as_str())
                    && !call.keys.iter().all(|key| is_of_the_trail(key))
            });
            assert!(written.is_none(), "{}, and {written:?}", told());
            is_problem(&response, &told());
        }
        response
    }
}

/// Signs a tenant up, and returns it with the operation that made it.
async fn registered(client: &Client<'_>) -> anyhow::Result<(String, String)> {
    let body = json!({
        "tenantName": "made", "subdomain": "made", "email": "owner@made.example",
        "password": "correct horse battery",
    });
    let asked = client
        .call(Call::post("/api/v1/auth/register", &body))
        .await?;
    let asked = asked.expect(StatusCode::ACCEPTED)?;
    let operation = wait(client, Call::get(asked.at("/operation/href")?)).await?;
    let id = operation.pointer("/id").and_then(Value::as_str);
    Ok((
        asked.at("/tenantId")?,
        id.context("an operation has an id")?.to_owned(),
    ))
}

/// Calls that change something. Repetitions of what is wrong are counted nowhere.
const WRITES: [&str; 6] = [
    "BatchWriteItem",
    "DeleteItem",
    "PutItem",
    "PutObject",
    "TransactWriteItems",
    "UpdateItem",
];

/// Whether a key is of what is noted of whoever asks: how often, and of what is another tenant's.
fn is_of_the_trail(key: &str) -> bool {
    let is_count = key.starts_with("TRAFFIC#") || key.contains("#TRAFFIC#");
    is_count || key.starts_with("OWNER#") || key.contains("#OUTBOX|") || key.contains("#AUDIT|")
}

/// A refusal is a problem document, but for what the gateway itself refuses.
fn is_problem(response: &Response<Bytes>, told: &str) {
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_ours = response.headers().contains_key("x-request-id");
    let expected = if is_ours {
        "application/problem+json"
    } else {
        "application/json"
    };
    let is_head = response.body().is_empty();
    assert!(
        is_head || kind.is_some_and(|kind| kind == expected),
        "{told}"
    );
}
