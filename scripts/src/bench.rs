//! `cargo x bench`: measures and keeps the figures with what is needed to make them again. It must
//! never know what the figures mean.

use std::fs;
use std::process::Command;

use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::tree::Tree;
use crate::{console, figures, process};

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
}

/// Measures, prints a table and writes the figures.
pub(crate) fn run(tree: &Tree, options: &Options) -> anyhow::Result<()> {
    let Subject::Release { seed } = options.subject;
    console::heading("bench release");
    let mut command = tree.cargo();
    command.args([
        "run",
        "--release",
        "--package",
        "release",
        "--example",
        "bench",
        "--",
    ]);
    command.arg(seed.to_string());
    let output = process::read(&mut command)?;
    let measured: Value =
        serde_json::from_str(&output).context("the bench did not print one JSON object")?;
    for table in figures::tables(&measured, "pages") {
        console::result("");
        console::table(&table);
    }
    let path = tree.path("docs/figures/release.json");
    let text = serde_json::to_string_pretty(&record(tree, seed, &measured))?;
    fs::create_dir_all(tree.path("docs/figures")).context("docs/figures is not writable")?;
    fs::write(&path, text + "\n").context("docs/figures is not writable")?;
    console::result("\nwritten to docs/figures/release.json");
    Ok(())
}

fn record(tree: &Tree, seed: u64, measured: &Value) -> Value {
    let changes = tree.git(&["status", "--porcelain", "--untracked-files=no"]);
    json!({
        "command": format!("cargo x bench release --seed {seed}"),
        "seed": seed,
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
