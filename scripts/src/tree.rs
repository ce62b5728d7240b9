//! The tree that `cargo x` works on: its root and what git knows of it. It must never write.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::{host, process};

/// A clone of the repository.
#[derive(Debug)]
pub(crate) struct Tree {
    root: PathBuf,
}

impl Tree {
    /// Finds the tree around the current folder.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let here = std::env::current_dir().context("the current folder is not readable")?;
        for folder in here.ancestors() {
            let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
            if manifest.contains("[workspace]") {
                return Ok(Self {
                    root: folder.to_owned(),
                });
            }
        }
        bail!("no workspace was found in {} or above it", here.display())
    }

    /// Returns the root.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns a path inside the tree.
    pub(crate) fn path(&self, inside: impl AsRef<Path>) -> PathBuf {
        self.root.join(inside)
    }

    /// Reads every file whose name ends in `ending`, by its path inside the tree, in order.
    pub(crate) fn files(&self, ending: &str) -> anyhow::Result<Vec<(String, String)>> {
        let mut files = Vec::new();
        self.collect(&self.root, ending, &mut files)?;
        files.sort_unstable();
        Ok(files)
    }

    fn collect(
        &self,
        folder: &Path,
        ending: &str,
        files: &mut Vec<(String, String)>,
    ) -> anyhow::Result<()> {
        let entries = std::fs::read_dir(folder);
        for entry in entries.with_context(|| folder.display().to_string())? {
            let entry = entry?;
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            if entry.file_type()?.is_dir() {
                let is_ours = !name.starts_with('.') && name != "target" && name != "node_modules";
                if is_ours {
                    self.collect(&path, ending, files)?;
                }
            } else if name.ends_with(ending) {
                let text = std::fs::read_to_string(&path);
                let text = text.with_context(|| path.display().to_string())?;
                let inside = path.strip_prefix(&self.root).unwrap_or(&path);
                files.push((inside.to_string_lossy().replace('\\', "/"), text));
            }
        }
        Ok(())
    }

    /// Returns the folder that cargo builds into.
    pub(crate) fn target(&self) -> PathBuf {
        let chosen = host::variable("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
        self.root.join(chosen)
    }

    /// Returns a command that runs cargo at the root: the cargo that runs this program.
    pub(crate) fn cargo(&self) -> Command {
        let cargo = host::variable("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.current_dir(&self.root);
        command
    }

    /// Returns what git answers, or nothing where there is no git or no commit.
    pub(crate) fn git(&self, arguments: &[&str]) -> Option<String> {
        let mut command = Command::new("git");
        command
            .current_dir(&self.root)
            .args(arguments)
            .stderr(std::process::Stdio::null());
        process::read(&mut command)
            .ok()
            .map(|text| text.trim().to_owned())
    }
}
