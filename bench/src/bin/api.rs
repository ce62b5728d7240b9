//! Walks every path of the API round by round over a few tenants in memory, and prints what each
//! takes: `bench-api <seed> [rounds]`.

use std::io::Write;

use anyhow::Context;
use bench::measured::Measured;
use bench::paths::{FarPage, PAGE_BYTES, Round};
use bench::pattern::settle;
use bench::stage::{Stage, beginning};
use local::storage::Storage;
use serde_json::json;
use tests::walkthrough::Owner;

/// Tenants, and websites of each.
const TENANTS: usize = 10;
const WEBSITES: usize = 2;

/// Rounds, if none are asked for.
const ROUNDS: usize = 100;

// One thread: what others have is what functions moved to them.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let seed: u64 = arguments.next().context("say the seed")?.parse()?;
    let rounds = arguments
        .next()
        .map_or(Ok(ROUNDS), |rounds| rounds.parse())?;
    let stage = Stage::open(Storage::Memory, seed, beginning()).await?;
    let mut sites = Vec::new();
    for tenant in 0..TENANTS {
        let owner = Owner::named(&format!("tenant{tenant}"));
        sites.extend(settle(&stage, &owner, WEBSITES).await?.1);
    }
    let mut measured = Measured::default();
    for (number, site) in sites.iter().cycle().take(rounds).enumerate() {
        let far = FarPage::default();
        let round = Round {
            stage: &stage,
            site,
            number,
            far: &far,
        };
        round.walk(&mut measured).await?;
    }
    let known = measured.requests("readPage").context("no page was read")?;
    let login = measured.requests("login").context("nobody logged in")?;
    let report = json!({
        "bench": "api",
        "seed": seed,
        "rounds": rounds,
        "tenants": TENANTS,
        "websites": sites.len(),
        "pageBytes": PAGE_BYTES,
        "profile": if cfg!(debug_assertions) { "dev" } else { "release" },
        "tokenVerificationUs": known.spread(|sample| sample.own_of("authorizer")),
        "passwordVerificationUs": login.spread(|sample| sample.apart),
        "paths": measured.figures(),
    });
    writeln!(std::io::stdout(), "{report:#}")?;
    Ok(())
}
