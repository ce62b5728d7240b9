//! A platform with tenants and websites in the making.

use std::sync::Arc;

use events::{Envelope, Event};
use kernel::limits::RECEIVES_MAX;
use kernel::{
    EmailAddress, EventId, ManualClock, OperationId, PersonId, SeededEntropy, SessionId, SiteLabel,
    Subdomain, TenantId, WebsiteId,
};
use lambda_runtime::Context;
use runtime::Function;
use serde_dynamo::AttributeValue;
use serde_json::{Value, json};
use tenancy::audit::Action;
use tenancy::gateway::{Principal, Standing};
use tenancy::identity::{Identity, NewTenant};
use tenancy::keys::OperationKey;
use tenancy::permission::{ManageTenants, ManageWebsites};
use tenancy::records::{
    OperationRecord, PersonRecord, ProfileRecord, REGISTRATION_STEPS, StepStatus, TenantRecord,
    TenantStatus, Tier, WEBSITE_STEPS, WebsiteRecord, WebsiteStatus,
};
use tenancy::{Actor, Admission, GatewayContext, Outcome, Permit, Platform, RequestInfo, Role};

use crate::store::Store;

/// Entities that are not part of what is made: the trail of it.
const TRAIL: [&str; 4] = ["audit", "outbox", "registration", "operation"];

pub(crate) struct World {
    pub(crate) store: Arc<Store>,
    pub(crate) platform: Platform,
    pub(crate) function: Function,
}

/// Something in the making.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) tenant: TenantId,
    pub(crate) person: PersonId,
    pub(crate) operation: OperationId,
    pub(crate) event: Event,
}

impl World {
    pub(crate) fn new() -> Self {
        let store = Arc::new(Store::default());
        let platform = Platform::new(
            Arc::clone(&store) as Arc<dyn tenancy::TablePort>,
            Arc::clone(&store) as Arc<dyn tenancy::BlobPort>,
            Arc::new(ManualClock::at("2026-01-01T00:00:00Z".parse().unwrap())),
            Arc::new(SeededEntropy::new(11)),
        );
        Self {
            function: provisioning::function(platform.clone(), "hotswap.test"),
            store,
            platform,
        }
    }

    /// Registers a tenant with a person who is new, or with `member`.
    pub(crate) async fn register(&self, subdomain: &str, member: Option<PersonId>) -> Job {
        let (mint, now) = (self.platform.mint(), self.platform.now());
        let (tenant, operation_id) = (TenantId::mint(mint), OperationId::mint(mint));
        let new_person = member.is_none().then(|| PersonRecord {
            id: PersonId::mint(mint),
            email: EmailAddress::parse(&format!("{subdomain}@example.com")).unwrap(),
            password_hash: String::new(),
            is_operator: false,
            created_at: now,
        });
        let person = member
            .or(new_person.as_ref().map(|person| person.id))
            .unwrap();
        let mut operation = OperationRecord::pending(
            operation_id,
            "register-tenant",
            &REGISTRATION_STEPS,
            tenant,
            person,
            now,
        );
        operation.is_new_person = new_person.is_some();
        operation.steps[0].status = StepStatus::Succeeded;
        operation.steps[0].ended_at = Some(now);
        let record = TenantRecord {
            id: tenant,
            name: subdomain.to_owned(),
            subdomain: Subdomain::parse(subdomain).unwrap(),
            custom_domain: None,
            status: TenantStatus::Provisioning,
            tier: Tier::Starter,
            quota: Tier::Starter.quota(),
            profile: ProfileRecord::default(),
            metadata: std::collections::BTreeMap::new(),
            created_at: now,
            updated_at: now,
            suspended_at: None,
            suspended_reason: None,
            purge_at: None,
        };
        let new = NewTenant {
            tenant: record,
            operation,
            new_person,
            once: None,
        };
        Identity::new(self.platform.clone())
            .register(new, Actor::Visitor, RequestInfo::default())
            .await
            .unwrap();
        let event = Event::TenantRegistered { operation_id };
        Job {
            tenant,
            person,
            operation: operation_id,
            event,
        }
    }

    /// Registers a tenant and makes it.
    pub(crate) async fn tenant(&self, subdomain: &str) -> Job {
        let job = self.register(subdomain, None).await;
        assert!(self.deliver(&job, 1).await);
        job
    }

    /// Asks for a website of a tenant.
    pub(crate) async fn request(&self, of: &Job, subdomain: &str) -> Job {
        let (mint, now) = (self.platform.mint(), self.platform.now());
        let (website_id, operation_id) = (WebsiteId::mint(mint), OperationId::mint(mint));
        let website = WebsiteRecord {
            id: website_id,
            name: subdomain.to_owned(),
            subdomain: SiteLabel::parse(subdomain).unwrap(),
            hosts: Vec::new(),
            status: WebsiteStatus::Provisioning,
            created_at: now,
            updated_at: now,
            purge_at: None,
        };
        let mut operation = OperationRecord::pending(
            operation_id,
            "create-website",
            &WEBSITE_STEPS,
            of.tenant,
            of.person,
            now,
        );
        operation.website_id = Some(website_id);
        let event = Event::WebsiteRequested {
            website_id,
            operation_id,
        };
        self.permit(of)
            .change(Action::Create)
            .create(&website)
            .own(website_id)
            .create(&operation)
            .reserve("websites", 3)
            .event(event.clone())
            .commit()
            .await
            .unwrap();
        Job {
            operation: operation_id,
            event,
            ..of.clone()
        }
    }

