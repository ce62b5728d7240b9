//! The stages of the gate in their order: the quick ones first, so that a slip is seen soon. It
//! must never know how results are shown.

use std::collections::BTreeSet;

use anyhow::{Context, bail};

use super::passed::{Binary, Passed};
use super::{Stage, coverage, documented, lints, mail, schemathesis, template, threats};
use crate::tree::Tree;
use crate::{console, fuzz, golden, process, tools};

/// What a test prints of the stop points that it tried.
const STOP_POINTS: &str = "stop points tried: ";

/// How long each target is fuzzed, in seconds.
const FUZZ_S: u32 = 30;

/// What a test prints of what it measured.
const MEASURED: &str = "measured: ";

/// What the long run measures, by words of the line that says so.
const MEASURED_OF: &[&str] = &[
    "batches that ran out of time",
    "batches with poison",
    "calls throttled once",
    "deliveries a day late",
    "deliveries in any number and order",
    "tenants in one process",
];

/// The kinds of stop points, of which the long run tries every one.
const KINDS: &[&str] = &[
    "beside its own repetition, one fault",
    "cold environments, one fault",
    "provisioning/tenant",
    "provisioning/tenant-at-last",
    "provisioning/tenant-by-two",
    "provisioning/tenant-without-activate",
    "provisioning/tenant-without-limits",
    "provisioning/tenant-without-member",
    "provisioning/tenant-without-storage",
    "provisioning/tenant-without-verify",
    "provisioning/website",
    "provisioning/website-at-last",
    "provisioning/website-by-two",
    "provisioning/website-host-taken",
    "provisioning/website-without-activate",
    "provisioning/website-without-content",
    "provisioning/website-without-hosts",
    "provisioning/website-without-objects",
    "provisioning/website-without-verify",
    "warm environments, one fault",
];

/// The kind of which there are too many: after each first fault some of the second ones are tried.
const SAMPLED: &str = "warm environments, two faults";

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
        name: "mail",
        long: false,
        after: Some("tests"),
        run: mail::run,
    },
    Stage {
        name: "schemathesis",
        long: false,
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
    let (mut passed, mut closing) = (0, Vec::new());
    let (mut heard, mut binaries) = (Passed::default(), Vec::new());
    let see = |line: &str| {
        passed += golden::passed(line);
        heard.hear(line);
        if line.starts_with("test result: ") && !line.contains(" 0 passed; 0 failed") {
            closing.push(line.to_owned());
        }
    };
    let ended = process::watch_both(&mut command, see, |line| {
        binaries.extend(Binary::read(line));
    });
    console::note("");
    closing.iter().for_each(console::note);
    ended.with_context(|| format!("{passed} passed, others did not"))?;
    if passed == 0 {
        bail!("no test ran");
    }
    threats::keep(tree, &heard.of(tree.root(), &binaries)?)?;
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
            "workers",
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
    for what in MEASURED_OF {
        if !measured.iter().any(|line| line.contains(what)) {
            bail!("nothing was measured of `{what}`");
        }
    }
    let tried = all_stop_points(&cases)?;
    if tried < STOP_POINTS_MIN {
        bail!("{tried} stop points were tried, fewer than {STOP_POINTS_MIN}");
    }
    Ok(format!("{tried} stop points of {} kinds", cases.len()))
}

/// Counts the stop points that were tried. Every kind must be there, none that is not known, and
/// each as a whole, but for those of which there are too many.
fn all_stop_points(cases: &[String]) -> anyhow::Result<u64> {
    let mut sum = 0;
    let mut missing: BTreeSet<&str> = KINDS.iter().chain([&SAMPLED]).copied().collect();
    for case in cases {
        let read = stop_points(case).with_context(|| format!("cannot be read: `{case}`"))?;
        let (name, tried, all) = read;
        if !missing.remove(name) {
            bail!("`{name}` is no kind of stop points that is known, or is there twice");
        }
        if tried == 0 || tried != all && name != SAMPLED {
            bail!("{name}: {tried} stop points of {all} were tried");
        }
        sum += tried;
    }
    if missing.is_empty() {
        Ok(sum)
    } else {
        bail!("of these no stop points were tried: {missing:?}")
    }
}

/// Reads `<case>: <tried> of <all>`.
fn stop_points(case: &str) -> Option<(&str, u64, u64)> {
    let (name, counts) = case.rsplit_once(": ")?;
    let (tried, all) = counts.split_once(" of ")?;
    Some((name, tried.parse().ok()?, all.parse().ok()?))
}

/// Checks licences, sources, bans and duplicates. Advisories need the network and the day's list,
/// so they are a job of their own (`cargo deny check advisories`), not part of a repeatable gate.
fn deny(tree: &Tree) -> anyhow::Result<String> {
    let program = tools::cargo_program(tree, "cargo-deny", DENY_VERSION)?;
    // It looks at every dependency, and a build gets only those of this machine's kind.
    process::run(tree.cargo().args(["fetch", "--locked"]))?;
    let mut command = std::process::Command::new(program);
    command
        .current_dir(tree.root())
        .args(["--offline", "--workspace", "check"]);
    process::run(command.args(["--hide-inclusion-graph", "bans", "licenses", "sources"]))?;
    Ok(String::new())
}

#[cfg(test)]
mod tests {
    use super::{KINDS, SAMPLED, all_stop_points, stop_points};

    #[test]
    fn the_number_of_stop_points_is_read() {
        let case = "registration, before a call: 16 of 40";
        let read = ("registration, before a call", 16, 40);
        assert_eq!(stop_points(case), Some(read));
        assert_eq!(stop_points("registration: none"), None);
    }

    #[test]
    fn every_kind_must_be_there_as_a_whole_and_once() {
        let mut good: Vec<String> = KINDS.iter().map(|kind| format!("{kind}: 9 of 9")).collect();
        good.push(format!("{SAMPLED}: 6 of 20"));
        let sum = 9 * KINDS.len() as u64 + 6;
        assert_eq!(all_stop_points(&good).unwrap(), sum);
        let first = KINDS[0];
        for (place, bad, told) in [
            (0, "a new one: 9 of 9".to_owned(), "`a new one` is no kind"),
            (0, good[1].clone(), "there twice"),
            (0, format!("{first}: 8 of 9"), "8 stop points of 9"),
            (0, format!("{first}: 0 of 0"), "0 stop points of 0"),
            (0, format!("{first}: 9 0f 9"), "cannot be read"),
        ] {
            let mut cases = good.clone();
            cases[place] = bad;
            let error = all_stop_points(&cases).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
        let error = all_stop_points(&good[1..]).unwrap_err().to_string();
        assert!(error.contains(first), "{error}");
    }
}
