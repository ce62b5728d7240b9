//! A platform in use, of which every run begins with a copy: tenants in each status, websites with
//! their releases, pages in each status, and who may do what.

use http::{Method, StatusCode};
use jiff::SignedDuration;
use kernel::Clock;
use kernel::limits::SUPPORT_MINUTES_MAX;
use serde_json::{Value, json};
use tenancy::Role;
use tests::abuse::appeal_of_suspended;
use tests::client::{Answer, Call};
use tests::reports;
use tests::support::begin;
use tests::walkthrough::{
    Owner, Phone, Tokens, begin_sign_in, enroll, invite, make_api_key, make_page, make_website,
    publish, register, sign_in, sign_in_to,
};
use tests::world::{Settled, World};

use crate::digest::Known;
use crate::operations::Deed;

/// Long enough for everything to have come to rest.
const REST_S: i64 = 130;

/// Seconds of a minute before which a scene begins: nothing falls due by the minute while it is
/// played.
const MINUTE_S: i64 = 60;

/// A platform that runs begin with.
#[derive(Debug)]
pub(crate) struct Base {
    pub(crate) world: World,
    pub(crate) known: Known,
    /// What is read at the end of each run.
    pub(crate) reads: Vec<Deed>,
}

impl Base {
    /// Lets a world come to rest just after a minute has begun.
    pub(crate) async fn of(world: World, reads: Vec<Deed>) -> Self {
        world.advance(REST_S).await.unwrap();
        let second = world.clock.now().as_second().rem_euclid(MINUTE_S);
        world.advance(MINUTE_S - second).await.unwrap();
        world.clock.advance(SignedDuration::from_secs(1));
        let known = Known::of(&world).await;
        Self {
            world,
            known,
            reads,
        }
    }
}

/// Who and what there is.
#[derive(Debug)]
pub(crate) struct Cast {
    /// A tenant at work, with its owner signed in.
    pub(crate) acme: Settled,
    /// The owner's id.
    pub(crate) owner: String,
    /// Another admin of acme, and the tenant of that person's own.
    pub(crate) admin: String,
    pub(crate) elsewhere: String,
    /// The first operator's access token.
    pub(crate) operator: String,
    /// Tenants that an operator may act on: one active, one suspended.
    pub(crate) active: String,
    pub(crate) suspended: String,
    /// Another tenant's website.
    pub(crate) foreign: String,
    /// A website of acme's that was deleted.
    pub(crate) deleted: String,
    /// Pages of acme's website: on it, changed since, and never on it.
    pub(crate) live: String,
    pub(crate) changed: String,
    pub(crate) draft: String,
    /// The releases of the website, the newest first.
    pub(crate) releases: Vec<String>,
    /// An operation of acme's.
    pub(crate) operation: String,
    /// The tokens of links to somebody's address, and to the owner's.
    pub(crate) verification: String,
    pub(crate) reset: String,
    /// An access token of somebody who has proved no address.
    pub(crate) unproved: String,
    /// An invitation of acme's, and the token of its link.
    pub(crate) invitation: String,
    pub(crate) link: String,
    /// An API key of acme's.
    pub(crate) key: String,
    /// A support session of acme's.
    pub(crate) support: String,
    /// An appeal against a suspension.
    pub(crate) appeal: Call,
    /// Somebody with an authenticator, and somebody who sets one up.
    pub(crate) careful: Careful,
    pub(crate) starting: Careful,
}

/// Somebody with an authenticator.
#[derive(Debug)]
pub(crate) struct Careful {
    pub(crate) owner: Owner,
    pub(crate) access: String,
    pub(crate) phone: Phone,
    /// What stands for the password, of who has given one.
    pub(crate) half: String,
}

impl Careful {
    /// Makes a tenant whose owner sets an authenticator up.
    async fn new(world: &World, subdomain: &str) -> Self {
        let tenant = world.settled_tenant(subdomain).await.unwrap();
        let (owner, access) = (tenant.owner, tenant.tokens.access);
        world.verify(&owner.email).await.unwrap();
        let phone = enroll(&world.client(), &access, &owner).await.unwrap();
        Self {
            owner,
            access,
            phone,
            half: String::new(),
        }
    }

