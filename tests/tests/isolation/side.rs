//! A tenant all of whose data is made of marks.

use std::collections::BTreeMap;

use http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};
use tenancy::Role;
use tenancy::records::Tier;
use tests::client::{Answer, Call};
use tests::operations::{self, Operation};
use tests::support::SESSIONS;
use tests::walkthrough::{Owner, register, sign_in_to};
use tests::world::{Settled, World};

use crate::marks::Marks;
use crate::tuples::Kind;

/// A tenant, and what it has.
#[derive(Debug, Clone)]
pub(crate) struct Side {
    pub(crate) settled: Settled,
    pub(crate) ids: BTreeMap<Kind, String>,
    /// Another release than the one among the ids.
    another_release: String,
    /// The cursor of each list's second page.
    pub(crate) cursors: BTreeMap<String, String>,
    /// The address that shows a release before it is live.
    pub(crate) preview: String,
    /// What nobody else may ever see: keys and tokens.
    pub(crate) secrets: Vec<String>,
}

impl Side {
    /// Makes a tenant.
    pub(crate) async fn new(world: &World, name: &str, marks: &Marks, operator: &str) -> Self {
        let settled = world.settled_tenant(name).await.unwrap();
        world.verify(&settled.owner.email).await.unwrap();
        let tier = format!("/api/v1/admin/tenants/{}/tier", settled.tenant);
        let tier = Call::put(tier, &json!({ "tier": Tier::Enterprise.name() }));
        let maker = Maker {
            world,
            marks,
            token: &settled.tokens.access,
        };
        maker.done(tier.bearer(operator)).await;
        let website = &settled.website;
        maker.describe(name, website).await;
        let page = maker.page(website, "about", &marks.public()).await;
        maker.publish(&page).await;
        let second = maker.page(website, "prices", &marks.public()).await;
        let another_release = maker.publish(&second).await;
        maker.page(website, "draft", &marks.private()).await;
        let pages = format!("{website}/pages");
        let keyed = Call::post(pages, &draft("keyed", &marks.private()));
        let idempotency_key = format!("request-of-{name}");
        maker
            .done(keyed.with("idempotency-key", &idempotency_key))
            .await;
        let preview = format!("{website}/releases/{another_release}/preview");
        let preview = maker.done(Call::new(Method::POST, preview)).await;
        let preview = preview.at("/url").unwrap();
        let other = json!({ "name": marks.private(), "subdomain": "second" });
        let other = maker.done(Call::post("/api/v1/websites", &other)).await;
        world.platform.settle().await.unwrap();
        let [invitation, _] = maker.invitations().await;
        let keys = maker.keys().await;
        let [support, _] = maker.support().await;
        world.platform.settle().await.unwrap();
        let person = guest(world, &settled, name, marks).await;
        let (session, token) = maker.another_sign_in(&settled).await;
        let release = Call::get(format!("{website}/releases?limit=1"));
        let release = maker.done(release).await.at("/items/0/id").unwrap();
        let mut secrets = vec![token, preview.clone(), settled.tokens.refresh.clone()];
        secrets.extend(keys.iter().map(|key| key.at("/key").unwrap()));
        let ids = BTreeMap::from([
            (Kind::Tenant, settled.tenant.clone()),
            (Kind::Website, last(website)),
            (Kind::Page, last(&page)),
            (Kind::Release, release),
            (Kind::Operation, other.at("/operation/id").unwrap()),
            (Kind::Session, session),
            (Kind::Person, person),
            (Kind::Invitation, last(invitation.header("location"))),
            (Kind::ApiKey, last(keys[0].header("location"))),
            (Kind::Support, last(support.header("location"))),
            (Kind::Subdomain, name.to_owned()),
            (Kind::Host, format!("main.{name}.localhost:3000")),
            (Kind::Email, settled.owner.email.clone()),
            (Kind::IdempotencyKey, idempotency_key),
            (Kind::Preview, token_of(&preview)),
        ]);
        Self {
            settled,
            ids,
            another_release,
            cursors: BTreeMap::new(),
            preview,
            secrets,
        }
    }

