//! The stage that measures which lines the tests run: most of the product, and all of the trusted
//! core. It must never run without the tests being good.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};
use serde_json::Value;

use crate::tree::Tree;
use crate::{console, process, tools};

const TARPAULIN_VERSION: &str = "0.37.5";
/// Of all lines of the product, in percent.
const GATE_ALL: u64 = 80;
/// Of the lines that keep tenants apart, in percent.
const GATE_TENANCY: u64 = 100;
/// Where the product is: what tests and automates it is not counted.
const ROOMS: [&str; 3] = ["functions", "shared", "infra"];

/// Lines that could be run, and lines that were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Lines {
    covered: u64,
    coverable: u64,
}

/// Measures coverage and holds it against the gates.
pub(super) fn check(tree: &Tree) -> anyhow::Result<String> {
    let program = tools::cargo_program(tree, "cargo-tarpaulin", TARPAULIN_VERSION)?;
    let folder = tree.target().join("coverage");
    fs::create_dir_all(&folder).context("the folder for coverage is not writable")?;
    let mut command = Command::new(program);
    command
        .current_dir(tree.root())
        .args(["tarpaulin", "--workspace", "--skip-clean"]);
    command.args([
        "--engine",
        "llvm",
        "--timeout",
        "900",
        "--out",
        "Json",
        "--output-dir",
    ]);
    process::run(
        command
            .arg(&folder)
            .arg("--target-dir")
            .arg(folder.join("build")),
    )?;
    let report = fs::read_to_string(folder.join("tarpaulin-report.json")).context("no report")?;
    let files = files(&serde_json::from_str(&report)?, tree.root());
    for room in by_folder(&files) {
        console::result(room);
    }
    judge(&files)
}

/// Returns the product's files, by their path in the tree, with their lines.
fn files(report: &Value, root: &Path) -> Vec<(String, Lines)> {
    let mut files: Vec<(String, Lines)> = Vec::new();
    for file in report
        .get("files")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let parts = file
            .get("path")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let path: std::path::PathBuf = parts.filter_map(Value::as_str).collect();
        let Ok(inside) = path.strip_prefix(root) else {
            continue;
        };
        let is_product = ROOMS.iter().any(|room| inside.starts_with(room));
        let is_source = inside.components().any(|part| part.as_os_str() == "src");
        if is_product && is_source {
            let number = |name| file.get(name).and_then(Value::as_u64).unwrap_or(0);
            let lines = Lines {
                covered: number("covered"),
                coverable: number("coverable"),
            };
            files.push((inside.to_string_lossy().into_owned(), lines));
        }
    }
    files.sort_unstable_by(|one, other| one.0.cmp(&other.0));
    files
}

fn sum(files: &[(String, Lines)], below: &str) -> Lines {
    files
        .iter()
        .filter(|(path, _)| path.starts_with(below))
        .fold(Lines::default(), |sum, file| Lines {
            covered: sum.covered + file.1.covered,
            coverable: sum.coverable + file.1.coverable,
        })
}

fn by_folder(files: &[(String, Lines)]) -> Vec<String> {
    let mut folders: Vec<&str> = files
        .iter()
        .filter_map(|(path, _)| path.split_once("/src/"))
        .map(|split| split.0)
        .collect();
    folders.dedup();
    folders
        .into_iter()
        .map(|folder| format!("{folder:<24} {}", sum(files, &format!("{folder}/")).words()))
        .collect()
}

fn judge(files: &[(String, Lines)]) -> anyhow::Result<String> {
    let (all, tenancy) = (sum(files, ""), sum(files, "shared/tenancy/"));
    let words = format!("all {}; tenancy {}", all.words(), tenancy.words());
    if !tenancy.reaches(GATE_TENANCY) {
        for (path, lines) in files
            .iter()
            .filter(|file| file.0.starts_with("shared/tenancy/"))
        {
            console::note(format_args!("{path:<48} {}", lines.words()));
        }
    }
    if all.reaches(GATE_ALL) && tenancy.reaches(GATE_TENANCY) {
        Ok(words)
    } else {
        bail!("{words}; wanted {GATE_ALL} % and {GATE_TENANCY} %")
    }
}

impl Lines {
    /// Returns whether the share is reached; nothing measured reaches nothing.
    fn reaches(self, percent: u64) -> bool {
        self.coverable > 0 && self.covered * 100 >= self.coverable * percent
    }

    fn words(self) -> String {
        let tenths = self.covered * 1_000 / self.coverable.max(1);
        format!(
            "{}.{} % ({} of {})",
            tenths / 10,
            tenths % 10,
            self.covered,
            self.coverable
        )
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::{Lines, files, judge};

    fn report(tenancy: u64, content: u64) -> Vec<(String, Lines)> {
        let file = |path: &[&str], covered| {
            let path: Vec<&str> = ["/", "tree"]
                .into_iter()
                .chain(path.iter().copied())
                .collect();
            json!({"path": path, "covered": covered, "coverable": 100})
        };
        let report = json!({"files": [
            file(&["shared", "tenancy", "src", "keys.rs"], tenancy),
            file(&["functions", "content", "src", "routes.rs"], content),
            file(&["functions", "content", "tests", "pages.rs"], 0),
            file(&["scripts", "src", "main.rs"], 0),
        ]});
        files(&report, Path::new("/tree"))
    }

    #[test]
    fn only_the_product_counts() {
        assert_eq!(report(1, 2).len(), 2);
    }

    #[test]
    fn both_gates_hold() {
        let good = judge(&report(100, 60)).unwrap();
        assert_eq!(
            good,
            "all 80.0 % (160 of 200); tenancy 100.0 % (100 of 100)"
        );
        assert!(judge(&report(100, 59)).is_err());
        assert!(judge(&report(99, 100)).is_err());
        assert!(judge(&[]).is_err());
    }
}
