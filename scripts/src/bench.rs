//! `cargo x bench`: measures and keeps the figures with what is needed to make them again. It must
//! never know what the figures mean.

use std::fs;
use std::process::Command;

use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::tree::Tree;
use crate::{console, deployed, figures, process};

/// What a person may choose.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(Debug, Subcommand)]
enum Subject {
    /// Measures the release tree: publishing, lookup, lists and differences by number of pages.
    Release {
        /// The seed of the generated sites.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Measures the way from sign-up to the first published byte, a hundred times.
    Onboarding {
        /// The seed of ids and secrets.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Measures visitors' pages: instructions, and processor time beside nginx with the same bytes.
    Delivery {
        /// The seed of ids, secrets and pages.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Measures what each path through the API takes: processor time, calls, units and bytes.
    Api {
        /// The seed of ids and secrets.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Measures the same paths with 100, 1,000 and 10,000 tenants, and sign-ups in a minute.
    Scale {
        /// The seed of ids and secrets.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Counts what requests use and reckons what that costs, line by line.
    Cost {
        /// The seed of ids and secrets.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Measures the start of every function as it is deployed, and its size in a package.
    Startup {
        /// The seed of ids, secrets and pages.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
}

/// A bench: a program that prints one JSON object.
struct Bench {
    name: &'static str,
    seed: u64,
    /// The figure that heads the columns of its tables.
    head: &'static str,
    /// What must be built first, beside the program.
    builds: Option<Command>,
    program: Command,
}

/// Measures, prints a table and writes the figures.
pub(crate) fn run(tree: &Tree, options: &Options) -> anyhow::Result<()> {
    let mut bench = bench(tree, &options.subject)?;
    console::heading(format_args!("bench {}", bench.name));
    if let Some(builds) = &mut bench.builds {
        process::run(builds)?;
    }
    let output = process::read(&mut bench.program)?;
    let measured: Value =
        serde_json::from_str(&output).context("the bench did not print one JSON object")?;
    for table in figures::tables(&measured, bench.head) {
        console::result("");
        console::table(&table);
    }
    let file = format!("docs/figures/{}.json", bench.name);
    let text = serde_json::to_string_pretty(&record(tree, &bench, &measured))?;
    fs::create_dir_all(tree.path("docs/figures")).context("docs/figures is not writable")?;
    fs::write(tree.path(&file), text + "\n").context("docs/figures is not writable")?;
    console::result(format_args!("\nwritten to {file}"));
    Ok(())
}

fn bench(tree: &Tree, subject: &Subject) -> anyhow::Result<Bench> {
    let mut program = tree.cargo();
    Ok(match *subject {
        Subject::Release { seed } => {
            program.args(["run", "--release", "--package", "release"]);
            program.args(["--example", "bench", "--"]);
            program.arg(seed.to_string());
            Bench {
                name: "release",
                seed,
                head: "pages",
                builds: None,
                program,
            }
        }
        Subject::Onboarding { seed } => {
            program.args(["run", "--package", "tests", "--bin", "onboarding", "--"]);
            program.arg(seed.to_string());
            program.arg(tree.target().join("onboarding"));
            Bench {
                name: "onboarding",
                seed,
                head: "atOnce",
                builds: None,
                program,
            }
        }
        Subject::Delivery { seed } => {
            program.arg("run");
            deployed::options(&mut program)?;
            program.args(["--bin", "bench-delivery", "--", &seed.to_string()]);
            Bench {
                name: "delivery",
                seed,
                head: "server",
                builds: None,
                program,
            }
        }
        Subject::Api { seed } => of_the_platform("api", seed, "path", program)?,
        Subject::Scale { seed } => {
            let mut bench = of_the_platform("scale", seed, "tenants", program)?;
            bench.program.arg(tree.target().join("scale"));
            bench
        }
        Subject::Cost { seed } => of_the_platform("cost", seed, "for", program)?,
        Subject::Startup { seed } => {
            let mut builds = tree.cargo();
            builds.arg("build");
            deployed::options(&mut builds)?;
            for name in deployed::functions(tree)? {
                builds.args(["--bin", &name]);
            }
            program.arg("run");
            deployed::options(&mut program)?;
            program.args(["--bin", "bench-startup", "--", &seed.to_string()]);
            program.arg(deployed::folder(tree)?);
            Bench {
                name: "startup",
                seed,
                head: "function",
                builds: Some(builds),
                program,
            }
        }
    })
}

/// Makes a bench of the whole platform, built as its functions are deployed.
fn of_the_platform(
    name: &'static str,
    seed: u64,
    head: &'static str,
    mut program: Command,
) -> anyhow::Result<Bench> {
    program.arg("run");
    deployed::options(&mut program)?;
    program.args(["--bin", &format!("bench-{name}"), "--", &seed.to_string()]);
    Ok(Bench {
        name,
        seed,
        head,
        builds: None,
        program,
    })
}

fn record(tree: &Tree, bench: &Bench, measured: &Value) -> Value {
    let changes = tree.git(&["status", "--porcelain", "--untracked-files=no"]);
    json!({
        "command": format!("cargo x bench {} --seed {}", bench.name, bench.seed),
        "seed": bench.seed,
        "commit": tree.git(&["rev-parse", "--verify", "HEAD"]),
        "committedAt": tree.git(&["log", "-1", "--format=%cI"]),
        "uncommittedChanges": changes.is_none_or(|changes| !changes.is_empty()),
        "machine": {
            "processors": std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            "architecture": std::env::consts::ARCH,
            "system": std::env::consts::OS,
            "rustc": process::read(Command::new("rustc").arg("--version"))
                .map(|text| text.trim().to_owned())
                .unwrap_or_default(),
        },
        "figures": measured,
    })
}
