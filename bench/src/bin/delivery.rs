//! Measures `delivery`: the instructions of a page, and the processor time of a request beside
//! nginx with the same bytes in files: `bench-delivery <seed>`.
//!
//! The program starts itself again as what it measures, and as the platform behind it.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, bail, ensure};
use bench::adapter::Settings;
use bench::figures::{median, rounded, spread};
use bench::load::{self, OTHERS, SERVER};
use bench::programs::{self, Running, on_processor, require};
use bench::rounds::{self, Sample, Visit};
use bench::sites::{self, CALLS, LARGE, PAGE, Ready};
use bench::{adapter, callgrind};
use kernel::limits::CACHE_BYTES_MAX;
use render::Renderer;
use serde_json::{Value, json};

/// Websites, of which so many are asked for in turn.
const SITES: [usize; 3] = [1, 100, 1_000];

/// Websites that there are.
const SITES_MAX: usize = 1_000;

/// Measurements of each server; they take turns.
const ROUNDS: usize = 5;

/// Seconds of one measurement.
const SECONDS: u32 = 2;

/// Milliseconds between two requests to one website, where each is to find its pointer too old.
const APART_MS: i64 = 2_000;

/// Rounds of what is counted; twice as many are counted too.
const COUNTED: u32 = 40;

/// What a page may take, in instructions.
const INSTRUCTIONS_MAX: u64 = 450_000;

/// What a request may take, in requests to nginx.
const NGINX_MAX: f64 = 5.0;

/// What a request to one of very many websites may cost less than to a single one.
const MANY_MIN: f64 = 0.95;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["platform", seed, count] => {
            many_threads()?.block_on(sites::run(seed.parse()?, count.parse()?))
        }
        ["serve"] => one_thread()?.block_on(adapter::run()),
        ["render", seed, rounds] => rounds::render(seed.parse()?, rounds.parse()?),
        ["compile", rounds] => rounds::compile(rounds.parse()?),
        ["visit", rounds] => one_thread()?.block_on(rounds::visit(rounds.parse()?)),
        [seed] => {
            let report = Bench::start(seed.parse()?)?.run()?;
            Ok(writeln!(std::io::stdout(), "{report:#}")?)
        }
        _ => bail!("say the seed"),
    }
}

fn one_thread() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

fn many_threads() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
}

/// What is needed for all measurements.
struct Bench {
    seed: u64,
    program: PathBuf,
    folder: tempfile::TempDir,
    ready: Ready,
    _platform: Running,
}

impl Bench {
    fn start(seed: u64) -> anyhow::Result<Self> {
        require(&[
            ("taskset", "util-linux"),
            ("valgrind", "valgrind"),
            ("wrk", "wrk"),
            ("/usr/sbin/nginx", "nginx-light"),
        ])?;
        let program = std::env::current_exe()?;
        let mut command = on_processor(OTHERS, &program);
        command.args(["platform", &seed.to_string(), &SITES_MAX.to_string()]);
        let (platform, line) = Running::until_ready(&mut command)?;
        Ok(Self {
            seed,
            program,
            folder: tempfile::tempdir()?,
            ready: serde_json::from_str(&line)?,
            _platform: platform,
        })
    }

    fn run(&self) -> anyhow::Result<Value> {
        let sample = Sample::new(self.seed)?;
        let page = sample.render(&Renderer::new())?;
        let servers = self.servers()?;
        let alone = each(&servers, "withoutSdkCall", 1)?;
        let fold = alone / each(&servers, "withoutSdkCall", SITES_MAX)?;
        let times = alone / each(&servers, "nginx", 1)?;
        let reports = servers.iter().map(|server| server.report(&servers));
        let reports: Vec<Value> = reports.collect::<anyhow::Result<_>>()?;
        let memory = self.memory()?;
        let instructions = self.instructions()?;
        let rendered = instructions.get("renderedPage").and_then(Value::as_u64);
        let is_within = rendered.is_some_and(|count| count <= INSTRUCTIONS_MAX);
        Ok(json!({
            "bench": "delivery",
            "seed": self.seed,
            "profile": if cfg!(debug_assertions) { "dev" } else { "release" },
            "page": { "bytes": page.len(), "storedBytes": sample.stored.len() },
            "connections": load::CONNECTIONS,
            "rounds": ROUNDS,
            "secondsEach": SECONDS,
            "versions": {
                "nginx": load::version(&load::program("nginx"), "-v"),
                "wrk": load::version(Path::new("wrk"), "-v"),
                "valgrind": load::version(Path::new("valgrind"), "--version"),
            },
            "instructions": instructions,
            "goals": {
                "instructionsPerPage": { "goal": INSTRUCTIONS_MAX, "measured": rendered, "isMet": is_within },
                "timesNginxWithoutSdkCall": {
                    "goal": NGINX_MAX, "measured": rounded(times), "isMet": times <= NGINX_MAX,
                },
                "manySitesToOne": {
                    "goal": MANY_MIN, "measured": rounded(fold), "isMet": fold >= MANY_MIN,
                },
                "grownBytes": {
                    "goal": memory.limit, "measured": memory.grown, "isMet": memory.grown <= memory.limit,
                },
            },
            "memory": memory.report(self.ready.hosts.len()),
            "servers": reports,
        }))
    }