    /// Makes another website of the tenant, and returns the tenant as who has that one alone.
    pub(crate) async fn beside(&self, world: &World, marks: &Marks) -> Self {
        let maker = Maker {
            world,
            marks,
            token: &self.settled.tokens.access,
        };
        let website = json!({ "name": marks.public(), "subdomain": "beside" });
        let website = maker.done(Call::post("/api/v1/websites", &website)).await;
        let website = website.header("location").to_owned();
        world.platform.settle().await.unwrap();
        let page = maker.page(&website, "about", &marks.public()).await;
        let release = maker.publish(&page).await;
        let second = maker.page(&website, "prices", &marks.public()).await;
        let another_release = maker.publish(&second).await;
        maker.page(&website, "draft", &marks.private()).await;
        let preview = format!("{website}/releases/{another_release}/preview");
        let preview = maker.done(Call::new(Method::POST, preview)).await;
        let preview = preview.at("/url").unwrap();
        let mut ids = self.ids.clone();
        ids.extend([
            (Kind::Website, last(&website)),
            (Kind::Page, last(&page)),
            (Kind::Release, release),
            (Kind::Preview, token_of(&preview)),
        ]);
        Self {
            settled: Settled {
                website,
                ..self.settled.clone()
            },
            ids,
            another_release,
            cursors: BTreeMap::new(),
            secrets: vec![preview.clone()],
            preview,
        }
    }

    /// Returns what fills a parameter of an operation's path.
    pub(crate) fn parameter(&self, name: &str) -> &str {
        let kind = match name {
            "website" => Kind::Website,
            "page" => Kind::Page,
            "release" | "a" => Kind::Release,
            "operation" => Kind::Operation,
            "session" => Kind::Session,
            "tenant" => Kind::Tenant,
            "person" => Kind::Person,
            "invitation" => Kind::Invitation,
            "key" => Kind::ApiKey,
            "support" => Kind::Support,
            "subdomain" => Kind::Subdomain,
            "b" => return &self.another_release,
            // Of the problems that are documented.
            "slug" => return "not_found",
            other => panic!("nobody knows what fills `{other}`"),
        };
        &self.ids[&kind]
    }

    /// Returns an id of this tenant's. A cursor is that of a list.
    pub(crate) fn id(&self, kind: Kind, operation: &Operation) -> Option<&str> {
        if kind == Kind::Cursor {
            return self.cursors.get(&operation.name()).map(String::as_str);
        }
        self.ids.get(&kind).map(String::as_str)
    }

    /// Reads the cursors of its lists.
    pub(crate) async fn read_cursors(&mut self, world: &World) {
        self.cursors = cursors(world, self).await;
    }

    /// Returns an operation's path with this tenant's ids.
    pub(crate) fn path(&self, operation: &Operation) -> String {
        let parts = operation.path.split('/').map(|part| {
            let name = part.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
            name.map_or(part, |name| self.parameter(name))
        });
        let path = parts.collect::<Vec<_>>().join("/");
        if operation.needed.is_empty() {
            return path;
        }
        assert_eq!(operation.needed, ["tenantId"], "{}", operation.name());
        format!("{path}?tenantId={}", self.settled.tenant)
    }
}

/// Makes somebody with a tenant of their own an admin of this one, and returns who that is. The owner comes to be a
/// member there.
async fn guest(world: &World, settled: &Settled, name: &str, marks: &Marks) -> String {
    let client = world.client();
    let mut guest = Owner::named(&format!("guest-{name}"));
    guest.email = format!("{}@guests.example", marks.private());
    let elsewhere = register(&client, &guest).await.unwrap();
    let owner = &settled.owner.email;
    let joined = world.join(&elsewhere, owner, Role::ContentEditor).await;
    joined.unwrap();
    let person = world.join(&settled.tenant, &guest.email, Role::TenantAdmin);
    person.await.unwrap()
}

fn draft(slug: &str, mark: &str) -> Value {
    json!({
        "title": mark,
        "slug": slug,
        "content": { "format": "markdown", "value": format!("Of {mark}.") },
        "seo": { "description": mark },
    })
}

/// Makes what a tenant has.
struct Maker<'a> {
    world: &'a World,
    marks: &'a Marks,
    token: &'a str,
}

