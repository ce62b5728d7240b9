//! The platform on one machine, as a command.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use async_trait::async_trait;
use bytes::Bytes;
use clap::Parser;
use http::{Request, Response};
use kernel::{Clock, Entropy, SystemClock, SystemEntropy};
use local::data_folder;
use local::fault::NoFaults;
use local::functions::registry;
use local::platform::{Platform, PlatformConfig, Time, of_one_developer};
use local::seed::{self, Accounts, FrontDoor};
use local::server;
use local::services::mail::MailServer;
use local::storage::Storage;
use runtime::{LogFormat, start_logs};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Runs HotSwap on this machine.
#[derive(Debug, Parser)]
#[command(name = "local", version)]
struct Arguments {
    /// The port of the API and the websites; the services get the next one. 0 takes free ones.
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// The folder in which state is kept.
    #[arg(long, default_value = ".hotswap")]
    data: PathBuf,
    /// Forget all state first.
    #[arg(long)]
    fresh: bool,
    /// A server that mail is handed to, as HOST:PORT, without TLS. Without one it is put into files only.
    #[arg(long)]
    smtp: Option<MailServer>,
    /// The template to play.
    #[arg(long, default_value = "template.yaml")]
    template: PathBuf,
    /// End when standard input ends: with whoever started this, however that ended.
    #[arg(long)]
    while_input: bool,
    /// Which log lines to show, as `target=level` directives.
    #[arg(long, default_value = "warn")]
    log: String,
}

/// The domain below which websites have their hosts: browsers look its subdomains up here.
const DOMAIN: &str = "localhost";

/// The file with the variables of functions that run as processes of their own.
const VARIABLES: &str = "functions.env";

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    start_logs(LogFormat::Pretty, &arguments.log);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let result = runtime
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(run(&arguments)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("hotswap: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let next_port = match arguments.port {
        0 => 0,
        port => port.checked_add(1).context("the port is too high")?,
    };
    let front = server::open(arguments.port).await?;
    let back = server::open(next_port).await?;
    let port = front.local_addr()?.port();
    let services_port = back.local_addr()?.port();
    let _lock = data_folder::take(&arguments.data, arguments.fresh)?;
    say("starting the platform …");
    let platform = start(arguments, port).await?;
    keep_variables(&platform, &arguments.data, services_port)?;
    let (stop, stopped) = watch::channel(false);
    let conductor = platform.clone();
    let door = platform.clone();
    let services = Arc::clone(platform.services());
    let serving = async {
        tokio::try_join!(
            server::serve(
                front,
                Arc::new(move |request| {
                    let platform = door.clone();
                    Box::pin(async move { platform.http(request).await })
                }),
                stopped.clone(),
            ),
            server::serve(
                back,
                Arc::new(move |request| {
                    let services = Arc::clone(&services);
                    Box::pin(async move { services.call(request).await })
                }),
                stopped,
            ),
        )
    };
    let seeding = async {
        let accounts = seed_first_start(&platform, arguments).await?;
        // One listener, before anybody is told: no interrupt is lost, also none right after another.
        let mut interrupted = signal(SignalKind::interrupt()).context("cannot wait for Ctrl-C")?;
        welcome(port, services_port, &accounts);
        interrupted.recv().await;
        say("stopping: what was begun is finished; Ctrl-C again does not wait for it …");
        stop.send(true).context("the servers are gone")?;
        interrupted.recv().await;
        Ok(())
    };
    tokio::select! {
        result = serving => result.map(|_| ()),
        result = seeding => result,
        result = conductor.conduct() => result,
        result = end_of_input(arguments.while_input) => result,
    }
}

/// Waits until standard input ends, where that matters.
async fn end_of_input(matters: bool) -> anyhow::Result<()> {
    if !matters {
        return std::future::pending().await;
    }
    let (end, ended) = tokio::sync::oneshot::channel();
    // A thread of its own, for which nobody waits when the platform stops before its input does.
    std::thread::spawn(move || {
        let copied = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        // Nobody waits any more where the platform is stopping already.
        let _ = end.send(copied);
    });
    ended.await?.context("cannot read standard input")?;
    say("stopping: its input ended");
    Ok(())
}

async fn start(arguments: &Arguments, port: u16) -> anyhow::Result<Platform> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let template = std::fs::read_to_string(&arguments.template)
        .with_context(|| format!("cannot read `{}`", arguments.template.display()))?;
    Platform::start(PlatformConfig {
        template,
        registry: registry(),
        storage: Storage::Folder(arguments.data.clone()),
        time: Time::Real(clock),
        entropy,
        faults: Arc::new(NoFaults),
        domain: DOMAIN.to_owned(),
        parameters: of_one_developer(),
        port,
        mail_server: arguments.smtp.clone(),
        spreads: false,
    })
    .await
}

/// Writes down what a function needs to run as a process of its own.
fn keep_variables(platform: &Platform, data: &Path, services_port: u16) -> anyhow::Result<()> {
    let variables = platform.process_variables(services_port);
    let lines = variables
        .iter()
        .map(|(name, value)| format!("{name}={value}\n"));
    std::fs::write(data.join(VARIABLES), lines.collect::<String>())
        .with_context(|| format!("cannot write `{VARIABLES}` into `{}`", data.display()))
}

/// The platform's own front door, for the seed.
struct Door(Platform);

#[async_trait]
impl FrontDoor for Door {
    async fn answer(&self, request: Request<Bytes>) -> Response<Bytes> {
        self.0.http(request).await
    }
}

async fn seed_first_start(platform: &Platform, arguments: &Arguments) -> anyhow::Result<Accounts> {
    let tree = arguments
        .template
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let tree = tree.unwrap_or(Path::new("."));
    let token = platform.secret("BootstrapSecret").await?;
    say("preparing the demo tenant …");
    let door = Door(platform.clone());
    seed::seed(&door, tree, &arguments.data, &token, &SystemEntropy).await
}

fn welcome(port: u16, services_port: u16, accounts: &Accounts) {
    let Accounts { operator, demo, .. } = accounts;
    let (tenant, website) = (seed::TENANT, seed::WEBSITE);
    say(&format!(
        "\nHotSwap is ready.\n\
         \n  API       http://localhost:{port}/api/v1/openapi.json\
         \n  website   http://{website}.{tenant}.localhost:{port}/\
         \n  services  http://localhost:{services_port}  (AWS_ENDPOINT_URL)\
         \n  operator  {} / {}\
         \n  demo      {} / {}\
         \n\nTry:\n  curl -s http://localhost:{port}/api/v1/auth/login -H 'content-type: application/json' \
         -d '{{\"email\":\"{}\",\"password\":\"{}\"}}'\n\nCtrl-C stops it; everything is kept.",
        operator.email, operator.password, demo.email, demo.password, demo.email, demo.password,
    ));
}

/// Tells the person at the terminal.
fn say(text: &str) {
    // A terminal that is gone is no reason to stop.
    let _ = writeln!(std::io::stderr(), "{text}");
}
