//! `cargo x local`: builds the platform for this machine and becomes it. It must never know what
//! the platform starts.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, bail};
use clap::Args;

use crate::host::{self, Stopwatch};
use crate::tree::Tree;
use crate::{console, process};

/// What a person may choose.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The port on the loopback address [default: 3000].
    #[arg(long)]
    port: Option<u16>,
    /// The folder that keeps the state [default: .hotswap in the tree].
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Begins anew: what the folder keeps is deleted first.
    #[arg(long)]
    fresh: bool,
    /// A server that mail is handed to, as HOST:PORT [default: it is put into files only].
    #[arg(long)]
    smtp: Option<String>,
}

const NO_COMPILER: &str = "no C compiler was found, and the storage engine is compiled from C.\n\
    Install one and run the command again:\n  \
      Debian, Ubuntu   sudo apt install build-essential\n  \
      Fedora           sudo dnf install gcc\n  \
      Arch             sudo pacman -S base-devel\n  \
      macOS            xcode-select --install\n\
    Or name one in the variable CC.";

/// Builds and runs the platform.
pub(crate) fn run(tree: &Tree, options: &Options) -> anyhow::Result<()> {
    if !has_compiler() {
        bail!(NO_COMPILER);
    }
    console::heading("build (some minutes the first time, seconds later)");
    let watch = Stopwatch::start();
    let program = build(tree)?;
    console::note(format_args!("built in {}", watch.elapsed()));
    let mut command = Command::new(program);
    command
        .current_dir(tree.root())
        .args(arguments(tree, options)?);
    process::become_program(&mut command)
}

fn has_compiler() -> bool {
    let chosen = host::variable("CC");
    let names = chosen.map_or_else(
        || vec!["cc".into(), "gcc".into(), "clang".into()],
        |cc| vec![cc],
    );
    names
        .iter()
        .any(|name: &OsString| process::works(Command::new(name).arg("--version")))
}

/// Builds the package and returns where cargo put the program.
pub(crate) fn build(tree: &Tree) -> anyhow::Result<PathBuf> {
    let mut command = tree.cargo();
    command.args(["build", "--package", "local", "--bin", "local"]);
    command.args(["--message-format", "json-render-diagnostics"]);
    let mut program = None;
    process::lines(&mut command, |line| {
        program = executable(line).or(program.take());
    })?;
    program.context("cargo built no program `local`")
}

fn executable(message: &str) -> Option<PathBuf> {
    let message: serde_json::Value = serde_json::from_str(message).ok()?;
    message.get("executable")?.as_str().map(PathBuf::from)
}

fn arguments(tree: &Tree, options: &Options) -> anyhow::Result<Vec<OsString>> {
    let data = match &options.data {
        Some(folder) => std::path::absolute(folder).context("the data folder has no path")?,
        None => tree.path(".hotswap"),
    };
    let mut arguments = vec!["--data".into(), data.into_os_string()];
    if let Some(port) = options.port {
        arguments.extend(["--port".into(), port.to_string().into()]);
    }
    if let Some(server) = &options.smtp {
        arguments.extend(["--smtp".into(), server.into()]);
    }
    if options.fresh {
        arguments.push("--fresh".into());
    }
    Ok(arguments)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::executable;

    #[test]
    fn the_program_is_found_among_messages() {
        assert_eq!(
            executable(r#"{"reason":"build-finished","success":true}"#),
            None
        );
        assert_eq!(
            executable(r#"{"reason":"compiler-artifact","executable":null}"#),
            None
        );
        assert_eq!(
            executable(r#"{"reason":"compiler-artifact","executable":"/t/local"}"#),
            Some(PathBuf::from("/t/local"))
        );
    }
}