    /// Gives the first code.
    async fn confirm(&self, world: &World) {
        let code = json!({ "code": self.phone.code(world.clock.now()) });
        let confirm = Call::post("/api/v1/auth/mfa/confirm", &code);
        done(world, confirm.bearer(&self.access)).await;
    }
}

/// Makes three pages of a website: one that is live, one that was changed since, and one that never was.
async fn pages(world: &World, tenant: &Settled) -> [String; 3] {
    let (client, token) = (world.client(), tenant.tokens.access.as_str());
    let mut pages = Vec::new();
    for slug in ["about", "news", "draft"] {
        let page = make_page(&client, token, &tenant.website, slug, "Text of **this**.");
        pages.push(page.await.unwrap());
    }
    for page in &pages[..2] {
        publish(&client, token, page).await.unwrap();
    }
    let change = Call::put(&pages[1], &page_body("news", "Other text."));
    done(world, change.bearer(token).if_match("\"2\"")).await;
    pages.try_into().unwrap()
}

/// Makes somebody with an authenticator, and somebody who sets one up.
async fn careful(world: &World) -> [Careful; 2] {
    let careful = Careful::new(world, "careful").await;
    careful.confirm(world).await;
    [careful, Careful::new(world, "starting").await]
}

/// Suspends one tenant, and gives another one room.
async fn move_tenants(world: &World, operator: &str, suspended: &str, raised: &str) {
    let tenants = "/api/v1/admin/tenants";
    let suspend = Call::post(format!("{tenants}/{suspended}/suspend"), &json!({}));
    done(world, suspend.bearer(operator)).await;
    let tier = Call::put(
        format!("{tenants}/{raised}/tier"),
        &json!({ "tier": "Starter" }),
    );
    done(world, tier.bearer(operator)).await;
}

impl Cast {
    /// Makes all of it in `world`, which is new.
    pub(crate) async fn assemble(world: &World) -> Self {
        let client = world.client();
        let operator = world.operator().await.unwrap();
        let active = register(&client, &Owner::named("active")).await.unwrap();
        let suspended = register(&client, &Owner::named("closed")).await.unwrap();
        let other = world.settled_tenant("other").await.unwrap();
        let acme = world.settled_tenant("acme").await.unwrap();
        let (foreign, guest) = (other.website, &other.owner.email);
        let admin = world.join(&acme.tenant, guest, Role::TenantAdmin).await;
        let owner = world.join(&other.tenant, &acme.owner.email, Role::ContentEditor);
        let owner = owner.await.unwrap();
        let token = acme.tokens.access.as_str();
        move_tenants(world, &operator, &suspended, &acme.tenant).await;
        let deleted = make_website(&client, token, "old").await.unwrap();
        let etag = etag(world, token, &deleted).await;
        let delete = Call::delete(&deleted).bearer(token).if_match(&etag);
        done(world, delete).await;
        let [live, changed, draft] = pages(world, &acme).await;
        let operation = done(world, website_call("shop").bearer(token)).await;
        let operation = operation.at("/operation/href").unwrap();
        let verification = world.token_to(&Owner::named("active").email).await.unwrap();
        world.verify(&acme.owner.email).await.unwrap();
        let guest = "guest@guests.example";
        let (key, _) = make_api_key(&client, token).await.unwrap();
        // Longer than what is done before anything is asked.
        let support = begin(SUPPORT_MINUTES_MAX, true).bearer(token);
        let support = done(world, support).await.at("/id").unwrap();
        let invitation = invite(&client, token, guest).await.unwrap();
        let forgotten = json!({ "email": acme.owner.email });
        let forgotten = Call::post("/api/v1/auth/password/forgot", &forgotten);
        done(world, forgotten).await;
        world.platform.settle().await.unwrap();
        let reset = world.token_to(&acme.owner.email).await.unwrap();
        let link = world.token_to(guest).await.unwrap();
        let list = Call::get(format!("{}/releases", acme.website)).bearer(token);
        let list = done(world, list).await.json();
        let releases = list["items"].as_array().unwrap().iter();
        let releases = releases.map(|release| release["id"].as_str().unwrap().to_owned());
        let releases = releases.collect();
        let [careful, starting] = careful(world).await;
        let appeal = appeal_of_suspended(world, &operator, "greedy", &acme.website);
        let appeal = appeal.await.unwrap();
        reports::publish(world, &operator, "one").await;
        drop(client);
        Self {
            appeal,
            careful,
            starting,
            acme,
            owner,
            admin: admin.unwrap(),
            elsewhere: other.tenant,
            operator,
            active,
            suspended,
            foreign,
            deleted,
            live,
            changed,
            draft,
            releases,
            operation,
            verification,
            reset,
            unproved: other.tokens.access,
            invitation,
            key,
            support,
            link,
        }
    }

