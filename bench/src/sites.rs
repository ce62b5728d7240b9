//! A platform with published websites as a process of its own.
//!
//! The websites are made through its front door. Then it answers as AWS on a port, so that what it
//! spends is nobody else's. It must never know what is measured.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, ensure};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use kernel::{SeededEntropy, SystemClock};
use local::fault::NoFaults;
use local::functions::registry;
use local::platform::{Platform, PlatformConfig, Registry, Start, Time, of_one_developer};
use local::server;
use local::storage::Storage;
use runtime::Function;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tests::client::{Call, Client, Way};
use tests::walkthrough::{Owner, make_page, make_website, publish, register, sign_in};
use tests::world::TEMPLATE;
use tokio::sync::watch;

use crate::pages;

/// Websites of one tenant.
const SITES_PER_TENANT: usize = 20;

/// The path at which a platform says how often it was called.
pub const CALLS: &str = "/bench/calls";

/// The path of each website's page of 8 KB.
pub const PAGE: &str = "/guide/page";

/// The path of each website's large page.
pub const LARGE: &str = "/guide/large";

/// The port in the addresses that the platform gives out. Nobody listens there.
const PORT: u16 = 3000;

/// Sections that make a page of 8 KB as it is served.
pub const PAGE_SECTIONS: usize = 4;

/// Sections of a large page.
const LARGE_SECTIONS: usize = 96;

/// What there is, said in one line when it is ready.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ready {
    /// The port of the services.
    pub port: u16,
    /// The variables of all functions.
    pub variables: BTreeMap<String, String>,
    /// The hosts of the websites.
    pub hosts: Vec<String>,
    /// The path at which the first website's page is previewed.
    pub preview: String,
    /// The last event that each function was given on the way.
    pub events: BTreeMap<String, Value>,
}

/// Makes a platform with `count` websites, says what there is, and answers as AWS for ever.
pub async fn run(seed: u64, count: usize) -> anyhow::Result<()> {
    let events = Events::default();
    let platform = Platform::start(PlatformConfig {
        template: TEMPLATE.to_owned(),
        registry: events.registry(&registry()),
        storage: Storage::Memory,
        time: Time::Real(Arc::new(SystemClock)),
        entropy: Arc::new(SeededEntropy::new(seed)),
        faults: Arc::new(NoFaults),
        domain: "localhost".to_owned(),
        parameters: of_one_developer(),
        port: PORT,
        mail_server: None,
        spreads: false,
    })
    .await?;
    let (hosts, preview) = make(&platform, seed, count).await?;
    let listener = server::open(0).await?;
    let port = listener.local_addr()?.port();
    let ready = Ready {
        port,
        variables: platform.process_variables(port),
        hosts,
        preview,
        events: events.last(),
    };
    let mut out = std::io::stdout();
    writeln!(out, "{}", serde_json::to_string(&ready)?)?;
    out.flush()?;
    serve(listener, &platform).await
}

async fn serve(listener: tokio::net::TcpListener, platform: &Platform) -> anyhow::Result<()> {
    let calls = Arc::new(AtomicU64::new(0));
    let services = Arc::clone(platform.services());
    let answer: server::Answer = Arc::new(move |request: Request<Bytes>| {
        let (services, calls) = (Arc::clone(&services), Arc::clone(&calls));
        Box::pin(async move {
            if request.uri().path() == CALLS {
                let calls = calls.load(Ordering::SeqCst).to_string();
                return Response::new(Bytes::from(calls));
            }
            calls.fetch_add(1, Ordering::SeqCst);
            services.call(request).await
        })
    });
    let (_stop, stopped) = watch::channel(false);
    server::serve(listener, answer, stopped).await
}

/// The platform's own front door.
struct Door(Platform);

#[async_trait]
impl Way for Door {
    async fn send(&self, request: Request<Bytes>) -> anyhow::Result<Response<Bytes>> {
        Ok(self.0.http(request).await)
    }

    async fn rest(&self) -> anyhow::Result<()> {
        self.0.settle().await
    }
}

