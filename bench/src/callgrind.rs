//! Instructions, counted by valgrind's callgrind. It must never know what is counted.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context;

/// Counts what one round takes: the difference between runs of `rounds` and of twice as many, so
/// that what is done once does not count. The program is given the number as its last argument.
pub fn per_round(
    program: &Path,
    arguments: &[&str],
    variables: &BTreeMap<String, String>,
    input: &str,
    rounds: u32,
) -> anyhow::Result<u64> {
    let count = |rounds: u32| {
        let mut command = command();
        command.arg(program).args(arguments).arg(rounds.to_string());
        command.envs(variables);
        total(&mut command, input)
    };
    let (once, twice) = (count(rounds)?, count(rounds * 2)?);
    Ok(twice.saturating_sub(once) / u64::from(rounds))
}

/// Returns the command that counts the instructions of the program that its arguments go on with.
pub fn command() -> Command {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    command
}

/// Runs a counted program to its end.
fn total(command: &mut Command, input: &str) -> anyhow::Result<u64> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .context("valgrind does not run")?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    collected(&said).with_context(|| format!("callgrind counted nothing: {said}"))
}

/// Returns the instructions that callgrind says it counted.
pub fn collected(said: &str) -> Option<u64> {
    let line = said
        .lines()
        .find_map(|line| line.split_once("Collected : "));
    line?.1.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::collected;

    #[test]
    fn what_was_counted_is_read() {
        let said = "==1== Events    : Ir\n==1== Collected : 1234567\n==1==\n";
        assert_eq!(collected(said), Some(1_234_567));
        assert_eq!(collected("==1== nothing"), None);
    }
}
