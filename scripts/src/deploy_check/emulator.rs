//! The emulator of AWS as a process of its own, ended with whoever started it. It must never know
//! what is deployed to it.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};

use crate::host::Stopwatch;
use crate::tree::Tree;
use crate::{console, process};

/// The longest that a program may take until it listens.
const START_MAX: Duration = Duration::from_mins(1);

/// The time between two looks whether it does.
const LOOK: Duration = Duration::from_millis(100);

/// A process that is ended when this is dropped.
#[derive(Debug)]
pub(super) struct Running(Option<Child>);

impl Running {
    /// Starts a program that writes into `log`, and waits until it listens on `port`.
    pub(super) fn start(command: &mut Command, log: &Path, port: u16) -> anyhow::Result<Self> {
        let file = File::create(log).with_context(|| log.display().to_string())?;
        command
            .stdin(Stdio::null())
            .stderr(file.try_clone()?)
            .stdout(file);
        let mut running = Self(Some(command.spawn().context("a program did not start")?));
        let watch = Stopwatch::start();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if running.has_ended() || watch.elapsed().0 > START_MAX {
                bail!("nothing listens on port {port}; see {}", log.display());
            }
            std::thread::sleep(LOOK);
        }
        Ok(running)
    }

    fn has_ended(&mut self) -> bool {
        let child = self.0.as_mut();
        child.is_none_or(|child| !matches!(child.try_wait(), Ok(None)))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            // What has ended already cannot be ended.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The emulator.
#[derive(Debug)]
pub(super) struct Emulator {
    running: Running,
    folder: PathBuf,
    port: u16,
    plain: String,
}

impl Emulator {
    /// Starts it on free ports; what it writes stands in `folder`.
    pub(super) fn start(tree: &Tree, folder: &Path, tools: &Path) -> anyhow::Result<Self> {
        let (port, plain) = (free_port()?, free_port()?);
        let own = folder.join("emulator");
        // It keeps nothing from one start to the next.
        if own.exists() {
            std::fs::remove_dir_all(&own).context("the emulator's folder")?;
        }
        std::fs::create_dir_all(&own).context("the emulator's folder")?;
        let mut command = Command::new(tools.join("python"));
        command.arg(tree.path("infra/emulator/start.py"));
        command.envs([("AUTH", "true"), ("BIND_HOST", "127.0.0.1")]);
        command.envs([("IOT_MTLS_ENABLED", "0"), ("SFTP_ENABLED", "0")]);
        command
            .env("MINISTACK_REGION", super::REGION)
            .env("TMPDIR", &own);
        command.env("GATEWAY_PORT", port.to_string());
        command.env("PLAIN_PORT", plain.to_string());
        command.env_remove("RUST_BACKTRACE");
        let running = Running::start(&mut command, &folder.join("emulator.log"), plain)?;
        console::note(format_args!("it listens on ports {port} and {plain}"));
        Ok(Self {
            running,
            folder: own,
            port,
            plain: format!("127.0.0.1:{plain}"),
        })
    }

    /// Returns where it listens without TLS.
    pub(super) fn plain(&self) -> &str {
        &self.plain
    }

    /// Has a program use the emulator's account.
    pub(super) fn account(&self, command: &mut Command, region: &str) {
        let certificate = self.folder.join("ministack-tls").join("server.crt");
        command.envs([
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
        ]);
        command
            .env("AWS_DEFAULT_REGION", region)
            .env("AWS_REGION", region);
        command.env(
            "AWS_ENDPOINT_URL",
            format!("https://127.0.0.1:{}", self.port),
        );
        command
            .env("AWS_CA_BUNDLE", &certificate)
            .env("SSL_CERT_FILE", &certificate);
        command.env("SAM_CLI_TELEMETRY", "0");
    }

    /// Runs a program whose output is shown only if it fails.
    pub(super) fn quiet(&self, command: &mut Command, name: &str) -> anyhow::Result<()> {
        let path = self.folder.join("output");
        let file = File::create(&path).context("the emulator's folder")?;
        command
            .stdin(Stdio::null())
            .stderr(file.try_clone()?)
            .stdout(file);
        let ended = process::run(command);
        if ended.is_err() {
            let mut text = String::new();
            File::open(&path)?.read_to_string(&mut text)?;
            // A closed terminal is no reason to stop working.
            let _ = writeln!(std::io::stderr(), "{text}");
        }
        ended.with_context(|| name.to_owned())?;
        console::result(format_args!("{name} ended well"));
        Ok(())
    }

    /// Lets it run on when this program has ended.
    pub(super) fn keep(mut self) {
        self.running.0 = None;
    }
}

/// Returns a port that nobody listens on now.
pub(super) fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no port is free")?;
    Ok(listener.local_addr()?.port())
}