    /// Returns what an admin of the tenant may do.
    pub(crate) fn permit(&self, of: &Job) -> Permit<ManageWebsites> {
        let gateway = GatewayContext {
            outcome: Outcome::Authenticated(Principal {
                person: of.person,
                session: SessionId::mint(self.platform.mint()),
                standing: Standing::Member(of.tenant, Role::TenantAdmin),
            }),
        };
        match self.platform.admit(&gateway, None, RequestInfo::default()) {
            Ok(Admission::Tenant(context)) => context.permit().unwrap(),
            other => panic!("an admin was not let in: {other:?}"),
        }
    }

    /// Suspends a tenant, as an operator.
    pub(crate) async fn suspend(&self, of: &Job) {
        let gateway = GatewayContext {
            outcome: Outcome::Authenticated(Principal {
                person: of.person,
                session: SessionId::mint(self.platform.mint()),
                standing: Standing::Operator,
            }),
        };
        let admission = self.platform.admit(&gateway, None, RequestInfo::default());
        let Ok(Admission::Operator(context)) = admission else {
            panic!("an operator was not let in");
        };
        let permit = context.permit::<ManageTenants>();
        let stored = permit.tenant(of.tenant).await.unwrap().unwrap();
        let suspended = TenantRecord {
            status: TenantStatus::Suspended,
            ..stored.record.clone()
        };
        let event = Event::TenantUpdated {};
        let action = Action::ConfigChange;
        permit
            .replace(&stored, &suspended, action, event)
            .await
            .unwrap();
    }

    /// Delivers a job's message for the `receives`th time, and returns whether it is dealt with.
    pub(crate) async fn deliver(&self, job: &Job, receives: u32) -> bool {
        let envelope = Envelope {
            id: EventId::mint(self.platform.mint()),
            tenant_id: job.tenant,
            occurred_at: self.platform.now(),
            request_id: "r".to_owned(),
            event: job.event.clone(),
        };
        let payload = json!({ "Records": [{
            "messageId": "m",
            "body": serde_json::to_string(&envelope).unwrap(),
            "attributes": { "ApproximateReceiveCount": receives.to_string() },
            "messageAttributes": {},
        }]});
        let answer = self
            .function
            .invoke(payload, Context::default())
            .await
            .unwrap();
        answer["batchItemFailures"] == Value::Array(Vec::new())
    }

    /// Delivers a job's message until it is dealt with, and returns how often.
    pub(crate) async fn deliver_until_done(&self, job: &Job, from: u32) -> u32 {
        for receives in from..=RECEIVES_MAX {
            if self.deliver(job, receives).await {
                return receives;
            }
        }
        panic!("the message went to the dead-letter queue");
    }

    /// Reads a job's operation.
    pub(crate) async fn operation(&self, job: &Job) -> OperationRecord {
        if matches!(job.event, Event::TenantRegistered { .. }) {
            let identity = Identity::new(self.platform.clone());
            return identity
                .registration(job.operation)
                .await
                .unwrap()
                .unwrap()
                .0
                .clone();
        }
        let key = OperationKey {
            operation: job.operation,
        };
        let stored = self.permit(job).get::<OperationRecord>(&key).await.unwrap();
        stored.unwrap().record
    }

    /// Returns everything there is but the trail, to be compared: keys and contents of items and
    /// the names of blobs. Objects are left out: they are the sweeper's.
    pub(crate) fn made(&self) -> Vec<String> {
        let state = self.store.state();
        let items = state.items.iter().filter_map(|((pk, sk), item)| {
            let entity = match item.inner().get("entity") {
                Some(AttributeValue::S(entity)) => entity.as_str(),
                _ => "",
            };
            let is_left_out = TRAIL.contains(&entity) || entity == "object";
            (!is_left_out).then(|| format!("{entity} {pk} {sk}"))
        });
        items.chain(state.blobs.keys().cloned()).collect()
    }

    /// Returns how many events of a kind happened.
    pub(crate) fn events(&self, kind: &str) -> usize {
        let state = self.store.state();
        let events = state.items.values().filter(|item| {
            matches!(item.inner().get("entity"), Some(AttributeValue::S(entity)) if entity == "outbox")
        });
        events
            .filter(|item| {
                serde_json::to_string(item)
                    .unwrap()
                    .contains(&format!("\"{kind}\""))
            })
            .count()
    }

    /// Returns a counter.
    pub(crate) fn count(&self, of: &Job) -> String {
        let key = (
            format!("T#{}#USAGE", of.tenant),
            "USAGE#websites".to_owned(),
        );
        let state = self.store.state();
        match state
            .items
            .get(&key)
            .and_then(|item| item.inner().get("count"))
        {
            Some(AttributeValue::N(count)) => count.clone(),
            other => format!("{other:?}"),
        }
    }
}
