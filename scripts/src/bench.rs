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
    /// The seed of what is made: ids, secrets, pages and sites.
    #[arg(long, global = true, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum Subject {
    /// Measures the release tree: publishing, lookup, lists and differences by number of pages.
    Release,
    /// Measures the way from sign-up to the first published byte, a hundred times.
    Onboarding,
    /// Measures visitors' pages: instructions, and processor time beside nginx with the same bytes.
    Delivery,
    /// Measures what each path through the API takes: processor time, calls, units and bytes.
    Api,
    /// Measures the same paths with 100, 1,000 and 10,000 tenants, and sign-ups in a minute.
    Scale,
    /// Counts what requests use and reckons what that costs, line by line.
    Cost,
    /// Measures the start of every function as it is deployed, and its size in a package.
    Startup,
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
    let mut bench = bench(tree, options)?;
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

fn bench(tree: &Tree, options: &Options) -> anyhow::Result<Bench> {
    let (mut program, seed) = (tree.cargo(), options.seed);
    Ok(match options.subject {
        Subject::Release => {
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
        Subject::Onboarding => {
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
        Subject::Delivery => of_the_platform("delivery", seed, "server", program)?,
        Subject::Api => of_the_platform("api", seed, "path", program)?,
        Subject::Scale => {
            let mut bench = of_the_platform("scale", seed, "tenants", program)?;
            bench.program.arg(tree.target().join("scale"));
            bench
        }
        Subject::Cost => of_the_platform("cost", seed, "for", program)?,
        Subject::Startup => {
            let mut bench = of_the_platform("startup", seed, "function", program)?;
            bench.program.arg(deployed::folder(tree)?);
            bench.builds = Some(deployed::build(tree)?);
            bench
        }
    })
}

/// Makes a bench of the platform, built as its functions are deployed.
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
    // Figures that were written just now change nothing that is measured.
    let what = ["--untracked-files=no", "--", ".", ":!docs/figures"];
    let changes = tree.git(&[&["status", "--porcelain"], what.as_slice()].concat());
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
