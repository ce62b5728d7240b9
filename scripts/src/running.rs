//! Programs that run beside this one and are ended with it, and the ports on which they listen. It
//! must never know what they do.

use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};

use crate::host::Stopwatch;

/// The longest that a program may take until it listens.
const LISTEN_MAX: Duration = Duration::from_mins(1);

/// The time between two looks whether a program is ready.
const LOOK: Duration = Duration::from_millis(100);

/// A program that is ended when this is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    child: Option<Child>,
    log: PathBuf,
}

impl Running {
    /// Starts a program that writes into `log`.
    pub(crate) fn start(command: &mut Command, log: &Path) -> anyhow::Result<Self> {
        let file = File::create(log).with_context(|| log.display().to_string())?;
        command.stderr(file.try_clone()?).stdout(file);
        let child = command.spawn().context("a program did not start")?;
        Ok(Self {
            child: Some(child),
            log: log.to_owned(),
        })
    }

    /// Starts a program that reads nothing and writes into `log`, and waits until it listens on
    /// `port`.
    pub(crate) fn listening(command: &mut Command, log: &Path, port: u16) -> anyhow::Result<Self> {
        let mut running = Self::start(command.stdin(Stdio::null()), log)?;
        running.wait_until(LISTEN_MAX, || {
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        })?;
        Ok(running)
    }

    /// Waits until the program is ready, which it must be before it ends and before `longest` is over.
    pub(crate) fn wait_until(
        &mut self,
        longest: Duration,
        mut is_ready: impl FnMut() -> bool,
    ) -> anyhow::Result<()> {
        let watch = Stopwatch::start();
        while !is_ready() {
            if self.has_ended() {
                bail!("a program ended; see {}", self.log.display());
            }
            if watch.elapsed().0 > longest {
                bail!(
                    "a program was not ready in time; see {}",
                    self.log.display()
                );
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Lets it run on when this program has ended.
    pub(crate) fn keep(mut self) {
        self.child = None;
    }

    fn has_ended(&mut self) -> bool {
        let child = self.child.as_mut();
        child.is_none_or(|child| !matches!(child.try_wait(), Ok(None)))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // What has ended already cannot be ended.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Returns a port that nobody listens on now.
pub(crate) fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no port is free")?;
    Ok(listener.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};
    use std::time::Duration;

    use super::{Running, free_port};

    const LONG: Duration = Duration::from_mins(1);

    fn log(name: &str) -> std::path::PathBuf {
        std::env::temp_dir().join(format!("hotswap-{}-{name}", std::process::id()))
    }

    #[test]
    fn a_program_is_waited_for_and_ended() {
        let log = log("ready");
        let mut command = Command::new("sh");
        command.args(["-c", "echo ready; read wait"]);
        let mut running = Running::start(command.stdin(Stdio::piped()), &log).unwrap();
        let said = || std::fs::read_to_string(&log).unwrap();
        running.wait_until(LONG, || said() == "ready\n").unwrap();
        let late = running.wait_until(Duration::ZERO, || false).unwrap_err();
        assert!(late.to_string().contains("not ready in time"), "{late}");
        assert!(!running.has_ended());
        drop(running);
        std::fs::remove_file(&log).unwrap();
    }

    #[test]
    fn a_program_that_ends_is_not_waited_for() {
        let log = log("ended");
        let port = free_port().unwrap();
        let ended = Running::listening(&mut Command::new("true"), &log, port).unwrap_err();
        assert!(ended.to_string().contains("ended"), "{ended}");
        std::fs::remove_file(&log).unwrap();
    }
}
