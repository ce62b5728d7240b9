//! Onboards tenants on a platform over a folder, by the machine's clock and over its port, and
//! prints how long each phase took and what it took: `onboarding <seed> <folder>`.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use futures_util::{StreamExt, TryStreamExt, stream};
use kernel::{SeededEntropy, SystemClock};
use local::fault::NoFaults;
use local::functions::registry;
use local::platform::{Platform, PlatformConfig, Time, of_one_developer};
use local::server;
use local::storage::Storage;
use serde_json::{Value, json};
use tests::client::Client;
use tests::onboarding::{PHASES, Times, onboard, percentile, steps};
use tests::over_http::OverHttp;
use tests::walkthrough::Owner;
use tests::world::TEMPLATE;
use tokio::sync::watch;

/// Tenants, of which the percentiles are taken.
const TENANTS: usize = 100;

/// Tenants that sign up at the same time.
const AT_ONCE: [usize; 2] = [1, 8];

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let seed: u64 = arguments.next().context("say the seed")?.parse()?;
    let folder = PathBuf::from(arguments.next().context("say the folder")?);
    let mut rounds = Vec::new();
    for at_once in AT_ONCE {
        rounds.push(round(seed, &folder.join(at_once.to_string()), at_once).await?);
    }
    let report = json!({
        "bench": "onboarding",
        "seed": seed,
        "tenants": TENANTS,
        "profile": if cfg!(debug_assertions) { "dev" } else { "release" },
        "rounds": rounds,
    });
    writeln!(std::io::stdout(), "{report:#}")?;
    Ok(())
}

async fn round(seed: u64, folder: &std::path::Path, at_once: usize) -> anyhow::Result<Value> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    let listener = server::open(0).await?;
    let port = listener.local_addr()?.port();
    let platform = Platform::start(PlatformConfig {
        template: TEMPLATE.to_owned(),
        registry: registry(),
        storage: Storage::Folder(folder.to_owned()),
        time: Time::Real(Arc::new(SystemClock)),
        entropy: Arc::new(SeededEntropy::new(seed)),
        faults: Arc::new(NoFaults),
        domain: "localhost".to_owned(),
        parameters: of_one_developer(),
        port,
        mail_server: None,
        spreads: false,
    })
    .await?;
    let (_stop, stopped) = watch::channel(false);
    let door = platform.clone();
    let answer: server::Answer = Arc::new(move |request| {
        let platform = door.clone();
        Box::pin(async move { platform.http(request).await })
    });
    let mark = platform.history().mark();
    let times = tokio::select! {
        times = onboard_all(port, at_once) => times?,
        served = server::serve(listener, answer, stopped) => {
            served?;
            anyhow::bail!("the server ended")
        }
        conducted = platform.conduct() => {
            conducted?;
            anyhow::bail!("the conductor ended")
        }
    };
    let steps = steps(platform.history(), mark);
    let tenants = TENANTS as u64;
    let mut round = json!({
        "atOnce": at_once,
        "perTenant": {
            "calls": steps.calls.div_ceil(tenants),
            "sends": steps.sends.div_ceil(tenants),
            "writeUnits": steps.write_units / f64::from(u32::try_from(TENANTS)?),
        },
    });
    for (phase, (name, bound)) in PHASES.into_iter().enumerate() {
        let samples: Vec<_> = times.iter().filter_map(|times| times.get(phase)).collect();
        let samples: Vec<_> = samples.into_iter().copied().collect();
        let of = |percent| percentile(&samples, percent).as_millis();
        let figures = json!({
            "p50Ms": i64::try_from(of(50))?,
            "p95Ms": i64::try_from(of(95))?,
            "maxMs": i64::try_from(of(100))?,
            "boundMs": i64::try_from(bound.as_millis())?,
            "isWithin": percentile(&samples, 95) <= bound,
        });
        if let Some(round) = round.as_object_mut() {
            round.insert(name.to_owned(), figures);
        }
    }
    Ok(round)
}

async fn onboard_all(port: u16, at_once: usize) -> anyhow::Result<Vec<Times>> {
    let authority = format!("localhost:{port}");
    let way = OverHttp::to(format!("127.0.0.1:{port}"));
    let client = Client::new(&way, authority);
    stream::iter(0..TENANTS)
        .map(|number| {
            let client = &client;
            async move {
                let owner = Owner::named(&format!("tenant{number}"));
                onboard(client, &owner, &SystemClock).await
            }
        })
        .buffer_unordered(at_once)
        .try_collect()
        .await
}
