//! Counts what requests use and prints what that costs, line by line: `bench-cost <seed> [rounds]`.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Context;
use bench::cost::{
    ACCESS_LOG_BYTES, Bill, INVOCATION_LOG_BYTES, Memory, NETWORK, PROCESSOR_MB, TRACED, WAITS_MS,
    page_view, through_gateway, usage,
};
use bench::measured::Measured;
use bench::paths::{FarPage, PAGE_BYTES, Round};
use bench::pattern::{Pattern, WEBSITES, settle};
use bench::prices::{self, DATE, REGION};
use bench::sample::{Samples, whole};
use bench::stage::{Stage, beginning};
use local::storage::Storage;
use local::template::{Account, Source, Template, document};
use serde_json::{Value, json};
use tests::walkthrough::Owner;
use tests::world::TEMPLATE;

/// Tenants, and websites of each.
const TENANTS: usize = 5;
const SITES: usize = 2;

/// Rounds, if none are asked for.
const ROUNDS: usize = 20;

/// What large numbers are told by.
const MILLION: f64 = 1e6;

/// Minutes of a month of 730 hours.
const MINUTES: f64 = 43_800.0;

/// Requests with which Lambda looks into a queue that is empty, in a minute: five connections that
/// wait for twenty seconds each. An assumption.
const LOOKS: f64 = 15.0;

/// How many of a hundred page views the CDN answers, in the two cases.
const HITS: [u32; 2] = [0, 95];

/// The requests that are told one by one, each with what it sets in motion.
const REQUESTS: [&str; 10] = [
    "readPage",
    "listPages",
    "listWebsites",
    "createPage",
    "publishPage",
    "rollback",
    "createWebsite",
    "register",
    "login",
    "listTenants",
];

/// What a customer's first minutes consist of.
const ONBOARDING: [&str; 5] = [
    "register",
    "login",
    "createWebsite",
    "createPage",
    "publishPage",
];

// One thread: what others have is what functions moved to them.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let seed: u64 = arguments.next().context("say the seed")?.parse()?;
    let rounds = arguments
        .next()
        .map_or(Ok(ROUNDS), |rounds| rounds.parse())?;
    let measured = measure(seed, rounds).await?;
    let pattern = Pattern::make(seed, beginning()).await?;
    let template = template()?;
    let report = json!({
        "bench": "cost",
        "seed": seed,
        "rounds": rounds,
        "region": REGION,
        "pricesOf": DATE,
        "pageBytes": PAGE_BYTES,
        "websitesOfATenant": WEBSITES,
        "profile": if cfg!(debug_assertions) { "dev" } else { "release" },
        "assumed": assumed(),
        "bills": bills(&measured, &pattern, &template)?,
        "prices": prices(),
    });
    writeln!(std::io::stdout(), "{report:#}")?;
    Ok(())
}

async fn measure(seed: u64, rounds: usize) -> anyhow::Result<Measured> {
    let stage = Stage::open(Storage::Memory, seed, beginning()).await?;
    let mut sites = Vec::new();
    for tenant in 0..TENANTS {
        let owner = Owner::named(&format!("tenant{tenant}"));
        sites.extend(settle(&stage, &owner, SITES).await?.1);
    }
    let (mut measured, far) = (Measured::default(), FarPage::default());
    for (number, site) in sites.iter().cycle().take(rounds).enumerate() {
        let round = Round {
            stage: &stage,
            site,
            number,
            far: &far,
        };
        round.walk(&mut measured).await?;
    }
    Ok(measured)
}

/// Reads the template that is deployed.
fn template() -> anyhow::Result<Template> {
    let account = Account {
        region: REGION.to_owned(),
        account: "000000000000".to_owned(),
        domain: "localhost".to_owned(),
        parameters: BTreeMap::new(),
    };
    Ok(Template::parse(TEMPLATE, &account)?)
}

