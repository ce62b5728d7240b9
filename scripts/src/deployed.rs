//! How functions are built where they are deployed: the same profile, target and processor as
//! `cargo lambda build` has, so that what is measured is what runs. It must never deploy.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;

use crate::process;
use crate::tree::Tree;

/// The processor that is built for, by the machine's kind: the oldest one that Lambda has.
const PROCESSOR: &str = if cfg!(target_arch = "x86_64") {
    "build.rustflags=[\"-C\", \"target-cpu=haswell\"]"
} else {
    "build.rustflags=[\"-C\", \"target-cpu=neoverse-n1\"]"
};

/// Has a cargo command build as it is built for deployment.
pub(crate) fn options(command: &mut Command) -> anyhow::Result<()> {
    command.args(["--release", "--target", &target()?]);
    command.args(["--config", PROCESSOR]);
    Ok(())
}

/// Returns the command that builds every function so, all at once.
pub(crate) fn build(tree: &Tree) -> anyhow::Result<Command> {
    let mut cargo = tree.cargo();
    cargo.arg("build");
    options(&mut cargo)?;
    for name in functions(tree)? {
        cargo.args(["--bin", &name]);
    }
    Ok(cargo)
}

/// Returns the folder of the programs that are built so.
pub(crate) fn folder(tree: &Tree) -> anyhow::Result<PathBuf> {
    Ok(tree.target().join(target()?).join("release"))
}

/// Returns the names of the functions.
pub(crate) fn functions(tree: &Tree) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(tree.path("functions")).context("functions/ is not readable")? {
        let entry = entry?;
        if entry.path().join("Cargo.toml").is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// Returns the target that this machine runs.
fn target() -> anyhow::Result<String> {
    let said = process::read(Command::new("rustc").arg("-vV"))?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc does not name its host")?.to_owned())
}
