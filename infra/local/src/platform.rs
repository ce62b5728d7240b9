//! The platform on one machine: the services, the functions' environments, and what invokes them,
//! put together as the template says.

mod conductor;
mod dead_letters;
mod failures;
mod pattern;
mod pool;
mod rules;
mod streams;

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context as _;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use jiff::Timestamp;
use kernel::{Clock, Entropy, HostName, ManualClock};
use runtime::{Environment, Function, StartError};
use serde_json::Value;

use crate::connector::{ACCESS_KEY, SECRET_KEY, SdkTime};
use crate::edge::Edge;
use crate::fault::Faults;
use crate::gateway::Gateway;
use crate::history::History;
use crate::services::mail::MailServer;
use crate::services::{Services, ServicesConfig};
use crate::storage::Storage;
use crate::template::{Account, Template};
use conductor::Conductor;
pub use pool::{InvokeError, Pools};

/// Starts one environment of a function.
pub type Start =
    Arc<dyn Fn(Environment) -> BoxFuture<'static, Result<Function, StartError>> + Send + Sync>;

/// The functions that the template may name.
pub type Registry = BTreeMap<&'static str, Start>;

/// The region that everything here is in.
pub const REGION: &str = "eu-central-1";
/// The account that everything here is in.
pub const ACCOUNT: &str = "000000000000";

/// The API's other host, for whoever calls it by address.
const LOOPBACK: &str = "127.0.0.1";

/// How the platform tells the time.
#[derive(Debug, Clone)]
pub enum Time {
    /// By the machine's clock.
    Real(Arc<dyn Clock>),
    /// By a clock that moves only when told to.
    Virtual(ManualClock),
}

impl Time {
    fn clock(&self) -> Arc<dyn Clock> {
        match self {
            Self::Real(clock) => Arc::clone(clock),
            Self::Virtual(clock) => Arc::new(clock.clone()),
        }
    }

    fn sdk(&self) -> SdkTime {
        match self {
            Self::Real(_) => SdkTime::Real,
            Self::Virtual(clock) => SdkTime::Virtual(Arc::new(clock.clone())),
        }
    }
}

/// What a platform is made of.
pub struct PlatformConfig {
    /// The template's text.
    pub template: String,
    /// The functions.
    pub registry: Registry,
    /// Where state is kept.
    pub storage: Storage,
    /// The time.
    pub time: Time,
    /// The random source.
    pub entropy: Arc<dyn Entropy>,
    /// What goes wrong.
    pub faults: Arc<dyn Faults>,
    /// The domain below which websites have their hosts.
    pub domain: String,
    /// Values of the template's parameters that are not the default ones, by name.
    pub parameters: BTreeMap<String, String>,
    /// The port that the platform is reached at, for the addresses it gives out.
    pub port: u16,
    /// The server that mail is handed to.
    pub mail_server: Option<MailServer>,
    /// Whether invocations go round all warm environments, or stay with the one used last.
    pub spreads: bool,
}

impl std::fmt::Debug for PlatformConfig {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("PlatformConfig")
            .field("domain", &self.domain)
            .finish_non_exhaustive()
    }
}

/// Returns the parameters of a platform that is on one machine, for one developer: operators need no second factor, and
/// whoever comes from there may try as much as there is to try.
pub fn of_one_developer() -> BTreeMap<String, String> {
    let parameters = [
        ("OperatorMfa", "optional"),
        ("AnonymousRequests", "1000000"),
        ("OperatorRequests", "1000000"),
    ];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
    BTreeMap::from(parameters)
}

/// A started platform. Clones are handles on the same one.
#[derive(Debug, Clone)]
pub struct Platform(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    plan: Arc<Plan>,
    services: Arc<Services>,
    pools: Arc<Pools>,
    gateway: Gateway,
    edge: Arc<Edge>,
    conductor: Conductor,
    time: Time,
}

/// What is the same in a platform and in its copies.
struct Plan {
    template: Template,
    registry: Registry,
    domain: String,
    spreads: bool,
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Plan")
            .field("domain", &self.domain)
            .finish_non_exhaustive()
    }
}

impl Platform {
    /// Reads the template, makes what it names, and stands ready.
    pub async fn start(config: PlatformConfig) -> anyhow::Result<Self> {
        let account = Account {
            region: REGION.to_owned(),
            account: ACCOUNT.to_owned(),
            domain: config.domain.clone(),
            parameters: config.parameters,
        };
        let mut template = Template::parse(&config.template, &account)?;
        for function in &mut template.functions {
            let origin = format!("http://{}:{}", config.domain, config.port);
            let origins = [
                ("PLATFORM_ORIGIN", origin.clone()),
                ("PORTAL_ORIGIN", origin),
                (
                    "SITE_ORIGIN_TEMPLATE",
                    format!(
                        "http://{{site}}.{{tenant}}.{}:{}",
                        config.domain, config.port
                    ),
                ),
            ];
            function
                .variables
                .extend(origins.map(|(name, value)| (name.to_owned(), value)));
        }
        let services = Services::open(ServicesConfig {
            data: config.storage,
            clock: config.time.clock(),
            entropy: Arc::clone(&config.entropy),
            region: account.region,
            account: account.account,
            mail_server: config.mail_server,
        })?;
        make_resources(&services, &template).await?;
        let plan = Plan {
            template,
            registry: config.registry,
            domain: config.domain,
            spreads: config.spreads,
        };
        Self::over(
            Arc::new(plan),
            services,
            config.time,
            config.entropy,
            config.faults,
        )
    }

