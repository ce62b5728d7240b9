//! A platform with tenants on it, and requests that would be good.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use aws_sdk_dynamodb::types::AttributeValue;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, header};
use jiff::SignedDuration;
use kernel::Clock;
use local::gateway::SourceAddress;
use serde_json::json;
use tenancy::Role;
use tests::client::{Answer, Call, Way, rest_of_minute};
use tests::documented;
use tests::support::begin;
use tests::walkthrough::{
    Owner, Phone, give_phone, invite, make_api_key, make_page, make_website, publish, register,
    sign_in,
};
use tests::world::{Settled, TABLE, World};

use crate::answers::{Expected, judge};
use crate::problems;
use tests::operations::Operation;
use tests::operations::samples;
use tests::reports;
use tests::stores;

/// An id that never existed.
pub(crate) const MISSING: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// The host of the API.
pub(crate) const API: &str = "localhost:3000";

/// A tenant, and the ids of what it has.
#[derive(Debug, Clone)]
pub(crate) struct Side {
    pub(crate) settled: Settled,
    pub(crate) website: String,
    pub(crate) second: String,
    pub(crate) page: String,
    pub(crate) releases: [String; 2],
    /// A sign-in of the owner's other than the one in use.
    pub(crate) session: String,
    /// The owner, and another tenant admin.
    pub(crate) owner: String,
    pub(crate) admin: String,
    /// An invitation that is open.
    pub(crate) invitation: String,
    /// An API key.
    pub(crate) key: String,
    /// A support session.
    pub(crate) support: String,
}

/// Two tenants with websites, one that operators work on, and an operator.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) acme: Side,
    pub(crate) other: Side,
    pub(crate) operator: String,
    /// The tenant that operators work on.
    pub(crate) victim: String,
    /// Somebody with an authenticator.
    pub(crate) careful: Careful,
    /// How many requests were sent.
    sent: Arc<AtomicU32>,
}

/// Somebody with an authenticator, who is signed in.
#[derive(Debug, Clone)]
pub(crate) struct Careful {
    pub(crate) owner: Owner,
    pub(crate) access: String,
    pub(crate) phone: Phone,
}

impl Careful {
    async fn new(world: &World) -> Self {
        let Settled { owner, tokens, .. } = world.settled_tenant("careful").await.unwrap();
        world.verify(&owner.email).await.unwrap();
        let (client, now) = (world.client(), world.clock.now());
        let phone = give_phone(&client, &tokens.access, &owner, now).await;
        Self {
            phone: phone.unwrap(),
            access: tokens.access,
            owner,
        }
    }
}

impl Scene {
    /// Returns a platform that nobody else works on. All of them begin alike.
    pub(crate) fn new(seed: u64) -> Self {
        static FIRST: OnceLock<Scene> = OnceLock::new();
        let first = FIRST.get_or_init(|| {
            // It outlives the test that happens to be the first one, and its runtime.
            let made = std::thread::spawn(|| {
                let runtime = tokio::runtime::Runtime::new().unwrap();
                runtime.block_on(Self::made())
            });
            made.join().unwrap()
        });
        Self {
            world: first.world.copy(seed).unwrap(),
            ..first.clone()
        }
    }

    async fn made() -> Self {
        problems::listen();
        let world = World::new(1).await.unwrap();
        let operator = world.operator().await.unwrap();
        let victim = register(&world.client(), &Owner::named("victim")).await;
        let victim = victim.unwrap();
        let acme = Side::new(&world, "acme", &operator, &victim).await;
        let other = Side::new(&world, "other", &operator, &victim).await;
        let careful = Careful::new(&world).await;
        reports::publish(&world, &operator, "one").await;
        world.platform.settle().await.unwrap();
        Self {
            careful,
            world,
            acme,
            other,
            operator,
            victim,
            sent: Arc::default(),
        }
    }

    /// Returns what fills a parameter of an operation's path.
    pub(crate) fn id(&self, operation: &Operation, parameter: &str) -> String {
        let side = &self.acme;
        let id = match parameter {
            "website" => &side.website,
            "page" => &side.page,
            "release" | "a" => &side.releases[0],
            "b" => &side.releases[1],
            "tenant" if operation.is_operators() => &self.victim,
            "tenant" => &side.settled.tenant,
            "person" if operation.path.ends_with("/change_password") => &side.owner,
            "person" => &side.admin,
            "session" => &side.session,
            "invitation" => &side.invitation,
            "key" => &side.key,
            "support" => &side.support,
            "subdomain" => "acme",
            "slug" => "not_found",
            _ => MISSING,
        };
        id.to_owned()
    }

