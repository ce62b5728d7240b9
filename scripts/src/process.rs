//! Runs other programs: shows their output, reads it, or becomes them. It must never know which.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// Runs a program whose output goes where ours goes.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| not_started(command))?;
    if status.success() {
        Ok(())
    } else {
        bail!("`{}` failed: {status}", shown(command))
    }
}

/// Runs a program and returns its standard output.
pub(crate) fn read(command: &mut Command) -> anyhow::Result<String> {
    let mut text = String::new();
    lines(command, |line| {
        text.push_str(line);
        text.push('\n');
    })?;
    Ok(text)
}

/// Runs a program whose output goes where ours goes, and shows each line of its standard output to
/// `see` as well.
pub(crate) fn watch(command: &mut Command, mut see: impl FnMut(&str)) -> anyhow::Result<()> {
    let mut terminal = std::io::stdout();
    lines(command, |line| {
        // A closed terminal is no reason to stop working.
        let _ = writeln!(terminal, "{line}");
        see(line);
    })
}

/// Runs a program as [`watch`] does, and shows each line of its standard error to `aside`.
pub(crate) fn watch_both(
    command: &mut Command,
    mut see: impl FnMut(&str),
    mut aside: impl FnMut(&str) + Send,
) -> anyhow::Result<()> {
    let (mut output, mut errors) = (std::io::stdout(), std::io::stderr());
    let see = |line: &str| {
        // A closed terminal is no reason to stop working.
        let _ = writeln!(output, "{line}");
        see(line);
    };
    both(command, see, move |line| {
        let _ = writeln!(errors, "{line}");
        aside(line);
    })
}

/// Runs a program and hands each line of its standard output to `take` and each one of its standard
/// error to `aside`, also when it then fails.
fn both(
    command: &mut Command,
    take: impl FnMut(&str),
    aside: impl FnMut(&str) + Send,
) -> anyhow::Result<()> {
    let (errors, writer) = std::io::pipe()?;
    command.stderr(writer);
    std::thread::scope(|scope| {
        let hearing = scope.spawn(move || each_line(errors, aside));
        let ended = lines(command, take);
        // The last one who could write: without it, the reader reaches the end.
        command.stderr(Stdio::inherit());
        match hearing.join() {
            Ok(heard) => ended.and(Ok(heard?)),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// Runs a program and hands each line of its standard output to `take`, also when it then fails.
pub(crate) fn lines(command: &mut Command, take: impl FnMut(&str)) -> anyhow::Result<()> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| not_started(command))?;
    if let Some(output) = child.stdout.take() {
        each_line(output, take)?;
    }
    let status = child.wait()?;
    if status.success() {
        Ok(())
    } else {
        bail!("`{}` failed: {status}", shown(command))
    }
}

fn each_line(output: impl Read, mut take: impl FnMut(&str)) -> std::io::Result<()> {
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    while output.read_until(b'\n', &mut line)? > 0 {
        take(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']));
        line.clear();
    }
    Ok(())
}

/// Becomes a program, so that signals reach it and nothing stands between it and the terminal.
#[cfg(unix)]
pub(crate) fn become_program(command: &mut Command) -> anyhow::Result<()> {
    use std::os::unix::process::CommandExt;
    let error = command.exec();
    Err(error).with_context(|| not_started(command))
}

/// Runs a program to its end: this system cannot replace one by another.
#[cfg(not(unix))]
pub(crate) fn become_program(command: &mut Command) -> anyhow::Result<()> {
    run(command)
}

/// Returns whether a program can be started and ends well.
pub(crate) fn works(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn not_started(command: &Command) -> String {
    format!("`{}` could not be started", shown(command))
}

fn shown(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program());
    let mut text = name.to_string_lossy().into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{both, read, shown, works};

    #[test]
    fn output_is_read_and_failure_is_named() {
        assert_eq!(read(Command::new("echo").arg("one")).unwrap(), "one\n");
        let error = read(Command::new("sh").args(["-c", "exit 3"])).unwrap_err();
        assert_eq!(error.to_string(), "`sh -c exit 3` failed: exit status: 3");
    }

    #[test]
    fn both_outputs_are_heard_each_by_itself() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo one; echo two >&2; exit 3"]);
        let (mut seen, mut aside) = (Vec::new(), Vec::new());
        let ended = both(
            &mut command,
            |line| seen.push(line.to_owned()),
            |line| aside.push(line.to_owned()),
        );
        assert!(ended.is_err());
        assert_eq!(
            (seen, aside),
            (vec!["one".to_owned()], vec!["two".to_owned()])
        );
    }

    #[test]
    fn a_missing_program_does_not_work() {
        assert!(!works(&mut Command::new("no-such-program-here")));
        assert!(works(&mut Command::new("true")));
    }

    #[test]
    fn commands_are_shown_without_their_folder() {
        assert_eq!(
            shown(Command::new("/usr/bin/cargo").arg("fmt")),
            "cargo fmt"
        );
    }
}
