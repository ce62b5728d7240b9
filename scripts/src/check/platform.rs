//! A platform that is started for a stage, and ends with it. It must never know what the stage asks of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context;
use serde_json::Value;

use crate::running::Running;
use crate::tree::Tree;

/// How long the first start may take: it makes a whole tenant.
const START_MAX: Duration = Duration::from_mins(4);

/// A platform that runs as long as this value lives.
pub(super) struct Platform {
    _running: Running,
    origin: String,
    data: PathBuf,
}

impl Platform {
    /// Starts a platform without any state on free ports, which it keeps below `folder`, and waits until
    /// it is ready.
    pub(super) fn start(
        tree: &Tree,
        program: &Path,
        folder: &Path,
        options: &[String],
    ) -> anyhow::Result<Self> {
        let data = folder.join("data");
        let mut command = Command::new(program);
        command
            .current_dir(tree.root())
            .args(["--port", "0", "--while-input", "--log", "error"])
            .args(options)
            .arg("--data")
            .arg(&data)
            // It ends when nobody holds the other side any more, however this program ends.
            .stdin(Stdio::piped());
        let mut running = Running::start(&mut command, &folder.join("platform.log"))?;
        running
            .wait_until(START_MAX, || is_ready(&accounts(&data)))
            .context("the platform")?;
        Ok(Self {
            _running: running,
            origin: variable(&data, "PLATFORM_ORIGIN")?,
            data,
        })
    }

    /// Returns where it answers.
    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns the file with the sign-ins that it made.
    pub(super) fn accounts(&self) -> PathBuf {
        accounts(&self.data)
    }
}

fn accounts(data: &Path) -> PathBuf {
    data.join("accounts.json")
}

/// Reports whether a platform has made what it begins with.
fn is_ready(accounts: &Path) -> bool {
    let accounts = fs::read(accounts).unwrap_or_default();
    let accounts: Value = serde_json::from_slice(&accounts).unwrap_or_default();
    accounts.get("isComplete") == Some(&Value::Bool(true))
}

/// Reads one of the variables that a platform writes down.
fn variable(data: &Path, name: &str) -> anyhow::Result<String> {
    let lines = fs::read_to_string(data.join("functions.env"))?;
    let mut variables = lines.lines().filter_map(|line| line.split_once('='));
    let found = variables.find(|variable| variable.0 == name);
    Ok(found.with_context(|| format!("no `{name}`"))?.1.to_owned())
}