impl Maker<'_> {
    /// Gives the tenant and its website words.
    async fn describe(&self, name: &str, website: &str) {
        let marks = self.marks;
        let profile = json!({
            "name": marks.public(),
            "description": marks.private(),
            "contactEmail": format!("{}@{name}.example", marks.private()),
        });
        self.change("/api/v1/tenant/profile", &profile).await;
        let change = json!({ "name": marks.public() });
        self.change(website, &change).await;
        let theme = json!({ "themeId": "journal", "settings": { "tagline": marks.public() } });
        self.change(&format!("{website}/theme"), &theme).await;
    }

    /// Makes two invitations, so that there is a list of them.
    async fn invitations(&self) -> [Answer; 2] {
        let invite = async || {
            let email = format!("{}@guests.example", self.marks.private());
            let body = json!({ "email": email, "role": "contentEditor" });
            self.done(Call::post("/api/v1/tenant/users", &body)).await
        };
        [invite().await, invite().await]
    }

    /// Lets operators in twice.
    async fn support(&self) -> [Answer; 2] {
        let begin = async || {
            let body = json!({ "reason": self.marks.private(), "minutes": 60 });
            self.done(Call::post(SESSIONS, &body)).await
        };
        [begin().await, begin().await]
    }

    /// Makes two API keys.
    async fn keys(&self) -> [Answer; 2] {
        let make = async || {
            let body = json!({ "name": self.marks.private(), "scopes": ["websites.list"] });
            self.done(Call::post("/api/v1/tenant/api-keys", &body))
                .await
        };
        [make().await, make().await]
    }

    /// Makes a request that is meant to be granted, later than the one before.
    async fn done(&self, call: Call) -> Answer {
        self.world.clock.advance(SignedDuration::from_millis(1));
        let is_signed = call.headers.iter().any(|(name, _)| name == "authorization");
        let call = if is_signed {
            call
        } else {
            call.bearer(self.token)
        };
        let path = call.path.clone();
        let answer = self.world.client().call(call).await.unwrap();
        assert!(answer.status.is_success(), "{path}: {}", answer.text());
        answer
    }

    /// Reads what is there and changes it.
    async fn change(&self, path: &str, body: &Value) {
        let read = self.done(Call::get(path)).await;
        self.done(Call::put(path, body).if_match(read.header("etag")))
            .await;
    }

    async fn page(&self, website: &str, slug: &str, mark: &str) -> String {
        let pages = format!("{website}/pages");
        let made = self.done(Call::post(&pages, &draft(slug, mark))).await;
        format!("{pages}/{}", made.at("/id").unwrap())
    }

    /// Publishes a page and returns the release.
    async fn publish(&self, page: &str) -> String {
        let publish = Call::new(Method::POST, format!("{page}/publish"));
        self.done(publish).await.at("/release/id").unwrap()
    }

    /// Signs the owner in once more. Returns that sign-in's id, and the access token.
    async fn another_sign_in(&self, settled: &Settled) -> (String, String) {
        self.world.clock.advance(SignedDuration::from_millis(1));
        let tokens = sign_in_to(&self.world.client(), &settled.owner, &settled.tenant)
            .await
            .unwrap();
        let newest = Call::get("/api/v1/auth/sessions?limit=1").bearer(&tokens.access);
        let newest = self.done(newest).await;
        (newest.at("/items/0/id").unwrap(), tokens.access)
    }
}

/// Returns the cursor of the second page of each list that the tenant's owner can read.
async fn cursors(world: &World, side: &Side) -> BTreeMap<String, String> {
    let client = world.client();
    let owner = sign_in_to(&client, &side.settled.owner, &side.settled.tenant).await;
    let owner = owner.unwrap().access;
    let mut cursors = BTreeMap::new();
    let lists = operations::all().into_iter().filter(Operation::is_list);
    for operation in lists.filter(|operation| !operation.is_operators()) {
        let path = format!("{}?limit=1", side.path(&operation));
        let page = client.call(Call::get(path).bearer(&owner)).await.unwrap();
        let page = page.expect(StatusCode::OK).unwrap();
        if let Ok(cursor) = page.at("/nextCursor") {
            cursors.insert(operation.name(), cursor);
        }
    }
    assert!(cursors.len() >= 8, "{} lists go on", cursors.len());
    cursors
}

/// Returns the token in the address that shows a release.
fn token_of(preview: &str) -> String {
    let words = preview.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
    words.max_by_key(|word| word.len()).unwrap().to_owned()
}

fn last(path: &str) -> String {
    path.rsplit('/').next().unwrap().to_owned()
}
