//! The stage that finds crates which do not take the workspace's lints. It must never know which
//! lints these are.

use std::fs;

use anyhow::{Context, bail};
use serde_json::Value;

use crate::process;
use crate::tree::Tree;

/// Checks every member.
pub(super) fn check(tree: &Tree) -> anyhow::Result<String> {
    let mut command = tree.cargo();
    command.args([
        "metadata",
        "--no-deps",
        "--format-version",
        "1",
        "--offline",
    ]);
    let metadata: Value = serde_json::from_str(&process::read(&mut command)?)?;
    let packages = metadata
        .get("packages")
        .and_then(Value::as_array)
        .context("no packages")?;
    let mut without = Vec::new();
    for package in packages {
        let path = package
            .get("manifest_path")
            .and_then(Value::as_str)
            .context("no path")?;
        let manifest = fs::read_to_string(path).with_context(|| path.to_owned())?;
        if !takes_workspace_lints(&manifest) {
            without.push(path);
        }
    }
    if without.is_empty() {
        Ok(format!("{} crates", packages.len()))
    } else {
        bail!("without `[lints] workspace = true`: {}", without.join(", "))
    }
}

fn takes_workspace_lints(manifest: &str) -> bool {
    let mut lines = manifest
        .lines()
        .map(str::trim)
        .skip_while(|line| *line != "[lints]")
        .skip(1);
    lines.find(|line| !line.is_empty() && !line.starts_with('#')) == Some("workspace = true")
}

#[cfg(test)]
mod tests {
    use super::takes_workspace_lints;

    #[test]
    fn a_missing_section_is_found() {
        assert!(takes_workspace_lints(
            "[package]\nname = \"a\"\n\n[lints]\nworkspace = true\n"
        ));
        assert!(!takes_workspace_lints("[package]\nname = \"a\"\n"));
        assert!(!takes_workspace_lints(
            "[lints]\n\n[dependencies]\nworkspace = true\n"
        ));
        assert!(!takes_workspace_lints("[lints.clippy]\nall = \"allow\"\n"));
    }
}