fn bills(measured: &Measured, pattern: &Pattern, template: &Template) -> anyhow::Result<Value> {
    let functions = template.functions.iter();
    let memory: &Memory = &functions
        .map(|function| (function.name.clone(), function.memory_mb))
        .collect();
    let request = |name| -> anyhow::Result<Bill> {
        let samples = requests(measured, name)?;
        let bill = through_gateway(usage(samples, memory), samples);
        let aftermath = measured
            .aftermath(name)
            .filter(|samples| !samples.0.is_empty());
        Ok(aftermath.into_iter().fold(bill, |bill, samples| {
            bill.plus(&usage(samples, memory), 1.0)
        }))
    };
    let (mut views, mut each, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for (name, path) in [
        ("pageViews", "visitorWarm"),
        ("pageViewsOfAWebsiteSeldomSeen", "visitorNewWebsite"),
    ] {
        let samples = requests(measured, path)?;
        let bytes = samples.median(|sample| whole(sample.answer_bytes as u64));
        for percent in HITS {
            let bill = page_view(&usage(samples, memory), bytes, f64::from(percent) / 100.0);
            views.push(bill.figures(&format!("{name}At{percent}PercentHit"), MILLION));
        }
    }
    for name in REQUESTS {
        each.push(request(name)?.figures(name, MILLION));
    }
    let mut onboarding = Bill::default();
    for name in ONBOARDING {
        onboarding = onboarding.plus(&request(name)?, 1.0);
    }
    others.push(onboarding.figures("onboarding", 1.0));
    let bytes = whole(pattern.item_bytes);
    let tenant = Bill::default()
        .with(&prices::TABLE_STORAGE, bytes)
        .with(&prices::TABLE_BACKUP, bytes);
    others.push(tenant.figures("tenantAndMonthAtRest", 1.0));
    let idle = usage(requests(measured, "idleMinute")?, memory);
    others.push(platform(&idle, template)?.figures("platformAndMonthAtRest", 1.0));
    Ok(json!({ "pageViews": views, "requests": each, "others": others }))
}

fn requests<'a>(measured: &'a Measured, name: &str) -> anyhow::Result<&'a Samples> {
    measured
        .requests(name)
        .with_context(|| format!("`{name}` was not measured"))
}

/// Returns what the platform costs in a month in which nobody comes.
fn platform(idle: &Bill, template: &Template) -> anyhow::Result<Bill> {
    let text = document(TEMPLATE)?;
    let resources = text
        .get("Resources")
        .and_then(Value::as_object)
        .context("no resources")?;
    let count = |kind: &str| {
        let all = resources.values();
        let of_kind = all.filter(|resource| resource.get("Type") == Some(&json!(kind)));
        whole(of_kind.count() as u64)
    };
    let sources = template
        .functions
        .iter()
        .flat_map(|function| &function.sources);
    let queues = sources
        .filter(|source| matches!(source, Source::Queue(_)))
        .count();
    Ok(Bill::default()
        .plus(idle, MINUTES)
        .with(&prices::SCHEDULE, MINUTES)
        .with(&prices::QUEUE, LOOKS * MINUTES * whole(queues as u64))
        .with(&prices::SECRETS, count("AWS::SecretsManager::Secret"))
        .with(&prices::ALARMS, count("AWS::CloudWatch::Alarm")))
}

fn assumed() -> Value {
    let waits = WAITS_MS.iter().map(|(service, operation, wait_ms)| {
        let name = if operation.is_empty() {
            service.to_string()
        } else {
            (*operation).to_owned()
        };
        (name, json!(wait_ms))
    });
    json!({
        "waitsMs": waits.collect::<serde_json::Map<_, _>>(),
        "memoryOfOneProcessorMb": PROCESSOR_MB,
        "networkUsPerCall": NETWORK.subsec_micros(),
        "invocationLogBytes": INVOCATION_LOG_BYTES,
        "accessLogBytes": ACCESS_LOG_BYTES,
        "tracedShare": TRACED,
        "looksIntoAnEmptyQueuePerMinute": LOOKS,
    })
}

fn prices() -> Value {
    let all = prices::ALL.iter().map(|price| {
        let of_one = json!({
            "dollars": price.dollars,
            "per": price.per,
            "unit": price.unit,
            "source": price.source,
        });
        (price.name.to_owned(), of_one)
    });
    Value::Object(all.collect())
}
