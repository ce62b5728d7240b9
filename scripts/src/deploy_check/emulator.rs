//! The emulator of AWS as a process of its own, ended with whoever started it. It must never know
//! what is deployed to it.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context;

use crate::running::{Running, free_port};
use crate::tree::Tree;
use crate::{console, process};

/// The file in which it notes what it refuses.
const DENIALS: &str = "denials";

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
        command.env("DENIALS", own.join(DENIALS));
        command.env_remove("RUST_BACKTRACE");
        let running = Running::listening(&mut command, &folder.join("emulator.log"), plain)?;
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

    /// Returns the file in which it notes what it refuses.
    pub(super) fn denials(&self) -> PathBuf {
        self.folder.join(DENIALS)
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

    /// Runs a program whose output is shown only if it fails, and returned otherwise.
    pub(super) fn quiet(&self, command: &mut Command, name: &str) -> anyhow::Result<String> {
        let path = self.folder.join("output");
        let file = File::create(&path).context("the emulator's folder")?;
        command
            .stdin(Stdio::null())
            .stderr(file.try_clone()?)
            .stdout(file);
        let ended = process::run(command);
        let output = std::fs::read(&path).context("the emulator's folder")?;
        let output = String::from_utf8_lossy(&output).into_owned();
        if ended.is_err() {
            // A closed terminal is no reason to stop working.
            let _ = writeln!(std::io::stderr(), "{output}");
        }
        ended.with_context(|| name.to_owned())?;
        console::result(format_args!("{name} ended well"));
        Ok(output)
    }

    /// Lets it run on when this program has ended.
    pub(super) fn keep(self) {
        self.running.keep();
    }
}