    /// Makes a platform in memory that holds what this one holds now, and goes its own way from
    /// here: with a time, a chance and faults of its own, and all environments cold. The edge has
    /// kept nothing, and whatever failed last is tried as if for the first time.
    pub fn copy(
        &self,
        time: Time,
        entropy: Arc<dyn Entropy>,
        faults: Arc<dyn Faults>,
    ) -> anyhow::Result<Self> {
        let services = self.0.services.copy(time.clock(), Arc::clone(&entropy))?;
        Self::over(Arc::clone(&self.0.plan), services, time, entropy, faults)
    }

    fn over(
        plan: Arc<Plan>,
        services: Arc<Services>,
        time: Time,
        entropy: Arc<dyn Entropy>,
        faults: Arc<dyn Faults>,
    ) -> anyhow::Result<Self> {
        let template = &plan.template;
        let pools = Arc::new(Pools::new(
            template,
            &plan.registry,
            Arc::clone(&services),
            &time,
            entropy,
            faults,
            plan.spreads,
        )?);
        let gateway = Gateway::new(template, Arc::clone(&pools), Arc::clone(&services))?;
        let edge = Arc::new(Edge::new(
            template
                .distribution
                .clone()
                .context("the template has no distribution")?,
            Arc::clone(&pools),
            time.clock(),
        ));
        // The edge holds the services: a strong handle would keep both for ever.
        let purged = Arc::downgrade(&edge);
        services
            .distributions()
            .set_edge(Arc::new(move |invalidation| {
                if let Some(edge) = purged.upgrade() {
                    edge.invalidate(&invalidation.items);
                }
            }));
        let conductor = Conductor::new(template, Arc::clone(&pools), Arc::clone(&services));
        Ok(Self(Arc::new(Parts {
            plan,
            services,
            pools,
            gateway,
            edge,
            conductor,
            time,
        })))
    }

    /// Answers a request as the internet would see it answered: the platform's own host is the
    /// API, all others are websites behind the content delivery network.
    pub async fn http(&self, request: Request<Bytes>) -> Response<Bytes> {
        let host = request
            .headers()
            .get(http::header::HOST)
            .and_then(|host| host.to_str().ok())
            .or(request.uri().authority().map(http::uri::Authority::as_str))
            .and_then(|host| HostName::parse(host).ok());
        let is_api = host
            .is_some_and(|host| host.as_str() == self.0.plan.domain || host.as_str() == LOOPBACK);
        if is_api {
            self.0.gateway.answer(request).await
        } else {
            self.0.edge.answer(request).await
        }
    }

    /// Invokes a function directly.
    pub async fn invoke(&self, function: &str, payload: Value) -> Result<Value, InvokeError> {
        self.0.pools.invoke(function, payload).await
    }

    /// Delivers everything that is due at this instant, until nothing is.
    pub async fn settle(&self) -> anyhow::Result<()> {
        self.0.conductor.settle().await
    }

    /// Moves the virtual clock by `step`, stopping at every instant at which something is due.
    pub async fn advance(&self, step: jiff::SignedDuration) -> anyhow::Result<()> {
        let Time::Virtual(clock) = &self.0.time else {
            anyhow::bail!("only a virtual clock can be moved");
        };
        let end = clock.now().saturating_add(step).unwrap_or(Timestamp::MAX);
        loop {
            self.settle().await?;
            match self.0.conductor.next_due().await? {
                Some(due) if due <= end => clock.set(due.max(clock.now())),
                _ => break,
            }
        }
        clock.set(end);
        self.settle().await
    }

    /// Delivers what falls due, for ever, by the machine's clock.
    pub async fn conduct(&self) -> anyhow::Result<()> {
        self.0.conductor.conduct().await
    }

    /// Returns the services.
    pub fn services(&self) -> &Arc<Services> {
        &self.0.services
    }

    /// Returns the record of all calls of the functions to the services.
    pub fn history(&self) -> &History {
        self.0.pools.history()
    }

    /// Returns the functions' environments.
    pub fn pools(&self) -> &Pools {
        &self.0.pools
    }

    /// Returns the environment variables of all functions together: what a function needs that runs
    /// as a process of its own, with the services on the loopback port `services_port`.
    pub fn process_variables(&self, services_port: u16) -> BTreeMap<String, String> {
        let aws = [
            (
                "AWS_ENDPOINT_URL",
                format!("http://127.0.0.1:{services_port}"),
            ),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()),
        ];
        let mut variables = self.0.pools.variables();
        // Whoever runs the process says what the function is called.
        variables.retain(|name, _| !name.starts_with("AWS_LAMBDA_"));
        variables.extend(aws.map(|(name, value)| (name.to_owned(), value)));
        variables
    }

    /// Returns the value of the secret whose logical id is `id`.
    pub async fn secret(&self, id: &str) -> anyhow::Result<String> {
        let value = self
            .0
            .services
            .secrets()
            .value(&format!("hotswap-{id}"))
            .await?;
        value.with_context(|| format!("there is no secret `{id}`"))
    }
}

async fn make_resources(services: &Services, template: &Template) -> anyhow::Result<()> {
    for table in &template.tables {
        services.table().ensure(table.clone()).await?;
    }
    for bucket in &template.buckets {
        services.buckets().ensure(bucket).await?;
    }
    // Queues whose dead letters go to another one come after it.
    let (plain, with_redrive): (Vec<_>, Vec<_>) = template
        .queues
        .iter()
        .partition(|queue| queue.redrive.is_none());
    for queue in plain.into_iter().chain(with_redrive) {
        services.queues().ensure(queue.clone()).await?;
    }
    for bus in &template.buses {
        services.bus().ensure(bus).await?;
    }
    for (name, length) in &template.secrets {
        services.secrets().ensure_secret(name, *length).await?;
    }
    for domain in &template.mail_identities {
        services.mail().ensure_identity(domain).await?;
    }
    if let Some(distribution) = &template.distribution {
        services.distributions().ensure(&distribution.id).await?;
    }
    Ok(())
}