/// Makes websites with two pages each, and returns their hosts and a preview of the first one.
async fn make(
    platform: &Platform,
    seed: u64,
    count: usize,
) -> anyhow::Result<(Vec<String>, String)> {
    let door = Door(platform.clone());
    let client = Client::new(&door, format!("localhost:{PORT}"));
    let operator = operator(&client, platform).await?;
    let mut hosts = Vec::with_capacity(count);
    let mut preview = String::new();
    let mut token = String::new();
    let mut owner = Owner::named("none");
    for number in 0..count {
        if number % SITES_PER_TENANT == 0 {
            owner = Owner::named(&format!("tenant{number}"));
            let tenant = register(&client, &owner).await?;
            let tier = format!("/api/v1/admin/tenants/{tenant}/tier");
            let tier = Call::put(tier, &json!({ "tier": "Professional" })).bearer(&operator);
            client.call(tier).await?.expect(StatusCode::OK)?;
            token = sign_in(&client, &owner).await?.access;
        }
        let site = format!("site{number}");
        let website = make_website(&client, &token, &site).await?;
        let page_seed = seed.wrapping_add(u64::try_from(number)?.wrapping_mul(2));
        let mut release = String::new();
        for (path, sections, seed) in [
            (LARGE, LARGE_SECTIONS, page_seed + 1),
            (PAGE, PAGE_SECTIONS, page_seed),
        ] {
            let slug = path.trim_start_matches('/');
            let text = pages::markdown(seed, sections);
            let page = make_page(&client, &token, &website, slug, &text).await?;
            release = publish(&client, &token, &page).await?;
        }
        if preview.is_empty() {
            preview = previewed(&client, &token, &website, &release).await?;
        }
        hosts.push(format!("{site}.{}.localhost", owner.subdomain));
    }
    platform.settle().await?;
    let host = hosts.last().context("there is no website")?;
    client.visit(host, PAGE).await?.expect(StatusCode::OK)?;
    let websites = Call::get("/api/v1/websites").bearer(&token);
    let websites = client.call(websites).await?.expect(StatusCode::OK)?;
    let list = format!("/api/v1/websites/{}/pages", websites.at("/items/0/id")?);
    let list = Call::get(list).bearer(&token);
    client.call(list).await?.expect(StatusCode::OK)?;
    Ok((hosts, preview))
}

async fn previewed(
    client: &Client<'_>,
    token: &str,
    website: &str,
    release: &str,
) -> anyhow::Result<String> {
    let path = format!("{website}/releases/{release}/preview");
    let call = Call::new(Method::POST, path).bearer(token);
    let answer = client.call(call).await?.expect(StatusCode::CREATED)?;
    let url = answer.at("/url")?;
    let at = url.find("/_preview/").context("a preview has a path")?;
    let path = url.get(at..).unwrap_or_default().trim_end_matches('/');
    Ok(format!("{path}{PAGE}"))
}

/// Makes the first operator and signs in as one.
async fn operator(client: &Client<'_>, platform: &Platform) -> anyhow::Result<String> {
    let token = platform.secret("BootstrapSecret").await?;
    let person = |more: Value| {
        let mut body = json!({
            "email": "operator@platform.example",
            "password": "correct horse operator",
        });
        if let (Some(body), Value::Object(mut more)) = (body.as_object_mut(), more) {
            body.append(&mut more);
        }
        body
    };
    let body = person(json!({ "bootstrapToken": token }));
    let made = client
        .call(Call::post("/api/v1/auth/bootstrap", &body))
        .await?;
    ensure!(made.status == StatusCode::CREATED, "{}", made.text());
    let call = Call::post("/api/v1/auth/login", &person(json!({})));
    let answer = client.call(call).await?.expect(StatusCode::OK)?;
    answer.at("/accessToken")
}

/// The last event of each function.
#[derive(Debug, Clone, Default)]
struct Events(Arc<Mutex<BTreeMap<String, Value>>>);

impl Events {
    fn last(&self) -> BTreeMap<String, Value> {
        let events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        events.clone()
    }

    /// Returns a registry of the same functions, whose events are kept here.
    fn registry(&self, registry: &Registry) -> Registry {
        let kept = registry.iter().map(|(name, start)| {
            let (name, events, start) = (*name, self.clone(), Arc::clone(start));
            let start: Start = Arc::new(move |environment| {
                let (events, starting) = (events.clone(), start(environment));
                Box::pin(async move { Ok(events.keep(name, starting.await?)) })
            });
            (name, start)
        });
        kept.collect()
    }

    fn keep(&self, name: &'static str, function: Function) -> Function {
        let events = self.clone();
        Function::new(move |payload: Value, context| {
            let mut kept = events.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.insert(name.to_owned(), payload.clone());
            drop(kept);
            let function = function.clone();
            async move { function.invoke(payload, context).await }
        })
    }
}