    /// What there is to be read: as the owner, as the operator, and as a visitor.
    pub(crate) fn reads(&self) -> Vec<Deed> {
        let site = &self.acme.website;
        let owner = self.acme.tokens.access.as_str();
        let paths = [
            "/api/v1/websites".to_owned(),
            format!("{site}/pages"),
            format!("{site}/releases"),
            format!("{site}/theme"),
            "/api/v1/tenant/profile".to_owned(),
            self.live.clone(),
        ];
        let reads = paths.map(|path| Deed::Request(Call::get(path).bearer(owner)));
        let tenants = Call::get("/api/v1/admin/tenants").bearer(&self.operator);
        let visits = ["/", "/about", "/news", "/draft"];
        let visits = visits.map(|path| Deed::Visit(self.acme.host(), Call::get(path)));
        let reads = reads.into_iter().chain([Deed::Request(tenants)]);
        reads.chain(visits).collect()
    }

    async fn tokens(&self, world: &World) -> Tokens {
        let (owner, tenant) = (&self.acme.owner, &self.acme.tenant);
        sign_in_to(&world.client(), owner, tenant).await.unwrap()
    }

    /// Signs everybody in again: what was done before took longer than a token lives.
    pub(crate) async fn sign_in(&mut self, world: &World) {
        let Tokens { access, refresh } = self.tokens(world).await;
        self.acme.tokens = Tokens { access, refresh };
        self.operator = world.operator().await.unwrap();
        let client = world.client();
        let half = begin_sign_in(&client, &self.careful.owner).await.unwrap();
        let code = &self.careful.phone.recovery_codes[0];
        let body = json!({ "mfaToken": half, "code": code });
        let signed_in = Call::post("/api/v1/auth/mfa/verify", &body);
        let signed_in = done(world, signed_in).await;
        self.careful.access = signed_in.at("/accessToken").unwrap();
        self.careful.half = begin_sign_in(&client, &self.careful.owner).await.unwrap();
        let owner = &self.starting.owner;
        self.starting.access = sign_in(&client, owner).await.unwrap().access;
        let phone = enroll(&client, &self.starting.access, owner).await;
        self.starting.phone = phone.unwrap();
    }
}

/// The body of a page.
pub(crate) fn page_body(slug: &str, text: &str) -> Value {
    json!({
        "title": format!("The page {slug}"),
        "slug": slug,
        "content": { "format": "markdown", "value": text },
        "seo": { "description": format!("About {slug}") },
    })
}

/// A request for a website.
pub(crate) fn website_call(subdomain: &str) -> Call {
    let body = json!({ "name": subdomain, "subdomain": subdomain });
    Call::post("/api/v1/websites", &body)
}

/// A `POST` without a body.
pub(crate) fn post(path: impl Into<String>) -> Call {
    Call::new(Method::POST, path)
}

/// Returns the entity tag of what is at an address.
pub(crate) async fn etag(world: &World, token: &str, path: &str) -> String {
    let read = done(world, Call::get(path).bearer(token)).await;
    read.header("etag").to_owned()
}

/// Makes a request that must succeed.
pub(crate) async fn done(world: &World, call: Call) -> Answer {
    let path = call.path.clone();
    let answer = world.client().call(call).await.unwrap();
    let is_success = answer.status.is_success() || answer.status == StatusCode::NO_CONTENT;
    assert!(is_success, "{path}: {} {}", answer.status, answer.text());
    answer
}
