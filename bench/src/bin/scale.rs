//! Walks every path on platforms of several sizes, turn by turn, and prints what each takes, and
//! how many tenants can sign up in a minute: `bench-scale <seed> <folder> [rounds] [sizes…]`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use bench::figures::rounded;
use bench::growth::{figures, growth};
use bench::measured::Measured;
use bench::paths::{FarPage, Round, far_page};
use bench::pattern::{AGE, Pattern, WEBSITES};
use bench::signups::sign_up;
use bench::stage::Stage;
use http::StatusCode;
use jiff::SignedDuration;
use kernel::{Clock, SystemClock};
use local::storage::Storage;
use serde_json::{Map, Value, json};
use tests::client::Call;
use tests::walkthrough;
use tests::world::TABLE;
use tokio::runtime::Builder;

/// Tenants of the platforms, if none are asked for.
const SIZES: [usize; 3] = [100, 1_000, 10_000];

/// Rounds, if none are asked for.
const ROUNDS: usize = 60;

/// More than all rounds take on the platforms' own clock, which is behind the machine's: sign-ups
/// go on by the machine's.
const ROUNDS_TAKE: SignedDuration = SignedDuration::from_hours(24);

/// Tenants that are put at once.
const BATCH: usize = 100;

/// Tenants that are tried through the front door before anything is measured.
const TRIED: usize = 20;

/// Sign-ups, and how many of them are under way at once.
const SIGN_UPS: [(u32, usize); 2] = [(100, 8), (200, 100)];

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let seed: u64 = arguments.next().context("say the seed")?.parse()?;
    let folder = PathBuf::from(arguments.next().context("say the folder")?);
    let rounds = arguments
        .next()
        .map_or(Ok(ROUNDS), |rounds| rounds.parse())?;
    let mut sizes = arguments
        .map(|size| size.parse())
        .collect::<Result<Vec<usize>, _>>()?;
    if sizes.is_empty() {
        sizes = SIZES.to_vec();
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    // One thread: what others have is what functions and the storage engine moved to them.
    let alone = Builder::new_current_thread().enable_all().build()?;
    let mut report = alone.block_on(measure(seed, &folder, rounds, &sizes))?;
    drop(alone);
    let together = Builder::new_multi_thread().enable_all().build()?;
    for (size, figures) in sizes.iter().zip(&mut report.sizes) {
        let storage = folder.join(size.to_string());
        let waves = together.block_on(sign_up(&storage, &SIGN_UPS))?;
        for ((_, at_once), wave) in SIGN_UPS.iter().zip(waves) {
            figures.insert(format!("signUps{at_once}AtOnce"), wave);
        }
    }
    drop(together);
    fs::remove_dir_all(&folder)?;
    writeln!(std::io::stdout(), "{:#}", report.into_json(seed, rounds))?;
    Ok(())
}

/// What was measured.
struct Report {
    pattern: Value,
    sizes: Vec<Map<String, Value>>,
    growth: Map<String, Value>,
    grown: Vec<String>,
}

impl Report {
    fn into_json(self, seed: u64, rounds: usize) -> Value {
        json!({
            "bench": "scale",
            "seed": seed,
            "rounds": rounds,
            "profile": if cfg!(debug_assertions) { "dev" } else { "release" },
            "websitesOfATenant": WEBSITES,
            "tenant": self.pattern,
            "sizes": self.sizes,
            "growth": self.growth,
            "isFlat": self.grown.is_empty(),
            "grown": self.grown,
        })
    }
}

/// A platform of one size.
struct Platform {
    tenants: usize,
    stage: Stage,
    far: FarPage,
    measured: Measured,
    loaded: Map<String, Value>,
}

