//! A tenant with a website, and a function that is called as the gateway calls it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;
use kernel::{
    HostName, ManualClock, PersonId, SeededEntropy, SessionId, Subdomain, TenantId, WebsiteId,
};
use lambda_runtime::Context;
use release::{Plugins, Root, Settings, ThemeReference, Tree};
use render::Theme;
use runtime::Function;
use serde_json::{Value, json};
use tenancy::audit::Action;
use tenancy::gateway::{Principal, Standing};
use tenancy::permission::ManageWebsites;
use tenancy::records::{
    ProfileRecord, SiteLabelRecord, TenantRecord, TenantStatus, Tier, WebsiteRecord, WebsiteStatus,
};
use tenancy::{
    Admission, BlobPort, GatewayContext, Outcome, Permit, Platform, RequestInfo, Role, TablePort,
};

use crate::store::Store;

/// A platform with one tenant.
pub(crate) struct World {
    pub(crate) store: Arc<Store>,
    pub(crate) clock: ManualClock,
    pub(crate) platform: Platform,
    pub(crate) function: Function,
    pub(crate) gateway: GatewayContext,
    pub(crate) website: WebsiteId,
}

/// An answer of the function.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u64,
    pub(crate) headers: Value,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn etag(&self) -> &str {
        self.headers["etag"].as_str().unwrap_or_default()
    }

    pub(crate) fn problem(&self) -> &str {
        let kind = self.body["type"].as_str().unwrap_or_default();
        kind.rsplit('/').next().unwrap_or_default()
    }

    pub(crate) fn text(&self, pointer: &str) -> String {
        let text = self.body.pointer(pointer).and_then(Value::as_str);
        text.unwrap_or_else(|| panic!("nothing at {pointer} of {}", self.body))
            .to_owned()
    }
}

impl World {
    /// Makes a tenant and a website that is active, whose release has no pages.
    pub(crate) async fn new(make: impl FnOnce(Platform) -> Function) -> Self {
        let store = Arc::new(Store::default());
        let clock = ManualClock::at("2026-01-01T00:00:00Z".parse().unwrap());
        let platform = Platform::new(
            Arc::clone(&store) as Arc<dyn TablePort>,
            Arc::clone(&store) as Arc<dyn BlobPort>,
            Arc::new(clock.clone()),
            Arc::new(SeededEntropy::new(7)),
        );
        let mint = platform.mint();
        let standing = Standing::Member(TenantId::mint(mint), Role::TenantAdmin);
        let gateway = GatewayContext {
            outcome: Outcome::Authenticated(Principal {
                person: PersonId::mint(mint),
                session: SessionId::mint(mint),
                standing,
            }),
        };
        let website = WebsiteId::mint(mint);
        let world = Self {
            store,
            clock,
            function: make(platform.clone()),
            platform,
            gateway,
            website,
        };
        world.found().await;
        world.open(website, "main", WebsiteStatus::Active).await;
        world.store.state().writes.clear();
        world.store.state().reads = 0;
        world
    }

    pub(crate) fn permit(&self) -> Permit<ManageWebsites> {
        let request = RequestInfo::default();
        let Ok(Admission::Tenant(context)) = self.platform.admit(&self.gateway, None, request)
        else {
            panic!("the tenant is not admitted");
        };
        context.permit().unwrap()
    }

    async fn found(&self) {
        let permit = self.permit();
        let tenant = TenantRecord {
            id: permit.tenant(),
            name: "Acme".to_owned(),
            subdomain: Subdomain::parse("acme").unwrap(),
            custom_domain: None,
            status: TenantStatus::Active,
            tier: Tier::Starter,
            quota: Tier::Starter.quota(),
            profile: ProfileRecord::default(),
            metadata: BTreeMap::new(),
            created_at: permit.now(),
            updated_at: permit.now(),
            suspended_at: None,
            suspended_reason: None,
            purge_at: None,
        };
        permit
            .change(Action::Create)
            .create(&tenant)
            .commit()
            .await
            .unwrap();
    }

    /// Does what the saga does with a website that was asked for.
    pub(crate) async fn open(&self, id: WebsiteId, label: &str, status: WebsiteStatus) {
        let permit = self.permit();
        let tenant = Subdomain::parse("acme").unwrap();
        let website = WebsiteRecord {
            id,
            name: label.to_owned(),
            subdomain: label.parse().unwrap(),
            hosts: HostName::of_site(&label.parse().unwrap(), &tenant, "localhost").to_vec(),
            status,
            created_at: permit.now(),
            updated_at: permit.now(),
            purge_at: None,
        };
        let label = SiteLabelRecord {
            label: website.subdomain.clone(),
            website_id: id,
        };
        let change = permit
            .change(Action::Create)
            .create(&website)
            .attach(&label);
        change
            .reserve("websites", 3)
            .own(id)
            .commit()
            .await
            .unwrap();
        self.release(id, status).await;
    }

    /// Makes a website's first release.
    pub(crate) async fn release(&self, id: WebsiteId, status: WebsiteStatus) {
        let permit = self.permit();
        let theme = &Theme::all()[0];
        let config = json!({ "name": "main", "locale": "en", "navigation": [] });
        let tree = Tree {
            theme: ThemeReference {
                package: theme.package_hash(),
                id: theme.id().parse().unwrap(),
                settings: Settings::empty(),
            },
            plugins: Plugins::default(),
            config: Settings::new(config.as_object().unwrap()).unwrap(),
            routes: Root::empty(),
        };
        let first = publication::first_release(&permit, id, &tree, Vec::new())
            .await
            .unwrap();
        first
            .add_to(permit.change(Action::Create))
            .commit()
            .await
            .unwrap();
        let key = tenancy::keys::PointerKey { website: id };
        let pointer = permit
            .get::<publication::PointerRecord>(&key)
            .await
            .unwrap()
            .unwrap();
        let change = publication::set_status(permit.change(Action::Update), &pointer, status);
        change.commit().await.unwrap();
    }

    /// Calls the function below the website, a millisecond later.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        self.clock.advance(SignedDuration::from_millis(1));
        let path = format!("/api/v1/websites{path}");
        let (path, query) = path.split_once('?').unwrap_or((&path, ""));
        let mut all = BTreeMap::from([
            ("host", "localhost:3000"),
            ("content-type", "application/json"),
        ]);
        all.extend(headers.iter().copied());
        let event = json!({
            "version": "2.0",
            "routeKey": "ANY /api/v1/websites/{proxy+}",
            "rawPath": path,
            "rawQueryString": query,
            "headers": all,
            "requestContext": {
                "accountId": "000000000000",
                "apiId": "api",
                "domainName": "localhost",
                "domainPrefix": "localhost",
                "http": {
                    "method": method, "path": path, "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1", "userAgent": "tests",
                },
                "requestId": "request",
                "routeKey": "ANY /api/v1/websites/{proxy+}",
                "stage": "$default",
                "time": "01/Jan/2026:00:00:00 +0000",
                "timeEpoch": 0,
                "authorizer": { "lambda": self.gateway.to_map() },
            },
            "body": body.map(|body| body.to_string()),
            "isBase64Encoded": false,
        });
        let answer = self
            .function
            .invoke(event, Context::default())
            .await
            .unwrap();
        Answer {
            status: answer["statusCode"].as_u64().unwrap(),
            headers: answer["headers"].clone(),
            body: serde_json::from_str(answer["body"].as_str().unwrap_or("")).unwrap_or_default(),
        }
    }
}