    /// Returns an operation's path with every parameter filled.
    pub(crate) fn path(&self, operation: &Operation) -> String {
        let parts = operation.path.split('/').map(|part| {
            let name = part.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
            name.map_or_else(|| part.to_owned(), |name| self.id(operation, name))
        });
        let path = parts.collect::<Vec<_>>().join("/");
        match operation.needed.as_slice() {
            [] => path,
            [name] if name == "tenantId" => format!("{path}?{name}={}", self.acme.settled.tenant),
            more => panic!("{}: nobody knows {more:?}", operation.name()),
        }
    }

    /// Returns a request to an operation without its body, by somebody who may.
    pub(crate) fn bare(&self, operation: &Operation) -> Call {
        let call = Call::new(operation.method.clone(), self.path(operation));
        // Whether what has an id is for everybody turns out when it is found.
        let is_for_all = operation.is_open && !operation.path.contains('{');
        let call = match (is_for_all, operation.is_operators()) {
            (true, _) => call,
            (false, true) => call.bearer(&self.operator),
            (false, false) => call.bearer(&self.acme.settled.tokens.access),
        };
        if operation.needs("If-Match") {
            call.if_match("*")
        } else {
            call
        }
    }

    /// Returns a request to an operation that nobody should be surprised by.
    pub(crate) fn good(&self, operation: &Operation) -> Call {
        let call = self.bare(operation);
        match samples::body(operation) {
            Some(body) => with_json(call, body.to_string()),
            None => call,
        }
    }

    /// Sends a request and judges what came of it. Nothing that is refused changes anything.
    pub(crate) async fn try_call(&self, why: &str, call: Call, expected: &Expected) -> Answer {
        self.try_request(why, request(API, call), expected).await
    }

    /// Sends a request as it is and judges what came of it.
    pub(crate) async fn try_request(
        &self,
        why: &str,
        request: Request<Bytes>,
        expected: &Expected,
    ) -> Answer {
        let mark = self.world.platform.history().mark();
        let answer = self.send(request).await;
        judge(why, &answer, expected);
        if !answer.status.is_success() {
            let calls = self.world.platform.history().since(mark);
            assert_eq!(
                stores::writes(&calls),
                [""; 0],
                "{why}: refused, but written"
            );
        }
        answer
    }

    /// Sends a request, from where none came from before: those who try passwords are counted there. One that can
    /// be repeated comes from where its repetition does.
    pub(crate) async fn send(&self, mut request: Request<Bytes>) -> Answer {
        if !request.headers().contains_key("idempotency-key") {
            let number = self.sent.fetch_add(1, Ordering::Relaxed);
            let from = Ipv4Addr::from_bits(Ipv4Addr::new(10, 0, 0, 0).to_bits() + number);
            request.extensions_mut().insert(SourceAddress(from.into()));
        }
        let path = request.uri().path().to_owned();
        let is_api = request
            .headers()
            .get(header::HOST)
            .is_some_and(|host| host == API);
        let mut response = self.world.send(request.clone()).await.unwrap();
        // Operators may ask less often than all this is asked.
        if let Some(rest) = rest_of_minute(response.status(), response.headers()) {
            let rest = SignedDuration::try_from(rest).unwrap();
            self.world.clock.advance(rest);
            response = self.world.send(request).await.unwrap();
        }
        documented::check_privacy(is_api, &path, &response).unwrap();
        let (parts, bytes) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            bytes,
        }
    }

    /// Returns what is stored but for what trails say of a password or a code that was tried and was another one.
    pub(crate) async fn stored(&self) -> Vec<String> {
        let mut lines = stores::lines(&self.world).await;
        lines.retain(|line| !line.contains("action=S(\"login-failed\")"));
        lines
    }
}

