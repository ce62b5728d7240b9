//! A process that is killed while it works, and the folder that it leaves. It must never know what
//! the process does.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// Where a process works until it is killed, in the folder in which it was started.
const STATE: &str = "until-killed";

/// What a killed process left.
pub(crate) struct Killed {
    folder: TempDir,
    /// What it acknowledged, in order.
    pub(crate) acknowledged: Vec<String>,
}

impl Killed {
    /// Starts the test `name` of this binary in a process of its own, and kills that when it has
    /// acknowledged `count` pieces of work.
    pub(crate) fn after(count: usize, name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(STATE)).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture", name])
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut acknowledged = Vec::new();
        for line in output.lines() {
            if let Some(work) = line.unwrap().strip_prefix("acknowledged ") {
                acknowledged.push(work.to_owned());
            }
            if acknowledged.len() == count {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert!(acknowledged.len() >= count, "it ended by itself");
        Self {
            folder,
            acknowledged,
        }
    }

    /// Returns the folder in which it worked.
    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join(STATE)
    }
}

/// Returns the folder in which this process works until it is killed; none in any other process.
pub(crate) fn state() -> Option<PathBuf> {
    Path::new(STATE).canonicalize().ok()
}

/// Says that a piece of work is done.
pub(crate) fn acknowledge(work: &str) {
    let line = format!("\nacknowledged {work}\n");
    let mut output = std::io::stdout().lock();
    output.write_all(line.as_bytes()).unwrap();
    output.flush().unwrap();
}
