//! A tenant with a website, its ways to change it, and visits: to the origin alone, or through the
//! edge.

use events::{Envelope, Event};
use http::{HeaderMap, HeaderName, Method, StatusCode};
use kernel::{ContentHash, EventId, PageSlug, TenantId, WebsiteId};
use local::history::CallRecord;
use publication::{Edit, PointerRecord};
use release::{Entry, EntryKind, RouteKey, ThemeReference, Tree};
use serde_json::{Value, json};
use tenancy::audit::Action;
use tenancy::keys::PointerKey;
use tenancy::permission::{ManageTenant, Provision};
use tenancy::records::{TenantStatus, WebsiteStatus};
use tenancy::{Permission, Permit, Platform, Stored};
use tests::client::{Answer, Call};
use tests::walkthrough::{Owner, make_website, register, sign_in};
use tests::world::World;

pub(crate) const HOST: &str = "docs.acme.localhost";
pub(crate) const WILDCARD_HOST: &str = "docs--acme.localhost";

/// What a path may hold that no route of the API puts there.
pub(crate) enum Odd<'a> {
    /// A redirect.
    Redirect(&'a str, u16),
    /// A page's object as these bytes.
    Bytes(&'a [u8]),
}

/// A platform, and one of its tenants with a website.
pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) host: String,
    /// The website's address in the API.
    pub(crate) website: String,
    tenant: String,
    pub(crate) token: String,
    storage: Platform,
}

impl Scene {
    /// Makes a website with a home page and a page `about`.
    pub(crate) async fn new() -> Self {
        let scene = Self::empty().await;
        scene.publish("", "Home").await;
        scene.publish("about", "About").await;
        scene
    }

    /// Makes a website without pages.
    pub(crate) async fn empty() -> Self {
        Self::of("acme", &World::new(50).await.unwrap()).await
    }

    /// Makes a tenant and its website `docs`.
    pub(crate) async fn of(subdomain: &str, world: &World) -> Self {
        let (client, owner) = (world.client(), Owner::named(subdomain));
        let tenant = register(&client, &owner).await.unwrap();
        let token = sign_in(&client, &owner).await.unwrap().access;
        let website = make_website(&client, &token, "docs").await.unwrap();
        Self {
            host: format!("docs.{subdomain}.localhost"),
            website,
            tenant,
            token,
            storage: world.storage(),
            world: world.clone(),
        }
    }

    /// Calls the API as the tenant's owner.
    pub(crate) async fn call(&self, call: Call, status: StatusCode) -> Answer {
        let answer = self.world.client().call(call.bearer(&self.token)).await;
        answer.unwrap().expect(status).unwrap()
    }

    /// Calls the API about what the caller has just read.
    async fn change(&self, call: Call, status: StatusCode) -> Answer {
        let path = call.path.clone();
        let read = self.call(Call::get(path), StatusCode::OK).await;
        self.call(call.if_match(read.header("etag")), status).await
    }

    /// Publishes a page and returns its address in the API.
    pub(crate) async fn publish(&self, slug: &str, title: &str) -> String {
        let call = Call::post(format!("{}/pages", self.website), &page(slug, title));
        let made = self.call(call, StatusCode::CREATED).await;
        let page = format!("{}/pages/{}", self.website, made.at("/id").unwrap());
        self.turn(&page, "publish").await;
        page
    }

    /// Publishes a page as another.
    pub(crate) async fn rewrite(&self, address: &str, slug: &str, title: &str) {
        self.change(Call::put(address, &page(slug, title)), StatusCode::OK)
            .await;
        self.turn(address, "publish").await;
    }

    /// Does `verb` with a page.
    pub(crate) async fn turn(&self, page: &str, verb: &str) -> Answer {
        let call = Call::new(Method::POST, format!("{page}/{verb}"));
        self.call(call, StatusCode::OK).await
    }

    /// Chooses a theme.
    pub(crate) async fn choose(&self, theme: &str) {
        self.choose_with(theme, &json!({})).await;
    }

    /// Chooses a theme and some of its settings.
    pub(crate) async fn choose_with(&self, theme: &str, settings: &Value) {
        let body = json!({ "themeId": theme, "settings": settings });
        let call = Call::put(format!("{}/theme", self.website), &body);
        self.change(call, StatusCode::OK).await;
    }

    /// Opens the website, or closes it.
    pub(crate) async fn set_status(&self, status: &str) {
        let call = Call::put(&self.website, &json!({ "name": "docs", "status": status }));
        self.change(call, StatusCode::OK).await;
    }