impl Side {
    /// Makes a tenant. Its owner is a member of `victim` too, whose owner is an admin here.
    async fn new(world: &World, subdomain: &str, operator: &str, victim: &str) -> Self {
        let settled = world.settled_tenant(subdomain).await.unwrap();
        let client = world.client();
        world.clock.advance(SignedDuration::from_millis(1));
        let elsewhere = sign_in(&client, &settled.owner).await.unwrap();
        let sessions = Call::get("/api/v1/auth/sessions?limit=1").bearer(&elsewhere.access);
        let sessions = client.call(sessions).await.unwrap();
        let path = format!("/api/v1/admin/tenants/{}/tier", settled.tenant);
        let call = Call::put(path, &json!({ "tier": "Enterprise" })).bearer(operator);
        let tier = client.call(call).await.unwrap();
        tier.expect(StatusCode::OK).unwrap();
        let token = settled.tokens.access.as_str();
        let last = |path: &str| path.rsplit('/').next().unwrap().to_owned();
        let second = make_website(&client, token, "second").await.unwrap();
        let mut pages = Vec::new();
        let mut releases = Vec::new();
        for website in [&settled.website, &second] {
            for slug in ["about", "prices", "imprint"] {
                let page = make_page(&client, token, website, slug, "Text.").await;
                let page = page.unwrap();
                releases.push(publish(&client, token, &page).await.unwrap());
                pages.push(page);
            }
        }
        world.verify(&settled.owner.email).await.unwrap();
        let invited = format!("invited@{subdomain}.example");
        let invitation = invite(&client, token, &invited).await.unwrap();
        let another = format!("another@{subdomain}.example");
        invite(&client, token, &another).await.unwrap();
        world.advance(0).await.unwrap();
        let (owner, guest) = (&settled.owner.email, &Owner::named("victim").email);
        let owner = world.join(victim, owner, Role::ContentEditor).await;
        let admin = world.join(&settled.tenant, guest, Role::TenantAdmin).await;
        let key = make_api_key(&client, token).await.unwrap();
        make_api_key(&client, token).await.unwrap();
        let key = last(&key.0);
        let support = client.call(begin(60, true).bearer(token)).await.unwrap();
        let another = client.call(begin(60, true).bearer(token)).await.unwrap();
        another.expect(StatusCode::CREATED).unwrap();
        for day in ["2026-10-31", "2026-11-01"] {
            use_key(world, &settled.tenant, &key, day).await;
        }
        Self {
            invitation: last(&invitation),
            key,
            support: support.at("/id").unwrap(),
            owner: owner.unwrap(),
            admin: admin.unwrap(),
            website: last(&settled.website),
            second: last(&second),
            page: last(&pages[0]),
            releases: [releases[0].clone(), releases[2].clone()],
            session: sessions.at("/items/0/id").unwrap(),
            settled,
        }
    }
}

/// Writes down that an API key was used on a day that is over.
async fn use_key(world: &World, tenant: &str, key: &str, day: &str) {
    let text = |value: &str| AttributeValue::S(value.to_owned());
    let one = || AttributeValue::N("1".to_owned());
    let begun = format!("{day}T00:00:00Z");
    let mut put = aws_sdk_dynamodb::Client::new(&world.sdk())
        .put_item()
        .table_name(TABLE)
        .item("pk", text(&format!("T#{tenant}#TRAFFIC#{key}")))
        .item("sk", text(&format!("DAY#{day}")))
        .item("entity", text("traffic"))
        .item("key", text(key));
    for number in [
        "schema",
        "version",
        "dayRequests",
        "hourRequests",
        "minuteRequests",
    ] {
        put = put.item(number, one());
    }
    for instant in ["day", "hour", "minute"] {
        put = put.item(instant, text(&begun));
    }
    put.send().await.unwrap();
}

/// Adds a body that says that it is JSON.
pub(crate) fn with_json(mut call: Call, body: impl Into<Bytes>) -> Call {
    call.body = body.into();
    call.with("content-type", "application/json")
}

/// Makes the request of a call to a host.
pub(crate) fn request(host: &str, call: Call) -> Request<Bytes> {
    let mut request = Request::new(call.body);
    *request.method_mut() = call.method;
    *request.uri_mut() = call.path.parse().unwrap();
    add(&mut request, "host", host.as_bytes());
    for (name, value) in &call.headers {
        add(&mut request, name, value.as_bytes());
    }
    request
}

/// Adds a header, whatever bytes it holds.
pub(crate) fn add(request: &mut Request<Bytes>, name: &str, value: &[u8]) {
    let name: HeaderName = name.parse().unwrap();
    let value = HeaderValue::from_bytes(value).unwrap();
    request.headers_mut().append(name, value);
}

/// The methods that a request may have, and some that nobody knows.
pub(crate) fn methods() -> Vec<Method> {
    let names = "GET HEAD POST PUT PATCH DELETE OPTIONS TRACE CONNECT PURGE PROPFIND get";
    names.split(' ').map(|name| name.parse().unwrap()).collect()
}
