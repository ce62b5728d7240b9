//! A whole platform in this process, on a virtual clock, from the same template that is deployed.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, anyhow, bail, ensure};
use async_trait::async_trait;
use aws_config::SdkConfig;
use bytes::Bytes;
use events::{Envelope, Event};
use http::{HeaderValue, Request, Response, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use kernel::{Clock, ContentHash, EventId, ManualClock, PersonId, SeededEntropy, SessionId};
use local::connector::{Connector, EnvironmentLabel, SdkTime, sdk_config};
use local::fault::{Faults, NoFaults, SwitchedFaults};
use local::functions::registry;
use local::history::History;
use local::platform::{Platform, PlatformConfig, Registry, Time, of_one_developer};
use local::services::mail::SentMail;
use local::storage::Storage;
use runtime::Environment;
use serde_json::json;
use tenancy::gateway::{Grant, PersonPrincipal, Principal, Standing};
use tenancy::identity::Identity;
use tenancy::permission::Provision;
use tenancy::records::{MembershipRecord, MembershipState, Tier};
use tenancy::{
    Action, Admission, GatewayContext, Outcome, PermissionSet, Plan, RequestInfo, Rights, Role,
    TenantContext, WebsiteRoles,
};

use crate::client::{Call, Client, Way};
use crate::documented;
use crate::walkthrough::{self, Owner, Tokens};

/// The template that is deployed.
pub const TEMPLATE: &str = include_str!("../../template.yaml");

/// The table's name.
pub const TABLE: &str = "hotswap-Table";

/// The bucket's name.
pub const BUCKET: &str = "hotswap-bucket";

/// The bucket of seals.
pub const ANCHORS: &str = "hotswap-anchorbucket";

/// The host of the API.
const API_HOST: HeaderValue = HeaderValue::from_static("localhost:3000");

/// The instant at which every world begins.
const BEGINNING: &str = "2026-11-21T08:00:00Z";

/// The key that lets in where no operator can sign in, on every platform that is not as by default.
pub const BREAK_GLASS_KEY: &str = "the key in the safe";

/// What is said of a platform for tests: what is said of a developer's, and that there is a break-glass key.
fn parameters() -> BTreeMap<String, String> {
    let hash = ContentHash::of(BREAK_GLASS_KEY.as_bytes()).to_string();
    let mut parameters = of_one_developer();
    parameters.insert("BreakGlassKeyHash".to_owned(), hash);
    parameters
}

/// A platform with its clock and its faults.
#[derive(Debug, Clone)]
pub struct World {
    /// The platform.
    pub platform: Platform,
    /// Its clock.
    pub clock: ManualClock,
    /// What goes wrong; nothing at first.
    pub faults: Arc<SwitchedFaults>,
}

impl World {
    /// Makes a platform without any tenant. Equal seeds make equal platforms.
    pub async fn new(seed: u64) -> anyhow::Result<Self> {
        Self::of(seed, registry()).await
    }

    /// Makes a platform of other functions.
    pub async fn of(seed: u64, registry: Registry) -> anyhow::Result<Self> {
        Self::deployed(seed, registry, parameters()).await
    }

    /// Makes a platform deployed with the template's default parameters, as far as they are not those of a machine.
    pub async fn as_by_default(seed: u64) -> anyhow::Result<Self> {
        Self::deployed(seed, registry(), BTreeMap::new()).await
    }

    /// Makes a platform on which one parameter has another value than on a developer's machine.
    pub async fn with(seed: u64, parameter: &str, value: &str) -> anyhow::Result<Self> {
        let mut parameters = parameters();
        parameters.insert(parameter.to_owned(), value.to_owned());
        Self::deployed(seed, registry(), parameters).await
    }

    async fn deployed(
        seed: u64,
        registry: Registry,
        parameters: BTreeMap<String, String>,
    ) -> anyhow::Result<Self> {
        // The SDK would have connections closed; these calls have none.
        runtime::start_logs(runtime::LogFormat::Pretty, "warn,aws_smithy_runtime=off");
        let beginning: Timestamp = BEGINNING.parse()?;
        let clock = ManualClock::at(beginning);
        let faults = Arc::new(SwitchedFaults::default());
        let platform = Platform::start(PlatformConfig {
            template: TEMPLATE.to_owned(),
            registry,
            storage: Storage::Memory,
            time: Time::Virtual(clock.clone()),
            entropy: Arc::new(SeededEntropy::new(seed)),
            faults: Arc::clone(&faults) as Arc<dyn Faults>,
            domain: "localhost".to_owned(),
            parameters,
            port: 3000,
            mail_server: None,
            spreads: true,
        })
        .await?;
        Ok(Self {
            platform,
            clock,
            faults,
        })
    }

    /// Makes a world that holds what this one holds now and goes its own way from here, with all
    /// environments cold and nothing that goes wrong. `seed` is another one than this world's.
    pub fn copy(&self, seed: u64) -> anyhow::Result<Self> {
        let clock = ManualClock::at(self.clock.now());
        let faults = Arc::new(SwitchedFaults::default());
        let platform = self.platform.copy(
            Time::Virtual(clock.clone()),
            Arc::new(SeededEntropy::new(seed)),
            Arc::clone(&faults) as Arc<dyn Faults>,
        )?;
        Ok(Self {
            platform,
            clock,
            faults,
        })
    }

    /// Returns a client.
    pub fn client(&self) -> Client<'_> {
        Client::new(self, API_HOST.to_str().unwrap_or_default())
    }

    /// Returns the configuration of an SDK that is no function's: its calls never fail and count
    /// nowhere.
    pub fn sdk(&self) -> SdkConfig {
        self.sdk_under(Arc::new(NoFaults))
    }

    fn sdk_under(&self, faults: Arc<dyn Faults>) -> SdkConfig {
        let label = EnvironmentLabel {
            function: "test".to_owned(),
            number: 0,
        };
        let services = Arc::clone(self.platform.services());
        let connector = Connector::new(services, label, faults, History::default(), None);
        sdk_config(&connector, SdkTime::Virtual(Arc::new(self.clock.clone())))
    }

    /// Returns the storage as functions open it. What goes wrong goes wrong here too: the calls are
    /// those of a function `test`.
    ///
    /// # Panics
    ///
    /// Never: the variables that it needs are there.
    #[expect(clippy::expect_used, reason = "the variables are given here")]
    pub fn storage(&self) -> tenancy::Platform {
        let variables = [("TABLE_NAME", TABLE), ("BUCKET_NAME", BUCKET)];
        let seed = self.clock.now().as_second().unsigned_abs();
        let environment = Environment {
            variables: variables
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            sdk: self.sdk_under(Arc::clone(&self.faults) as Arc<dyn Faults>),
            clock: Arc::new(self.clock.clone()),
            entropy: Arc::new(SeededEntropy::new(seed)),
        };
        environment.platform().expect("its variables are there")
    }

    /// Returns the mails to an address, the oldest first.
    pub async fn mails_to(&self, email: &str) -> anyhow::Result<Vec<SentMail>> {
        let mut mails = self.platform.services().mail().sent().await?;
        mails.retain(|mail| mail.to == email);
        Ok(mails)
    }

    /// Takes the token out of the newest mail to an address.
    pub async fn token_to(&self, email: &str) -> anyhow::Result<String> {
        let mails = self.mails_to(email).await?;
        let mail = mails.last().context("no mail went there")?;
        let (_, token) = mail.text.split_once("#token=").context("no link")?;
        let token = token.split_whitespace().next().context("no token")?;
        Ok(token.to_owned())
    }

    /// Has whoever got the newest mail follow its link and prove the address.
    pub async fn verify(&self, email: &str) -> anyhow::Result<()> {
        let body = json!({ "token": self.token_to(email).await? });
        let client = self.client();
        let answer = client.call(Call::post("/api/v1/auth/verify", &body));
        answer.await?.expect(StatusCode::NO_CONTENT)?;
        Ok(())
    }

    /// Makes somebody whom the platform knows a member of a tenant, as an accepted invitation does.
    #[expect(
        clippy::disallowed_methods,
        reason = "there is no message that makes this member"
    )]
    pub async fn join(&self, tenant: &str, email: &str, role: Role) -> anyhow::Result<String> {
        // Ids that are made at another time are other ones.
        self.clock.advance(SignedDuration::from_millis(1));
        let storage = self.storage();
        let identity = Identity::new(storage.clone());
        let person = identity.person_by_email(&email.parse()?).await?;
        let person = person.context("nobody has this address")?;
        let found = identity.tenant(tenant.parse()?).await?;
        let found = found.context("there is no such tenant")?;
        let envelope = Envelope {
            id: EventId::mint(storage.mint()),
            tenant_id: found.id,
            occurred_at: storage.now(),
            request_id: "join".to_owned(),
            event: Event::TenantUpdated {},
        };
        let permit = storage.resume("provisioning", &envelope);
        let permit = permit.permit::<Provision>();
        let permit = permit.map_err(|denied| anyhow!("denied: {denied:?}"))?;
        let membership = MembershipRecord {
            person_id: person.id,
            role,
            websites: WebsiteRoles::default(),
            state: MembershipState::Active,
            joined_at: storage.now(),
            email: person.email.clone(),
        };
        let step = permit.step(Action::PermissionChange);
        step.join(&membership, &person).commit().await?;
        Ok(person.id.to_string())
    }

    /// Returns a member's way to a tenant's data, outside any function.
    pub fn member(&self, tenant: &str, role: Role) -> anyhow::Result<TenantContext> {
        let storage = self.storage();
        let gateway = GatewayContext {
            outcome: Outcome::Authenticated(Principal::Person(PersonPrincipal {
                person: PersonId::mint(storage.mint()),
                session: SessionId::mint(storage.mint()),
                standing: Standing::Member(Grant {
                    tenant: tenant.parse()?,
                    plan: Plan::of_tier(Tier::Free),
                    rights: Rights::everywhere(PermissionSet::built_in(role)),
                }),
            })),
            rates: Vec::new(),
            noticed: None,
        };
        match storage.admit(&gateway, None, RequestInfo::default()) {
            Ok(Admission::Tenant(context)) => Ok(context),
            other => bail!("the member was not let in: {other:?}"),
        }
    }

    /// Stops whatever goes wrong.
    pub fn heal(&self) {
        self.faults.set(Arc::new(NoFaults));
    }

    /// Moves the clock, delivering what falls due on the way.
    pub async fn advance(&self, seconds: i64) -> anyhow::Result<()> {
        self.platform
            .advance(SignedDuration::from_secs(seconds))
            .await
    }

    /// Makes a tenant with a website and signs its owner in.
    pub async fn settled_tenant(&self, subdomain: &str) -> anyhow::Result<Settled> {
        let owner = Owner::named(subdomain);
        let client = self.client();
        let tenant = walkthrough::register(&client, &owner).await?;
        let tokens = walkthrough::sign_in(&client, &owner).await?;
        let website = walkthrough::make_website(&client, &tokens.access, "main").await?;
        Ok(Settled {
            owner,
            tenant,
            tokens,
            website,
        })
    }

    /// Makes the first operator and signs in as one. Returns the access token.
    pub async fn operator(&self) -> anyhow::Result<String> {
        let token = self.platform.secret("BootstrapSecret").await?;
        let operator = Owner::operator();
        let body = json!({
            "bootstrapToken": token,
            "email": operator.email,
            "password": operator.password,
        });
        let client = self.client();
        let made = client
            .call(Call::post("/api/v1/auth/bootstrap", &body))
            .await?;
        ensure!([StatusCode::CREATED, StatusCode::CONFLICT].contains(&made.status));
        let tokens = walkthrough::sign_in(&client, &operator).await?;
        Ok(tokens.access)
    }

    /// Has an operator change what a tenant pays for: from then on it may have more, and within
    /// `TENANT_STATUS_CACHE_S` ask more often.
    pub async fn set_tier(&self, tenant: &str, tier: Tier) -> anyhow::Result<()> {
        let path = format!("/api/v1/admin/tenants/{tenant}/tier");
        let call = Call::put(path, &json!({ "tier": tier.name() }));
        let call = call.bearer(&self.operator().await?);
        self.client().call(call).await?.expect(StatusCode::OK)?;
        Ok(())
    }
}

/// A tenant that is ready to work with.
#[derive(Debug, Clone)]
pub struct Settled {
    /// Its owner.
    pub owner: Owner,
    /// Its id.
    pub tenant: String,
    /// Its owner's tokens.
    pub tokens: Tokens,
    /// Its website's address in the API.
    pub website: String,
}

impl Settled {
    /// Returns the host of its website.
    pub fn host(&self) -> String {
        format!("main.{}.localhost", self.owner.subdomain)
    }
}

#[async_trait]
impl Way for World {
    async fn send(&self, request: Request<Bytes>) -> anyhow::Result<Response<Bytes>> {
        let is_api = request.headers().get(header::HOST) == Some(&API_HOST);
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = self.platform.http(request).await;
        if is_api {
            documented::check(&method, &path, &response)?;
        }
        Ok(response)
    }

    async fn rest(&self) -> anyhow::Result<()> {
        self.advance(1).await
    }
}