    /// Starts a `delivery` on its processor, whose clock moves with each request.
    fn serve(&self, step_ms: i64) -> anyhow::Result<(Running, u16)> {
        let settings = serde_json::to_string(&self.settings(step_ms))?;
        let file = self.folder.path().join(format!("settings-{step_ms}"));
        std::fs::write(&file, settings + "\n")?;
        let mut command = on_processor(SERVER, &self.program);
        command
            .arg("serve")
            .envs(&self.ready.variables)
            .stdin(Stdio::from(std::fs::File::open(file)?));
        let (running, line) = Running::until_ready(&mut command)?;
        Ok((running, line.trim().parse()?))
    }

    fn settings(&self, step_ms: i64) -> Settings {
        Settings {
            variables: self.ready.variables.clone(),
            step_ms,
        }
    }

    fn hosts(&self, count: usize) -> &[String] {
        self.ready.hosts.get(..count).unwrap_or(&self.ready.hosts)
    }

    fn calls(&self) -> anyhow::Result<u64> {
        let text = load::fetch(self.ready.port, "", CALLS)?;
        Ok(String::from_utf8(text)?.parse()?)
    }
}

/// A server, and what was measured of it.
struct Server {
    name: &'static str,
    sites: usize,
    port: u16,
    id: u32,
    microseconds: Vec<f64>,
    requests: Vec<f64>,
    calls: Vec<f64>,
    slowest: Vec<f64>,
}

impl Server {
    fn new(name: &'static str, sites: usize, (running, port): &(Running, u16)) -> Self {
        Self {
            name,
            sites,
            port: *port,
            id: running.id(),
            microseconds: Vec::new(),
            requests: Vec::new(),
            calls: Vec::new(),
            slowest: Vec::new(),
        }
    }

    fn measure(&mut self, bench: &Bench) -> anyhow::Result<()> {
        let hosts = bench.hosts(self.sites);
        let calls = bench.calls()?;
        let begun = programs::processor_time(self.id)?;
        let outcome = load::run(bench.folder.path(), self.port, hosts, PAGE, SECONDS)?;
        let spent = programs::processor_time(self.id)? - begun;
        let calls = bench.calls()? - calls;
        let each = |total: u64| ratio(total, outcome.requests);
        self.microseconds.push(each(spent) / 1_000.0);
        self.calls.push(each(calls));
        self.requests
            .push(ratio(outcome.requests * 1_000_000, outcome.microseconds));
        self.slowest.push(ratio(outcome.p99, 1));
        Ok(())
    }

    fn report(&self, all: &[Self]) -> anyhow::Result<Value> {
        let nginx = each(all, "nginx", self.sites)?;
        Ok(json!({
            "server": format!("{}, sites: {}", self.name, self.sites),
            "processorMicrosecondsPerRequest": spread(&self.microseconds),
            "timesNginx": rounded(median(&self.microseconds) / nginx),
            "requestsPerSecond": spread(&self.requests),
            "sdkCallsPerRequest": rounded(median(&self.calls)),
            "p99Microseconds": rounded(median(&self.slowest)),
        }))
    }
}

/// Returns the processor time of a request to a server, in microseconds.
fn each(servers: &[Server], name: &str, sites: usize) -> anyhow::Result<f64> {
    let found = servers
        .iter()
        .find(|server| server.name == name && server.sites == sites);
    let found = found.with_context(|| format!("{name} with {sites} sites is missing"))?;
    Ok(median(&found.microseconds))
}

