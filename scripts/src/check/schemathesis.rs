//! The stages that have schemathesis try every operation of the API, on a platform that is started
//! for it: a minute's worth in every check, ten with `--full`. They must never know what the API
//! does.

use std::fs;
use std::process::Command;

use anyhow::{Context, bail};
use serde_json::Value;

use crate::check::platform::Platform;
use crate::tree::Tree;
use crate::{local, process, tools};

/// In every check: as many cases as the configuration says.
const SHORT: &[&str] = &[];

/// With `--full`: as many as there is time for, in seconds. Less than the life of an access token, so
/// that the curl line of a failure works for a while.
const LONG: &[&str] = &["--max-time", "600"];

/// The number from which the cases follow.
const SEED: &str = "20261121";

/// Tries every operation for about a minute.
pub(super) fn short(tree: &Tree) -> anyhow::Result<String> {
    run(tree, SHORT)
}

/// Tries every operation for long.
pub(super) fn long(tree: &Tree) -> anyhow::Result<String> {
    run(tree, LONG)
}

fn run(tree: &Tree, extent: &[&str]) -> anyhow::Result<String> {
    let programs = tools::python_programs(tree)?;
    let program = local::build(tree)?;
    let folder = tree.target().join("schemathesis");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("the last run's folder cannot be removed")?;
    }
    fs::create_dir_all(&folder).context("the folder for the run is not writable")?;
    let platform = Platform::start(tree, &program, &folder, &[])?;
    let work = folder.join("work");
    let mut command = Command::new(programs.join("python"));
    command
        .arg(tree.path("scripts/schemathesis/run.py"))
        .arg(platform.origin())
        .arg(platform.accounts())
        .arg(&work)
        .args(["--checks", "all", "--seed", SEED])
        .args(extent)
        .args(["--report", "json", "--report-json-path"])
        .arg(folder.join(REPORT))
        .args(["--report", "ndjson", "--report-ndjson-path"])
        .arg(folder.join(EVENTS))
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let ended = process::run(&mut command);
    drop(platform);
    ended?;
    let report = fs::read_to_string(folder.join(REPORT)).context("no report")?;
    let events = fs::read_to_string(folder.join(EVENTS)).context("no events")?;
    judge(&serde_json::from_str(&report)?, checks(&events)?)
}

const REPORT: &str = "report.json";
const EVENTS: &str = "events.ndjson";

/// Counts the checks that were made of answers, by what is noted of each case.
fn checks(events: &str) -> anyhow::Result<u64> {
    let mut count = 0;
    for line in events.lines() {
        let event: Value = serde_json::from_str(line)?;
        let cases = event
            .pointer("/ScenarioFinished/recorder/checks")
            .and_then(Value::as_object);
        for checks in cases.into_iter().flat_map(serde_json::Map::values) {
            count += checks.as_array().map_or(0, |checks| checks.len() as u64);
        }
    }
    Ok(count)
}

/// Reads the numbers of a run, all phases of which must have been run on every operation.
fn judge(report: &Value, checks: u64) -> anyhow::Result<String> {
    let number = |pointer: &str| report.pointer(pointer).and_then(Value::as_u64).unwrap_or(0);
    let cases = number("/test_cases/generated");
    let (tested, all) = (number("/operations/tested"), number("/operations/total"));
    for phase in ["examples", "coverage", "fuzzing", "stateful"] {
        let status = report.pointer(&format!("/phases/{phase}/status"));
        if status.and_then(Value::as_str) != Some("success") {
            bail!("the phase `{phase}` was not run to a good end");
        }
    }
    let words = format!("{cases} cases, {tested} of {all} operations, {checks} checks");
    if cases == 0 || checks == 0 || tested < all {
        bail!("{words}");
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{checks, judge};

    #[test]
    fn checks_are_counted() {
        let events = concat!(
            r#"{"ScenarioFinished":{"recorder":{"checks":{"a":[{},{}],"b":[{}]}}}}"#,
            "\n",
            r#"{"ScenarioFinished":{"recorder":{"label":"GET /"}}}"#,
            "\n",
            r#"{"EngineFinished":{}}"#,
        );
        assert_eq!(checks(events).unwrap(), 3);
        assert!(checks("none").is_err());
    }

    #[test]
    fn every_phase_and_every_operation_must_be_there() {
        let good = json!({
            "operations": {"tested": 48, "total": 48},
            "test_cases": {"generated": 3000},
            "phases": {
                "examples": {"status": "success"}, "coverage": {"status": "success"},
                "fuzzing": {"status": "success"}, "stateful": {"status": "success"},
            },
        });
        let words = "3000 cases, 48 of 48 operations, 9 checks";
        assert_eq!(judge(&good, 9).unwrap(), words);
        assert!(judge(&good, 0).is_err());
        let mut bad = good.clone();
        bad["phases"]["examples"]["status"] = json!("skip");
        assert!(judge(&bad, 9).is_err());
        let mut bad = good;
        bad["operations"]["tested"] = json!(47);
        assert!(judge(&bad, 9).is_err());
    }
}
