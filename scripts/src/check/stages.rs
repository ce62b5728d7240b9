//! The stages of the gate in their order: the quick ones first, so that a slip is seen soon. It
//! must never know how results are shown.

use std::collections::BTreeSet;

use anyhow::{Context, bail};

use super::{Stage, coverage, documented, lints, schemathesis, template, threats};
use crate::tree::Tree;
use crate::{console, fuzz, golden, process, tools};

/// What a test prints of the stop points that it tried.
const STOP_POINTS: &str = "stop points tried: ";

/// How long each target is fuzzed, in seconds.
const FUZZ_S: u32 = 30;

/// What a test prints of what it measured.
const MEASURED: &str = "measured: ";

/// Stop points that the long run tries, at least.
const STOP_POINTS_MIN: u64 = 20_000;

const DENY_VERSION: &str = "0.20.2";

/// Every stage.
pub(super) const ALL: &[Stage] = &[
    Stage {
        name: "fmt",
        long: false,
        after: None,
        run: fmt,
    },
    Stage {
        name: "lints",
        long: false,
        after: None,
        run: lints::check,
    },
    Stage {
        name: "template",
        long: false,
        after: None,
        run: template::check,
    },
    Stage {
        name: "clippy",
        long: false,
        after: None,
        run: clippy,
    },
    Stage {
        name: "doc",
        long: false,
        after: None,
        run: doc,
    },
    Stage {
        name: "tests",
        long: false,
        after: None,
        run: tests,
    },
    Stage {
        name: "threats",
        long: false,
        after: Some("tests"),
        run: threats::check,
    },
    Stage {
        name: "goldens",
        long: false,
        after: Some("tests"),
        run: goldens,
    },
    Stage {
        name: "schemathesis",
        long: true,
        after: Some("tests"),
        run: schemathesis::short,
    },
    Stage {
        name: "schemathesis-long",
        long: true,
        after: Some("schemathesis"),
        run: schemathesis::long,
    },
    Stage {
        name: "fuzz",
        long: true,
        after: Some("tests"),
        run: fuzz,
    },
    Stage {
        name: "crashes",
        long: true,
        after: Some("tests"),
        run: crashes,
    },
    Stage {
        name: "deny",
        long: true,
        after: None,
        run: deny,
    },
    Stage {
        name: "coverage",
        long: true,
        after: Some("tests"),
        run: coverage::check,
    },
];

fn fmt(tree: &Tree) -> anyhow::Result<String> {
    process::run(tree.cargo().args(["fmt", "--all", "--check"]))?;
    Ok(String::new())
}

fn clippy(tree: &Tree) -> anyhow::Result<String> {
    let mut command = tree.cargo();
    command.args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "--deny",
        "warnings",
    ]);
    process::run(&mut command)?;
    Ok(String::new())
}

fn doc(tree: &Tree) -> anyhow::Result<String> {
    let mut command = tree.cargo();
    command
        .args(["doc", "--workspace", "--no-deps"])
        .env("RUSTDOCFLAGS", "--deny warnings");
    process::run(&mut command)?;
    documented::check(tree)
}

/// Runs all tests, also after one failed, and counts them by cargo's own closing lines.
fn tests(tree: &Tree) -> anyhow::Result<String> {
    let mut command = tree.cargo();
    command.args(["test", "--workspace", "--no-fail-fast"]);
    let (mut passed, mut closing, mut names) = (0, Vec::new(), BTreeSet::new());
    let ended = process::watch(&mut command, |line| {
        passed += golden::passed(line);
        names.extend(threats::passed(line).map(str::to_owned));
        if line.starts_with("test result: ") && !line.contains(" 0 passed; 0 failed") {
            closing.push(line.to_owned());
        }
    });
    console::note("");
    closing.iter().for_each(console::note);
    ended.with_context(|| format!("{passed} passed, others did not"))?;
    if passed == 0 {
        bail!("no test ran");
    }
    threats::keep(tree, &names)?;
    Ok(format!("{passed} passed"))
}

/// Makes the golden files anew: a tree in order is the same afterwards.
fn goldens(tree: &Tree) -> anyhow::Result<String> {
    let before = golden::read(tree.root())?;
    golden::write(tree)?;
    let after = golden::read(tree.root())?;
    let changed = golden::changed(&before, &after);
    if changed.is_empty() {
        return Ok(format!("{} files", after.len()));
    }
    let changed: Vec<String> = changed
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let mut diff = vec!["--no-pager", "diff", "--"];
    diff.extend(changed.iter().map(String::as_str));
    console::note(tree.git(&diff).unwrap_or_default());
    bail!(
        "made anew, these are not as they were: {}",
        changed.join(", ")
    )
}

/// Looks for inputs that show a mistake in a parser. Those that are kept are run by the tests.
fn fuzz(tree: &Tree) -> anyhow::Result<String> {
    let fuzz::Found { targets, inputs } = fuzz::try_all(tree, FUZZ_S)?;
    Ok(format!("{targets} targets, {inputs} inputs"))
}

/// Has something go wrong at every call, where the tests try some of them, has many tenants at work
/// for long, and counts the places by what the tests say of them.
fn crashes(tree: &Tree) -> anyhow::Result<String> {
    let mut command = tree.cargo();
    command
        .args(["test", "--profile", "soak", "--package", "tests"])
        .args(["--test", "resilience", "--test", "provisioning", "--"])
        .args([
            "points",
            "batches",
            "deliveries",
            "neighbours",
            "throttling",
        ])
        .arg("--nocapture")
        .env("HOTSWAP_FULL", "1");
    let (mut cases, mut measured) = (Vec::new(), Vec::new());
    let ended = process::watch(&mut command, |line| {
        if let Some((_, case)) = line.split_once(STOP_POINTS) {
            cases.push(case.to_owned());
        }
        if let Some((_, what)) = line.split_once(MEASURED) {
            measured.push(what.to_owned());
        }
    });
    console::note("");
    cases.iter().chain(&measured).for_each(console::note);
    ended?;
    let tried: u64 = cases
        .iter()
        .filter_map(|case| stop_points(case))
        .map(|it| it.0)
        .sum();
    if tried < STOP_POINTS_MIN {
        bail!("{tried} stop points were tried, fewer than {STOP_POINTS_MIN}");
    }
    Ok(format!("{tried} stop points of {} kinds", cases.len()))
}

/// Reads `<case>: <tried> of <all>`.
fn stop_points(case: &str) -> Option<(u64, u64)> {
    let (tried, all) = case.rsplit_once(": ")?.1.split_once(" of ")?;
    Some((tried.parse().ok()?, all.parse().ok()?))
}

/// Checks licences, sources, bans and duplicates. Advisories need the network and the day's list,
/// so they are a job of their own (`cargo deny check advisories`), not part of a repeatable gate.
fn deny(tree: &Tree) -> anyhow::Result<String> {
    let program = tools::cargo_program(tree, "cargo-deny", DENY_VERSION)?;
    let mut command = std::process::Command::new(program);
    command
        .current_dir(tree.root())
        .args(["--offline", "--workspace", "check"]);
    process::run(command.args(["--hide-inclusion-graph", "bans", "licenses", "sources"]))?;
    Ok(String::new())
}

#[cfg(test)]
mod tests {
    use super::stop_points;

    #[test]
    fn the_number_of_stop_points_is_read() {
        let case = "registration, before a call: 16 of 40";
        assert_eq!(stop_points(case), Some((16, 40)));
        assert_eq!(stop_points("registration: none"), None);
    }
}
