//! `cargo x fuzz`: has libFuzzer look for inputs that show a mistake, beginning at the inputs that
//! are kept. It must never know what any target takes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use clap::Args;

use crate::host::Stopwatch;
use crate::tree::Tree;
use crate::{console, process, tools};

const CARGO_FUZZ_VERSION: &str = "0.13.2";

/// Bytes of an input, at most: what is longer is slower and finds no more.
const INPUT_BYTES_MAX: &str = "-max_len=4096";

/// How long one input may take, in seconds.
const INPUT_TIMEOUT: &str = "-timeout=20";

/// What libFuzzer says of its work.
const EXECUTED: &str = "stat::number_of_executed_units:";

/// What a person may choose.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The target; all, one after the other, if none is named.
    target: Option<String>,
    /// How long each target is fuzzed.
    #[arg(long, default_value_t = 30)]
    seconds: u32,
}

/// What came of fuzzing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// Targets that were fuzzed.
    pub(crate) targets: usize,
    /// Inputs that were run.
    pub(crate) inputs: u64,
}

/// Fuzzes, and keeps what reaches something new.
pub(crate) fn run(tree: &Tree, options: &Options) -> anyhow::Result<()> {
    let fuzzing = Fuzzing::new(tree)?;
    let found = fuzzing.all(options.target.as_deref(), options.seconds, true)?;
    console::result(format_args!(
        "{} targets, {} inputs, no mistake",
        found.targets, found.inputs
    ));
    Ok(())
}

/// Fuzzes every target and leaves what is kept as it is.
pub(crate) fn try_all(tree: &Tree, seconds: u32) -> anyhow::Result<Found> {
    Fuzzing::new(tree)?.all(None, seconds, false)
}

/// The tree's targets, and where what they make goes.
struct Fuzzing<'a> {
    tree: &'a Tree,
    program: PathBuf,
    folder: PathBuf,
}

impl<'a> Fuzzing<'a> {
    fn new(tree: &'a Tree) -> anyhow::Result<Self> {
        Ok(Self {
            tree,
            program: tools::cargo_program(tree, "cargo-fuzz", CARGO_FUZZ_VERSION)?,
            folder: tree.target().join("fuzz"),
        })
    }

    fn all(&self, only: Option<&str>, seconds: u32, keeps: bool) -> anyhow::Result<Found> {
        let all = self.targets()?;
        let chosen: Vec<&String> = all
            .iter()
            .filter(|name| only.is_none_or(|only| only == *name))
            .collect();
        if chosen.is_empty() {
            bail!("no target is called so; there are {}", all.join(", "));
        }
        let mut build = self.cargo_fuzz("build");
        build.args(only);
        process::run(&mut build)?;
        let mut found = Found::default();
        for name in chosen {
            let watch = Stopwatch::start();
            let inputs = self.one(name, seconds);
            // What reached something new is kept also where a mistake was found: the next run
            // begins without it otherwise.
            let kept = if keeps { self.keep(name) } else { Ok(()) };
            let inputs = inputs?;
            kept?;
            console::note(format_args!(
                "{name}: {inputs} inputs in {}",
                watch.elapsed()
            ));
            found.targets += 1;
            found.inputs += inputs;
        }
        Ok(found)
    }

    /// Returns the names of the targets, in order.
    fn targets(&self) -> anyhow::Result<Vec<String>> {
        let entries = fs::read_dir(self.tree.path("fuzz/corpus")).context("fuzz/corpus")?;
        let mut names = Vec::new();
        for entry in entries {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Fuzzes one target and returns how many inputs were run.
    fn one(&self, name: &str, seconds: u32) -> anyhow::Result<u64> {
        let new = self.new_inputs(name);
        if new.exists() {
            fs::remove_dir_all(&new).context("the last run's inputs cannot be removed")?;
        }
        fs::create_dir_all(&new).context("the folder for inputs is not writable")?;
        let log = self.folder.join(format!("{name}.log"));
        let mut command = self.cargo_fuzz("run");
        command.arg(name).arg(&new).arg(self.kept(name)).args([
            "--",
            INPUT_BYTES_MAX,
            INPUT_TIMEOUT,
            "-print_final_stats=1",
            "-verbosity=1",
        ]);
        command.arg(format!("-max_total_time={seconds}"));
        quietly(&mut command, &log)?;
        let said = fs::read_to_string(&log).context("no log")?;
        executed(&said).with_context(|| format!("{name}: nothing was run"))
    }

    /// Adds to what is kept as few of the new inputs as reach what all of them do.
    fn keep(&self, name: &str) -> anyhow::Result<()> {
        let mut command = self.cargo_fuzz("run");
        command
            .arg(name)
            .arg(self.kept(name))
            .arg(self.new_inputs(name))
            // What is reached counts, not how often: the corpus stays small.
            .args(["--", "-merge=1", "-use_counters=0"])
            .args([INPUT_BYTES_MAX, INPUT_TIMEOUT]);
        quietly(&mut command, &self.folder.join(format!("{name}.merge.log")))
    }

    fn cargo_fuzz(&self, verb: &str) -> Command {
        let mut command = Command::new(&self.program);
        command
            .current_dir(self.tree.root())
            .env("CARGO_TARGET_DIR", &self.folder)
            .arg(verb)
            .args(["--fuzz-dir", "fuzz", "--sanitizer", "none"]);
        command
    }

    fn kept(&self, name: &str) -> PathBuf {
        self.tree.path("fuzz/corpus").join(name)
    }

    fn new_inputs(&self, name: &str) -> PathBuf {
        self.folder.join("new").join(name)
    }
}

/// Runs a program whose words are worth reading only when it fails.
fn quietly(command: &mut Command, log: &Path) -> anyhow::Result<()> {
    let file = fs::File::create(log).context("the log is not writable")?;
    command.stdout(Stdio::null()).stderr(file);
    let ended = process::run(command);
    if ended.is_err() {
        console::note(fs::read_to_string(log).unwrap_or_default());
    }
    ended
}

/// Reads how many inputs were run; nothing where none was.
fn executed(said: &str) -> Option<u64> {
    let line = said.lines().find_map(|line| line.strip_prefix(EXECUTED))?;
    line.trim().parse().ok().filter(|count| *count > 0)
}

#[cfg(test)]
mod tests {
    use super::executed;

    #[test]
    fn the_number_of_inputs_is_read() {
        let said = "Done 7 runs\nstat::number_of_executed_units: 1234\nstat::peak_rss_mb: 90\n";
        assert_eq!(executed(said), Some(1_234));
        assert_eq!(executed("nothing"), None);
        assert_eq!(executed("stat::number_of_executed_units: 0\n"), None);
    }
}