async fn measure(
    seed: u64,
    folder: &Path,
    rounds: usize,
    sizes: &[usize],
) -> anyhow::Result<Report> {
    let pattern = Pattern::make(seed, SystemClock.now() - AGE - ROUNDS_TAKE).await?;
    let mut platforms = Vec::new();
    for tenants in sizes {
        let storage = folder.join(tenants.to_string());
        platforms.push(load(&pattern, &storage, *tenants, seed).await?);
    }
    for number in 0..rounds {
        for platform in &mut platforms {
            let tenant = spread(number, platform.tenants);
            let site = pattern.site(tenant, number % WEBSITES).context("a site")?;
            let round = Round {
                stage: &platform.stage,
                site: &site,
                number,
                far: &platform.far,
            };
            let walked = round.walk(&mut platform.measured).await;
            walked.with_context(|| format!("round {number} of {}", platform.tenants))?;
        }
    }
    let of_paths: Vec<_> = platforms
        .iter()
        .map(|platform| figures(&platform.measured))
        .collect();
    let (growth, grown) = growth(&of_paths)?;
    let ended = platforms
        .iter()
        .map(|platform| platform.stage.world.clock.now())
        .max();
    ensure!(
        ended.is_some_and(|ended| ended < SystemClock.now()),
        "these are too many rounds"
    );
    let sizes = platforms.iter().zip(of_paths).map(|(platform, figures)| {
        let mut all = platform.loaded.clone();
        all.extend(figures);
        all
    });
    Ok(Report {
        pattern: json!({ "items": pattern.item_count(), "bytes": pattern.item_bytes }),
        sizes: sizes.collect(),
        growth,
        grown,
    })
}

/// Makes a platform of so many tenants.
async fn load(
    pattern: &Pattern,
    folder: &Path,
    tenants: usize,
    seed: u64,
) -> anyhow::Result<Platform> {
    let stage = Stage::open(Storage::Folder(folder.to_owned()), seed, pattern.taken).await?;
    let begun = SystemClock.now();
    let mut items = 0;
    for first in (0..tenants).step_by(BATCH) {
        let batch = (first..tenants.min(first + BATCH)).flat_map(|tenant| pattern.items(tenant));
        let services = stage.world.platform.services();
        items += services.table().import(TABLE, batch.collect()).await?;
    }
    let took = SystemClock.now().duration_since(begun).as_secs_f64();
    for number in 0..TRIED {
        try_tenant(&stage, pattern, spread(number, tenants)).await?;
    }
    let far = far_page(&stage, tenants).await?;
    let megabytes = fs::metadata(folder.join("table.db"))?.len() / 1_000_000;
    let figures = json!({
        "tenants": tenants,
        "websites": tenants * WEBSITES,
        "items": items,
        "tableMegabytes": megabytes,
        "loadedInS": rounded(took),
        "triedThroughTheFrontDoor": TRIED,
    });
    Ok(Platform {
        tenants,
        stage,
        far,
        measured: Measured::default(),
        loaded: figures.as_object().cloned().unwrap_or_default(),
    })
}

/// Signs a loaded tenant in, looks at its websites and page, and visits one.
async fn try_tenant(stage: &Stage, pattern: &Pattern, tenant: usize) -> anyhow::Result<()> {
    let site = pattern.site(tenant, tenant % WEBSITES).context("a site")?;
    let client = stage.client();
    let token = walkthrough::sign_in(&client, &site.owner).await?.access;
    let list = client
        .call(Call::get("/api/v1/websites").bearer(&token))
        .await?;
    let list = list.expect(StatusCode::OK)?.json();
    let count = list
        .pointer("/items")
        .and_then(Value::as_array)
        .map(Vec::len);
    ensure!(
        count == Some(WEBSITES),
        "tenant {tenant} has other websites: {list}"
    );
    let page = client.call(Call::get(&site.page).bearer(&token)).await?;
    ensure!(page.expect(StatusCode::OK)?.at("/status")? == "published");
    let visit = client.visit(&site.host(), &site.path).await?;
    let text = visit.expect(StatusCode::OK)?.text();
    ensure!(
        text.contains(&site.owner.subdomain),
        "the page is another tenant's: {text}"
    );
    Ok(())
}

/// Spreads numbers over a size: as far apart as they can be, and none twice before all were.
fn spread(number: usize, size: usize) -> usize {
    const PART: usize = 617;
    number * ((size * PART / 1_000) | 1) % size
}