    /// Deletes the website.
    pub(crate) async fn delete(&self) {
        self.change(Call::delete(&self.website), StatusCode::NO_CONTENT)
            .await;
    }

    /// Returns the release that is live now.
    pub(crate) async fn live_release(&self) -> String {
        let list = Call::get(format!("{}/releases", self.website));
        let releases = self.call(list, StatusCode::OK).await.json();
        let mut releases = releases["items"].as_array().unwrap().iter();
        let live = releases.find(|release| release["isLive"] == true).unwrap();
        live["id"].as_str().unwrap().to_owned()
    }

    /// Makes a release live.
    pub(crate) async fn activate(&self, release: &str) {
        let path = format!("{}/releases/{release}/activate", self.website);
        self.call(Call::new(Method::POST, path), StatusCode::OK)
            .await;
    }

    /// Returns where a preview of what is live now begins, without a slash at the end.
    pub(crate) async fn preview(&self) -> String {
        let release = self.live_release().await;
        let path = format!("{}/releases/{release}/preview", self.website);
        let made = self
            .call(Call::new(Method::POST, path), StatusCode::CREATED)
            .await;
        let url: http::Uri = made.at("/url").unwrap().parse().unwrap();
        assert_eq!(url.host(), Some(&*self.host));
        url.path().trim_end_matches('/').to_owned()
    }

    /// Moves the tenant to a status as an operator does.
    pub(crate) async fn operate(&self, status: TenantStatus) {
        let operator = self.world.operator().await.unwrap();
        let path = format!("/api/v1/admin/tenants/{}/status", self.tenant);
        let call = Call::put(path, &json!({ "status": status.name() })).bearer(&operator);
        let answer = self.world.client().call(call).await.unwrap();
        answer.expect(StatusCode::OK).unwrap();
    }

    /// Moves the tenant to a status that no operator moves one to.
    pub(crate) async fn force_tenant(&self, status: TenantStatus) {
        let permit = self.permit::<ManageTenant>();
        let stored = permit.tenant_record().await.unwrap().unwrap();
        let mut record = stored.record.clone();
        record.status = status;
        permit.replace_tenant(&stored, &record).await.unwrap();
    }

    /// Moves the website to a status that no tenant moves one to.
    pub(crate) async fn force_website(&self, status: WebsiteStatus) {
        let permit = self.permit::<Provision>();
        let pointer = self.pointer().await;
        let change = permit.change(Action::Update);
        let change = publication::set_status(change, &pointer, status);
        change.commit().await.unwrap();
    }

    /// Returns what the website shows.
    pub(crate) async fn pointer(&self) -> Stored<PointerRecord> {
        let key = PointerKey {
            website: self.website_id(),
        };
        let pointer = self.permit::<Provision>().get::<PointerRecord>(&key).await;
        pointer.unwrap().unwrap()
    }

    /// Publishes what no route of the API publishes.
    pub(crate) async fn publish_odd(&self, routes: &[(&str, Odd<'_>)]) {
        let mut edit = Edit::new("odd", Action::Deploy);
        for (slug, odd) in routes {
            let (kind, bytes) = match odd {
                Odd::Redirect(to, status) => {
                    let redirect = json!({ "to": to, "status": status });
                    (EntryKind::Redirect, redirect.to_string().into_bytes())
                }
                Odd::Bytes(bytes) => (EntryKind::Page, bytes.to_vec()),
            };
            let object = ContentHash::of(&bytes);
            let key = RouteKey::page(&PageSlug::parse(slug).unwrap());
            edit.routes.insert(key, Some(Entry { kind, object }));
            edit.objects.push(bytes);
        }
        edit.objects.sort_unstable();
        edit.objects.dedup();
        self.publish_edit(&edit).await;
    }

    /// Publishes a theme that is not built in.
    pub(crate) async fn publish_theme(&self, package: ContentHash, objects: Vec<Vec<u8>>) {
        let mut edit = Edit::new("theme", Action::Deploy);
        edit.theme = Some(ThemeReference {
            package,
            ..self.tree().await.theme
        });
        edit.objects = objects;
        self.publish_edit(&edit).await;
    }

    async fn publish_edit(&self, edit: &Edit) {
        let permit = self.permit::<Provision>();
        let published = publication::publish(&permit, self.website_id(), edit, |change| change);
        assert!(published.await.unwrap().is_moved);
    }

    /// Returns the tree that is live.
    pub(crate) async fn tree(&self) -> Tree {
        let bytes = self.object(self.pointer().await.tree_id.hash()).await;
        Tree::decode(&bytes.unwrap()).unwrap()
    }

    /// Returns an object of the tenant's.
    pub(crate) async fn object(&self, hash: ContentHash) -> Option<Vec<u8>> {
        let found = self.permit::<Provision>().objects(&[hash]).await;
        found.unwrap().remove(0)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the one way to states that no route of the API makes"
    )]
    fn permit<P: Permission>(&self) -> Permit<P> {
        let cause = Envelope {
            id: EventId::mint(self.storage.mint()),
            tenant_id: self.tenant.parse::<TenantId>().unwrap(),
            occurred_at: self.storage.now(),
            request_id: "r".to_owned(),
            event: Event::TenantUpdated {},
        };
        self.storage.resume("test", &cause).permit().unwrap()
    }

    fn website_id(&self) -> WebsiteId {
        self.website.rsplit('/').next().unwrap().parse().unwrap()
    }

    /// Sends a function URL's event to the origin.
    pub(crate) async fn ask(&self, event: Value) -> Answer {
        answer(&self.world.platform.invoke("delivery", event).await.unwrap())
    }

    /// Asks the origin for a path of the website.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(event(&self.host, path)).await
    }

