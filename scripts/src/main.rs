//! `cargo x`: everything a person or the build server does with this tree, as one program. It must
//! never know what happens inside the platform.

mod bench;
mod check;
mod console;
mod deploy_check;
mod deployed;
mod figures;
mod fuzz;
mod golden;
mod host;
mod isolation;
mod local;
mod process;
mod running;
mod tools;
mod tree;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::tree::Tree;

/// Runs, checks and measures HotSwap.
#[derive(Debug, Parser)]
#[command(name = "cargo x", bin_name = "cargo x", max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Builds the platform and runs it on this machine.
    Local(local::Options),
    /// Runs every check: the gate that the build server runs.
    Check(check::Options),
    /// Deploys the template to an emulator of AWS, proves what stands there and takes it down.
    DeployCheck(deploy_check::Options),
    /// Looks for inputs that show a mistake in a parser.
    Fuzz(fuzz::Options),
    /// Proves that no tenant reaches another, and signs what came of it.
    Isolation(isolation::Options),
    /// Writes the golden files anew.
    Golden,
    /// Measures, and writes what was measured below docs/figures.
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments.verb) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::note(format_args!("\nerror: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(verb: &Verb) -> anyhow::Result<()> {
    let tree = Tree::find()?;
    match verb {
        Verb::Local(options) => local::run(&tree, options),
        Verb::Check(options) => check::run(&tree, options),
        Verb::DeployCheck(options) => deploy_check::run(&tree, options),
        Verb::Fuzz(options) => fuzz::run(&tree, options),
        Verb::Isolation(options) => isolation::run(&tree, options),
        Verb::Golden => golden::run(&tree),
        Verb::Bench(options) => bench::run(&tree, options),
    }
}
