//! Other programs: whether they are there, on which processor they run, what they use of the
//! machine. It must never know what they do.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, bail};

/// A running program, ended when it is dropped.
#[derive(Debug)]
pub struct Running(Child);

impl Running {
    /// Starts a program whose output nobody reads.
    pub fn start(command: &mut Command) -> anyhow::Result<Self> {
        let child = command.spawn();
        Ok(Self(child.with_context(|| shown(command))?))
    }

    /// Starts a program and waits for the first line that it says. What it says then is lost.
    pub fn until_ready(command: &mut Command) -> anyhow::Result<(Self, String)> {
        let mut running = Self::start(command.stdout(Stdio::piped()))?;
        let output = running.0.stdout.take();
        let mut output = BufReader::new(output.context("a program has no output")?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        if line.is_empty() {
            bail!("{} ended before it was ready", shown(command));
        }
        drain(output);
        Ok((running, line))
    }

    /// Returns the process's id.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Returns the nanoseconds that all threads of the program have been on a processor.
    pub fn processor_time(&self) -> anyhow::Result<u64> {
        processor_time(self.id())
    }

    /// Returns the bytes of memory that the program has now, without its own code.
    pub fn resident_bytes(&self) -> anyhow::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id()))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix("kB"));
        let kilobytes: u64 = kilobytes.context("no RssAnon")?.trim().parse()?;
        Ok(kilobytes * 1_024)
    }
}

/// Reads on, so that a program never waits for a reader.
fn drain(mut output: BufReader<ChildStdout>) {
    let _detached = std::thread::spawn(move || {
        std::io::copy(&mut output, &mut std::io::sink()).unwrap_or_default()
    });
}

impl Drop for Running {
    fn drop(&mut self) {
        // A program that has ended already needs no end.
        let _ended = self.0.kill();
        let _status = self.0.wait();
    }
}

/// Returns the nanoseconds that all threads of a process have been on a processor.
pub fn processor_time(id: u32) -> anyhow::Result<u64> {
    let mut sum = 0;
    for thread in fs::read_dir(format!("/proc/{id}/task"))? {
        // A thread that ends meanwhile has no file any more.
        let Ok(text) = fs::read_to_string(thread?.path().join("schedstat")) else {
            continue;
        };
        let running = text.split_whitespace().next();
        sum += running.context("no time on a processor")?.parse::<u64>()?;
    }
    Ok(sum)
}

/// Returns a command that runs a program on one processor only.
pub fn on_processor(number: usize, program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command
        .args(["--cpu-list", &number.to_string()])
        .arg(program);
    command
}

/// Makes sure that programs are there, each named with its Debian package.
pub fn require(programs: &[(&str, &str)]) -> anyhow::Result<()> {
    let is_missing = |(program, _): &&(&str, &str)| {
        let looked = Command::new("sh")
            .args(["-c", "command -v \"$0\"", program])
            .stdout(Stdio::null())
            .status();
        !looked.is_ok_and(|status| status.success())
    };
    let missing: Vec<_> = programs.iter().filter(is_missing).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|(program, _)| *program).collect();
    let packages: Vec<&str> = missing.iter().map(|(_, package)| *package).collect();
    bail!(
        "{} must be there to measure with. Install and run the command again:\n  sudo apt install {}",
        names.join(", "),
        packages.join(" ")
    )
}

fn shown(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{Running, processor_time, require};

    #[test]
    fn what_is_missing_is_named_with_its_package() {
        assert!(require(&[("sh", "dash")]).is_ok());
        let missing = require(&[("sh", "dash"), ("no-such-program", "its-package")]);
        let text = missing.unwrap_err().to_string();
        assert!(text.contains("apt install its-package"), "{text}");
        assert!(!text.contains("dash"), "{text}");
    }

    #[test]
    fn a_program_is_asked_when_it_is_ready() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo ready; read wait"]);
        let (running, line) =
            Running::until_ready(command.stdin(std::process::Stdio::piped())).unwrap();
        assert_eq!(line, "ready\n");
        assert!(running.resident_bytes().unwrap() > 0);
        assert!(running.processor_time().is_ok());
        assert!(processor_time(u32::MAX).is_err());
        let silent = Running::until_ready(&mut Command::new("true"));
        assert!(silent.is_err());
    }
}