    /// Asks the origin for a path, and returns which calls to services that took.
    pub(crate) async fn calls(&self, host: &str, path: &str) -> (Answer, Vec<CallRecord>) {
        let history = self.world.platform.history();
        let mark = history.mark();
        let answer = self.ask(event(host, path)).await;
        let mut calls = history.since(mark);
        // The secret is read when an environment starts.
        calls.retain(|call| call.function == "delivery" && call.operation != "GetSecretValue");
        (answer, calls)
    }

    /// Asks the origin for a path, and returns how many calls to services that took, each of at most
    /// one unit.
    pub(crate) async fn counted(&self, host: &str, path: &str) -> (Answer, usize) {
        let (answer, calls) = self.calls(host, path).await;
        let reads: f64 = calls.iter().map(|call| call.read_units).sum();
        let writes: f64 = calls.iter().map(|call| call.write_units).sum();
        let calls = u32::try_from(calls.len()).unwrap();
        assert!(reads <= f64::from(calls), "{path} took {reads} units");
        assert!(writes <= 0.0, "{path} wrote {writes} units");
        (answer, usize::try_from(calls).unwrap())
    }

    /// Visits a path of the website through the edge.
    pub(crate) async fn visit(&self, path: &str) -> Answer {
        let client = self.world.client();
        client.visit(&self.host, path).await.unwrap()
    }

    /// Moves the clock, and lets nothing else happen.
    pub(crate) fn wait(&self, milliseconds: i64) {
        let step = jiff::SignedDuration::from_millis(milliseconds);
        self.world.clock.advance(step);
    }
}

/// The event that the edge makes of a `GET`.
pub(crate) fn event(host: &str, path: &str) -> Value {
    let recorded = include_str!("../../../events/delivery/page.json");
    let mut event: Value = serde_json::from_str(recorded).unwrap();
    event["rawPath"] = json!(path);
    event["requestContext"]["http"]["path"] = json!(path);
    event["headers"]["x-site-host"] = json!(host);
    event
}

/// The event of another method.
pub(crate) fn event_of(method: &str, host: &str, path: &str) -> Value {
    let mut event = event(host, path);
    event["requestContext"]["http"]["method"] = json!(method);
    event
}

/// Reads what a function URL is answered with.
fn answer(payload: &Value) -> Answer {
    assert_eq!(payload["isBase64Encoded"], false, "visitors are sent text");
    let status = u16::try_from(payload["statusCode"].as_u64().unwrap()).unwrap();
    let mut headers = HeaderMap::new();
    for (name, value) in payload["headers"].as_object().unwrap() {
        let value = value.as_str().unwrap().parse().unwrap();
        headers.insert(name.parse::<HeaderName>().unwrap(), value);
    }
    Answer {
        status: StatusCode::from_u16(status).unwrap(),
        headers,
        bytes: payload["body"].as_str().unwrap().to_owned().into(),
    }
}

fn page(slug: &str, title: &str) -> Value {
    let text = format!("# {title}\n\nThis is {title}.");
    json!({
        "title": title,
        "slug": slug,
        "content": { "format": "markdown", "value": text },
    })
}

/// Returns the path of the first stylesheet or link that ends so.
pub(crate) fn linked(html: &str, end: &str) -> String {
    let found = html.split('"').find(|part| part.ends_with(end));
    found.unwrap().to_owned()
}
