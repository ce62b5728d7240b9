//! `cargo x check`: the gate, stage by stage, with the time of each. It must never repair what it
//! finds.

mod coverage;
mod documented;
mod lints;
mod mail;
mod passed;
mod platform;
mod schemathesis;
mod stages;
mod template;
mod threats;

use anyhow::bail;
use clap::Args;

use crate::console;
use crate::host::{Elapsed, Stopwatch};
use crate::tree::Tree;

/// What a person may choose.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Also what takes long: made-up requests, fuzzing, faults at every call, test coverage, licences
    /// and sources of dependencies.
    #[arg(long)]
    full: bool,
    /// Runs only these stages, by name.
    #[arg(long, value_name = "STAGE", value_delimiter = ',')]
    only: Vec<String>,
}

/// One thing that must hold.
struct Stage {
    name: &'static str,
    /// Whether only `--full` runs it.
    long: bool,
    /// The stage without whose success this one would tell nothing new.
    after: Option<&'static str>,
    /// Says in a few words what was found to be good.
    run: fn(&Tree) -> anyhow::Result<String>,
}

/// How a stage ended.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Passed(String),
    Failed(String),
    Skipped(String),
}

/// A stage's line in the summary.
struct Ended {
    name: &'static str,
    outcome: Outcome,
    time: Elapsed,
}

/// Runs the stages and prints the summary; fails when any of them failed.
pub(crate) fn run(tree: &Tree, options: &Options) -> anyhow::Result<()> {
    let stages = chosen(options)?;
    let watch = Stopwatch::start();
    let mut ended: Vec<Ended> = Vec::new();
    for stage in stages {
        console::heading(format_args!("check: {}", stage.name));
        let watch = Stopwatch::start();
        let outcome = outcome(tree, stage, &ended);
        if let Outcome::Failed(reason) | Outcome::Skipped(reason) = &outcome {
            console::note(reason);
        }
        ended.push(Ended {
            name: stage.name,
            outcome,
            time: watch.elapsed(),
        });
    }
    console::result("");
    console::table(&summary(&ended, watch.elapsed()));
    let failed: Vec<&str> = ended
        .iter()
        .filter(|end| !end.is_good())
        .map(|end| end.name)
        .collect();
    if failed.is_empty() {
        Ok(())
    } else {
        bail!("not good: {}", failed.join(", "))
    }
}

impl Ended {
    fn is_good(&self) -> bool {
        matches!(self.outcome, Outcome::Passed(_))
    }
}

fn chosen(options: &Options) -> anyhow::Result<Vec<&'static Stage>> {
    for name in &options.only {
        if !stages::ALL.iter().any(|stage| stage.name == name) {
            let names: Vec<&str> = stages::ALL.iter().map(|stage| stage.name).collect();
            bail!(
                "no stage is called `{name}`; there are {}",
                names.join(", ")
            );
        }
    }
    let wanted = |stage: &&Stage| {
        if options.only.is_empty() {
            options.full || !stage.long
        } else {
            options.only.iter().any(|name| name == stage.name)
        }
    };
    Ok(stages::ALL.iter().filter(wanted).collect())
}

fn outcome(tree: &Tree, stage: &Stage, ended: &[Ended]) -> Outcome {
    let needed = ended.iter().find(|end| Some(end.name) == stage.after);
    if let Some(needed) = needed.filter(|end| !end.is_good()) {
        return Outcome::Skipped(format!("not run: `{}` did not pass", needed.name));
    }
    match (stage.run)(tree) {
        Ok(found) => Outcome::Passed(found),
        Err(error) => Outcome::Failed(format!("{error:#}")),
    }
}

fn summary(ended: &[Ended], total: Elapsed) -> Vec<Vec<String>> {
    let mut rows = vec![
        ["stage", "result", "time", "found"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for end in ended {
        let (result, words) = match &end.outcome {
            Outcome::Passed(words) => ("passed", words),
            Outcome::Failed(words) => ("FAILED", words),
            Outcome::Skipped(words) => ("skipped", words),
        };
        let words = words.lines().next().unwrap_or_default().to_owned();
        rows.push(vec![
            end.name.to_owned(),
            result.to_owned(),
            end.time.to_string(),
            words,
        ]);
    }
    rows.push(vec!["total".to_owned(), String::new(), total.to_string()]);
    rows
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use anyhow::bail;

    use super::{Ended, Options, Outcome, Stage, chosen, outcome, stages, summary};
    use crate::host::Elapsed;
    use crate::tree::Tree;

    const BREAKS: Stage = Stage {
        name: "breaks",
        long: false,
        after: None,
        run: |_| bail!("no"),
    };
    const FOLLOWS: Stage = Stage {
        name: "follows",
        long: false,
        after: Some("breaks"),
        run: |_| Ok(String::new()),
    };

    fn ended(name: &'static str, outcome: Outcome) -> Ended {
        Ended {
            name,
            outcome,
            time: Elapsed(Duration::from_secs(1)),
        }
    }

    #[test]
    fn a_stage_does_not_follow_one_that_failed() {
        let tree = Tree::find().unwrap();
        let broken = outcome(&tree, &BREAKS, &[]);
        assert_eq!(broken, Outcome::Failed("no".to_owned()));
        let skipped = outcome(&tree, &FOLLOWS, &[ended("breaks", broken)]);
        assert_eq!(
            skipped,
            Outcome::Skipped("not run: `breaks` did not pass".to_owned())
        );
        let good = ended("breaks", Outcome::Passed(String::new()));
        assert_eq!(
            outcome(&tree, &FOLLOWS, &[good]),
            Outcome::Passed(String::new())
        );
    }

    #[test]
    fn stages_are_chosen_by_length_and_name() {
        let count = |full, only: &[&str]| {
            let only = only.iter().map(|&name| name.to_owned()).collect();
            chosen(&Options { full, only })
                .map(|stages| stages.len())
                .ok()
        };
        assert_eq!(count(true, &[]), Some(stages::ALL.len()));
        assert!(count(false, &[]) < count(true, &[]));
        assert_eq!(count(false, &["fmt", "coverage"]), Some(2));
        assert_eq!(count(false, &["fmd"]), None);
    }

    #[test]
    fn every_stage_follows_one_that_stands_before_it() {
        for (index, stage) in stages::ALL.iter().enumerate() {
            let before = stages::ALL.iter().take(index).map(|stage| stage.name);
            assert!(
                stage
                    .after
                    .is_none_or(|name| before.clone().any(|before| before == name))
            );
        }
    }

    #[test]
    fn the_summary_has_a_line_for_each_stage_and_the_total() {
        let rows = summary(
            &[ended("fmt", Outcome::Failed("one\ntwo".to_owned()))],
            Elapsed(Duration::from_secs(61)),
        );
        assert_eq!(rows[1], ["fmt", "FAILED", "1.0 s", "one"]);
        assert_eq!(rows[2], ["total", "", "1 min 01 s"]);
    }
}