impl Bench {
    /// Measures all servers in turns.
    fn servers(&self) -> anyhow::Result<Vec<Server>> {
        let still = self.serve(0)?;
        for host in &self.ready.hosts {
            let page = load::fetch(still.1, host, PAGE)?;
            load::keep(self.folder.path(), host, PAGE, &page)?;
        }
        let nginx = load::nginx(self.folder.path())?;
        let mut moving = BTreeMap::new();
        for sites in SITES {
            let step = APART_MS / i64::try_from(sites)?;
            moving.insert(sites, self.serve(step)?);
        }
        let mut servers = Vec::new();
        for sites in SITES {
            servers.push(Server::new("nginx", sites, &nginx));
            servers.push(Server::new("withoutSdkCall", sites, &still));
            let sdk = moving.get(&sites).context("there is no such server")?;
            for host in self.hosts(sites) {
                load::fetch(sdk.1, host, PAGE)?;
            }
            servers.push(Server::new("withSdkCall", sites, sdk));
        }
        for _ in 0..ROUNDS {
            for server in &mut servers {
                server.measure(self)?;
            }
        }
        Ok(servers)
    }

    /// Counts instructions.
    fn instructions(&self) -> anyhow::Result<Value> {
        let seed = self.seed.to_string();
        let visit = |step_ms: i64, path: &str| {
            let visit = Visit {
                settings: self.settings(step_ms),
                host: self.ready.hosts.first().cloned().unwrap_or_default(),
                path: path.to_owned(),
            };
            let input = serde_json::to_string(&visit)? + "\n";
            self.count(&["visit"], &input)
        };
        Ok(json!({
            "renderedPage": self.count(&["render", &seed], "")?,
            "compiledTheme": self.count(&["compile"], "")?,
            "requestOfKnownPage": visit(0, PAGE)?,
            "requestOfPreviewedPage": visit(0, &self.ready.preview)?,
            "requestOfKnownPageWithSdkCall": visit(APART_MS, PAGE)?,
        }))
    }

    fn count(&self, arguments: &[&str], input: &str) -> anyhow::Result<u64> {
        let variables = &self.ready.variables;
        callgrind::per_round(&self.program, arguments, variables, input, COUNTED)
    }

    /// Asks one environment for more than it may keep, and then for what it cannot have kept.
    fn memory(&self) -> anyhow::Result<Memory> {
        let (running, port) = self.serve(0)?;
        for host in self.hosts(1) {
            load::fetch(port, host, PAGE)?;
            load::fetch(port, host, LARGE)?;
        }
        let started = running.resident_bytes()?;
        let mut different = 0;
        for path in [PAGE, LARGE] {
            for host in &self.ready.hosts {
                different += u64::try_from(load::fetch(port, host, path)?.len())?;
            }
        }
        for host in &self.ready.hosts {
            load::fetch(port, host, LARGE)?;
        }
        let after = running.resident_bytes()?;
        let limit = CACHE_BYTES_MAX + delivery::limits::RENDERED_BYTES_MAX;
        let memory = Memory {
            different,
            started,
            after,
            grown: after.saturating_sub(started),
            limit: u64::try_from(limit)?,
        };
        ensure!(
            memory.different > memory.limit,
            "{} bytes are fewer than an environment may keep",
            memory.different
        );
        Ok(memory)
    }
}

/// What an environment holds that was asked for more than it may keep, in bytes.
struct Memory {
    /// All pages that it was asked for, each once.
    different: u64,
    started: u64,
    after: u64,
    grown: u64,
    limit: u64,
}

impl Memory {
    fn report(&self, sites: usize) -> Value {
        json!({
            "sites": sites,
            "differentBytesServed": self.different,
            "residentBytesAfterFirstPages": self.started,
            "residentBytesAfter": self.after,
            "grownBytes": self.grown,
            "cacheLimitBytes": self.limit,
            "grownToLimit": rounded(ratio(self.grown, self.limit)),
        })
    }
}

/// Divides counts that floating point holds exactly.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn ratio(dividend: u64, divisor: u64) -> f64 {
    dividend as f64 / divisor as f64
}
