//! The AWS services of one machine: each request that the SDK makes is answered here.
//!
//! Real engines answer where there are good ones, small state machines otherwise. It must never
//! know which function calls, what the template says, or what a tenant is.

pub mod cloudfront;
pub mod dynamodb;
pub mod events;
pub mod mail;
mod protocol;
pub mod s3;
pub mod secrets;
pub mod sqs;
mod state;
pub mod sts;

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use kernel::{Clock, Entropy};

pub use protocol::Units;

pub(crate) use protocol::{Target, header_text, wire_failure};
pub(crate) use s3::bucket_and_key;

use crate::services::cloudfront::Distributions;
use crate::services::dynamodb::Tables;
use crate::services::events::Bus;
use crate::services::mail::{Mail, MailServer};
use crate::services::s3::Buckets;
use crate::services::secrets::Secrets;
use crate::services::sqs::Queues;
use crate::services::state::State;
use crate::services::sts::Sessions;
use crate::storage::{Place, Storage};

/// How services are opened.
#[derive(Debug, Clone)]
pub struct ServicesConfig {
    /// Where state is kept.
    pub data: Storage,
    /// The clock that all timing follows.
    pub clock: Arc<dyn Clock>,
    /// The source of ids, secrets and keys.
    pub entropy: Arc<dyn Entropy>,
    /// The region in every ARN and URL.
    pub region: String,
    /// The account in every ARN and URL.
    pub account: String,
    /// The server that mail is handed to.
    pub mail_server: Option<MailServer>,
}

impl ServicesConfig {
    /// Returns a configuration that keeps everything in memory.
    pub fn memory(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            data: Storage::Memory,
            clock,
            entropy,
            region: "eu-central-1".to_owned(),
            account: "000000000000".to_owned(),
            mail_server: None,
        }
    }
}

/// Why a service could not do what the platform asked of it.
#[derive(Debug, thiserror::Error)]
pub enum ServicesError {
    /// The data folder belongs to a running process.
    #[error("the data folder `{}` is in use by another process", .0.display())]
    InUse(PathBuf),
    /// The data folder cannot be used.
    #[error("the data folder cannot be used")]
    Folder(#[from] std::io::Error),
    /// The state database failed.
    #[error("the state database failed")]
    Database(#[from] rusqlite::Error),
    /// An engine failed.
    #[error("a local service failed: {0}")]
    Engine(String),
    /// Nothing of that name was made.
    #[error("there is no {kind} `{name}`")]
    Missing {
        /// What was looked for.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// What was given cannot be used.
    #[error("{0}")]
    Invalid(String),
}

/// The services of one machine.
#[derive(Debug)]
pub struct Services {
    identity: Arc<Identity>,
    state: State,
    tables: Tables,
    buckets: Buckets,
    queues: Queues,
    bus: Bus,
    secrets: Secrets,
    sessions: Sessions,
    distributions: Distributions,
    mail: Mail,
    // Dropped last: the services above have files in it.
    place: Place,
}

/// What every service knows: time, chance, and the names in ARNs.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) region: String,
    pub(crate) account: String,
}

impl Services {
    /// Opens the services over `config.data`, finding what is there.
    pub fn open(config: ServicesConfig) -> Result<Arc<Self>, ServicesError> {
        let place = Place::open(&config.data)?;
        let identity = Arc::new(Identity {
            clock: config.clock,
            entropy: config.entropy,
            region: config.region,
            account: config.account,
        });
        let state = State::open(&place)?;
        let tables = Tables::open(&identity, &place)?;
        Self::over(identity, place, state, tables, config.mail_server)
    }

    /// Makes services in memory that hold what these hold now, and go their own way from here.
    pub fn copy(
        &self,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Arc<Self>, ServicesError> {
        let identity = Arc::new(Identity {
            clock,
            entropy,
            region: self.identity.region.clone(),
            account: self.identity.account.clone(),
        });
        let tables = self.tables.copy(&identity)?;
        let (place, state) = (self.place.copy()?, self.state.copy()?);
        Self::over(identity, place, state, tables, None)
    }

    fn over(
        identity: Arc<Identity>,
        place: Place,
        state: State,
        tables: Tables,
        mail_server: Option<MailServer>,
    ) -> Result<Arc<Self>, ServicesError> {
        let sessions = Sessions::open(&identity, &state)?;
        Ok(Arc::new(Self {
            tables,
            buckets: Buckets::open(&identity, &place, sessions.clone())?,
            queues: Queues::new(&identity, &state),
            bus: Bus::new(&identity, &state),
            secrets: Secrets::new(&identity, &state),
            distributions: Distributions::new(&identity, &state),
            mail: Mail::new(&identity, &state, place.mail(), mail_server),
            sessions,
            state,
            identity,
            place,
        }))
    }

    /// Answers any AWS request. Failures are answers too, as AWS words them.
    pub async fn call(&self, request: Request<Bytes>) -> Response<Bytes> {
        let target = Target::of(&request);
        match target {
            Target::DynamoDb(operation) => self.tables.call(&operation, request.body()).await,
            Target::Sqs(operation) => self.queues.call(&operation, request.body()).await,
            Target::EventBridge(operation) => self.bus.call(&operation, request.body()).await,
            Target::SecretsManager(operation) => {
                self.secrets.call(&operation, request.body()).await
            }
            Target::Sts => self.sessions.call(&request),
            Target::Ses => self.mail.call(&request).await,
            Target::CloudFront => self.distributions.call(&request).await,
            Target::S3 => self.buckets.call(request).await,
            Target::Unknown => protocol::unknown_operation(),
        }
    }

    /// Returns the clock that all timing follows.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.identity.clock
    }

    /// Returns the region in ARNs and URLs.
    pub fn region(&self) -> &str {
        &self.identity.region
    }

    /// Returns the account in ARNs and URLs.
    pub fn account(&self) -> &str {
        &self.identity.account
    }

    /// Returns DynamoDB.
    pub fn table(&self) -> &Tables {
        &self.tables
    }

    /// Returns S3.
    pub fn buckets(&self) -> &Buckets {
        &self.buckets
    }

    /// Returns SQS.
    pub fn queues(&self) -> &Queues {
        &self.queues
    }

    /// Returns EventBridge.
    pub fn bus(&self) -> &Bus {
        &self.bus
    }

    /// Returns Secrets Manager.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Returns STS.
    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// Returns CloudFront.
    pub fn distributions(&self) -> &Distributions {
        &self.distributions
    }

    /// Returns SES.
    pub fn mail(&self) -> &Mail {
        &self.mail
    }

    /// Returns the position that `name` stands at, such as the last stream record handled.
    pub async fn position(&self, name: &str) -> Result<Option<String>, ServicesError> {
        self.state.position(name).await
    }

    /// Moves the position of `name` to `value`, durably.
    pub async fn set_position(&self, name: &str, value: &str) -> Result<(), ServicesError> {
        self.state.set_position(name, value).await
    }
}
