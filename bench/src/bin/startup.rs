//! Measures how functions start, as they are deployed: their size in a package, the time from the
//! start of the process to its first question for an event, and the first request beside the ones
//! after it: `bench-startup <seed> <folder>` with the functions' programs in the folder.
//!
//! The program starts itself again as the platform behind the functions.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use bench::figures::{median, spread};
use bench::programs::{Running, processor_time, require};
use bench::runtime_api::{RuntimeApi, now};
use bench::sites::{self, CALLS, Ready};
use bench::{callgrind, load};
use local::functions::registry;
use serde_json::{Value, json};

/// Starts of each function; they take turns.
const STARTS: usize = 21;

/// Requests after the first one.
const WARM: usize = 10;

/// Functions whose first request is measured.
const ANSWERING: [&str; 2] = ["content", "delivery"];

/// What a start may take, in milliseconds.
const START_MAX_MS: f64 = 10.0;

/// What a function may have in a package, in bytes.
const ZIPPED_MAX: u64 = 5_000_000;

/// Packs a program as `sam package` does, in memory, and prints the size.
const PACK: &str = "\
import io, sys, zipfile\n\
packed = io.BytesIO()\n\
with zipfile.ZipFile(packed, 'w', zipfile.ZIP_DEFLATED) as package:\n\
\x20   package.write(sys.argv[1], 'bootstrap')\n\
print(len(packed.getvalue()))\n";

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["platform", seed] => {
            tokio::runtime::Runtime::new()?.block_on(sites::run(seed.parse()?, 1))
        }
        [seed, folder] => {
            let report = Bench::start(seed, Path::new(folder))?.run()?;
            Ok(writeln!(std::io::stdout(), "{report:#}")?)
        }
        _ => bail!("say the seed and the folder"),
    }
}

struct Bench {
    seed: u64,
    folder: PathBuf,
    ready: Ready,
    _platform: Running,
}

/// What was measured of one function.
struct Measured {
    name: &'static str,
    program: PathBuf,
    milliseconds: Vec<f64>,
    processor: Vec<f64>,
    calls: u64,
    first: Vec<f64>,
    first_calls: u64,
    warm: Vec<f64>,
    warm_calls: u64,
}

impl Bench {
    fn start(seed: &str, folder: &Path) -> anyhow::Result<Self> {
        require(&[("valgrind", "valgrind"), ("python3", "python3")])?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["platform", seed]);
        let (platform, line) = Running::until_ready(&mut command)?;
        Ok(Self {
            seed: seed.parse()?,
            folder: folder.to_owned(),
            ready: serde_json::from_str(&line)?,
            _platform: platform,
        })
    }

    fn run(&self) -> anyhow::Result<Value> {
        let mut functions: Vec<Measured> = registry()
            .keys()
            .map(|name| Measured::new(name, &self.folder))
            .collect();
        for _ in 0..STARTS {
            for function in &mut functions {
                function.measure(self)?;
            }
        }
        let reports: anyhow::Result<Vec<Value>> = functions
            .iter()
            .map(|function| function.report(self))
            .collect();
        let slowest = functions
            .iter()
            .map(|function| median(&function.milliseconds));
        let slowest = slowest.fold(0.0, f64::max);
        let reports = reports?;
        let sizes = reports
            .iter()
            .filter_map(|report| report.get("zippedBytes")?.as_u64());
        let largest = sizes.max().unwrap_or_default();
        Ok(json!({
            "bench": "startup",
            "seed": self.seed,
            "starts": STARTS,
            "versions": { "valgrind": load::version(Path::new("valgrind"), "--version") },
            "goals": {
                "slowestStartMilliseconds": {
                    "goal": START_MAX_MS,
                    "measured": bench::figures::rounded(slowest),
                    "isMet": slowest <= START_MAX_MS,
                },
                "largestZippedBytes": {
                    "goal": ZIPPED_MAX, "measured": largest, "isMet": largest <= ZIPPED_MAX,
                },
            },
            "functions": reports,
        }))
    }

    /// Returns the command that starts a function as Lambda does.
    fn command(&self, mut command: Command, name: &str, api: &RuntimeApi) -> Command {
        command
            .env_clear()
            .envs(&self.ready.variables)
            .env("AWS_LAMBDA_RUNTIME_API", api.address())
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "bench")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "bench")
            .env("_HANDLER", "bootstrap")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    fn calls(&self) -> anyhow::Result<u64> {
        Ok(String::from_utf8(load::fetch(self.ready.port, "", CALLS)?)?.parse()?)
    }
}

impl Measured {
    fn new(name: &'static str, folder: &Path) -> Self {
        Self {
            name,
            program: folder.join(name),
            milliseconds: Vec::new(),
            processor: Vec::new(),
            calls: 0,
            first: Vec::new(),
            first_calls: 0,
            warm: Vec::new(),
            warm_calls: 0,
        }
    }

    /// Starts the function once.
    fn measure(&mut self, bench: &Bench) -> anyhow::Result<()> {
        let mut api = RuntimeApi::open()?;
        let before = bench.calls()?;
        let mut command = bench.command(Command::new(&self.program), self.name, &api);
        let begun = now();
        let running = Running::start(&mut command)?;
        let asked = api.asked().context(self.name)?;
        self.processor
            .push(milliseconds(Duration::from_nanos(processor_time(
                running.id(),
            )?)));
        self.milliseconds
            .push(milliseconds(asked.duration_since(begun)));
        let started = bench.calls()?;
        self.calls = started - before;
        let Some(event) = bench.ready.events.get(self.name) else {
            return Ok(());
        };
        if !ANSWERING.contains(&self.name) {
            return Ok(());
        }
        let event = serde_json::to_vec(event)?;
        self.first.push(answered(&mut api, &event)?);
        let first = bench.calls()?;
        self.first_calls = first - started;
        for _ in 0..WARM {
            self.warm.push(answered(&mut api, &event)?);
        }
        self.warm_calls = bench.calls()? - first;
        Ok(())
    }

    fn report(&self, bench: &Bench) -> anyhow::Result<Value> {
        let bytes = std::fs::metadata(&self.program)?.len();
        let zipped = Command::new("python3")
            .args(["-c", PACK])
            .arg(&self.program)
            .output()?;
        let zipped: u64 = String::from_utf8(zipped.stdout)?.trim().parse()?;
        let mut report = json!({
            "function": self.name,
            "bytes": bytes,
            "zippedBytes": zipped,
            "startMilliseconds": spread(&self.milliseconds),
            "startProcessorMilliseconds": spread(&self.processor),
            "startInstructions": self.instructions(bench)?,
            "startCalls": self.calls,
        });
        if let (Some(members), false) = (report.as_object_mut(), self.first.is_empty()) {
            let first = json!({ "milliseconds": spread(&self.first), "calls": self.first_calls });
            members.insert("firstRequest".to_owned(), first);
            let warm = json!({
                "milliseconds": spread(&self.warm),
                "callsOfAll": self.warm_calls,
            });
            members.insert("warmRequest".to_owned(), warm);
        }
        Ok(report)
    }

    /// Counts the instructions until the process asks for its first event.
    fn instructions(&self, bench: &Bench) -> anyhow::Result<u64> {
        let mut api = RuntimeApi::open()?;
        let mut valgrind = callgrind::command();
        valgrind.arg(&self.program);
        let mut command = bench.command(valgrind, self.name, &api);
        let child = command
            .stderr(Stdio::piped())
            .spawn()
            .context("valgrind does not run")?;
        api.asked().context(self.name)?;
        Command::new("kill")
            .args(["-s", "TERM", &child.id().to_string()])
            .status()?;
        let said = child.wait_with_output()?.stderr;
        let said = String::from_utf8_lossy(&said);
        callgrind::collected(&said).with_context(|| format!("callgrind counted nothing: {said}"))
    }
}

/// Has an event answered, well, and returns the milliseconds that it took.
fn answered(api: &mut RuntimeApi, event: &[u8]) -> anyhow::Result<f64> {
    let (took, answer) = api.invoke(event)?;
    let answer: Value = serde_json::from_slice(&answer)?;
    if answer.get("statusCode").and_then(Value::as_u64) != Some(200) {
        bail!("the answer is {answer}");
    }
    Ok(milliseconds(took))
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
