//! A tenant with a website, an operator, and what they ask for. It must never know what it costs.

use http::Method;
use jiff::SignedDuration;
use kernel::{ContentHash, PageSlug};
use publication::Edit;
use release::{Entry, EntryKind, RouteKey};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};
use tenancy::permission::PublishContent;
use tenancy::{Action, Role};
use tests::client::{Answer, Call};
use tests::walkthrough::{Owner, register, sign_in, sign_in_to};
use tests::world::{Settled, World};

/// Bytes of the body in which an ordinary page comes in.
const PAGE_BYTES: usize = 2_500;

/// More bytes than fit into an item.
pub(crate) const LARGE_BYTES: usize = 40_000;

/// Pages of a website that is no small one.
pub(crate) const MANY_PAGES: u32 = 1_000;

/// Somebody else who is a member of the tenant.
pub(crate) struct Member {
    pub(crate) owner: Owner,
    pub(crate) person: String,
}

/// A platform, and one of its tenants.
pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) acme: Settled,
    pub(crate) operator: String,
    names: AtomicU32,
}

impl Scene {
    /// Makes the tenant `acme` with a website without pages, with room for many websites, and an
    /// operator.
    pub(crate) async fn new() -> Self {
        let world = World::new(110).await.unwrap();
        let acme = world.settled_tenant("acme").await.unwrap();
        let operator = world.operator().await.unwrap();
        let path = format!("/api/v1/admin/tenants/{}/tier", acme.tenant);
        let scene = Self {
            world,
            acme,
            operator,
            names: AtomicU32::new(100),
        };
        let tier = Call::put(path, &json!({ "tier": "Enterprise" }));
        scene.done(scene.by_operator(tier)).await;
        scene
    }

    /// Signs in anew, once hours have passed.
    pub(crate) async fn renewed(mut self) -> Self {
        let client = self.world.client();
        self.acme.tokens = sign_in(&client, &self.acme.owner).await.unwrap();
        self.operator = self.world.operator().await.unwrap();
        self
    }

    /// Returns a name that nothing has, as long as any other.
    pub(crate) fn name(&self) -> String {
        format!("n{}", self.names.fetch_add(1, Ordering::Relaxed))
    }

    /// Makes a request the operator's.
    pub(crate) fn by_operator(&self, call: Call) -> Call {
        call.bearer(&self.operator)
    }

    /// Makes a request the owner's.
    pub(crate) fn by_owner(&self, call: Call) -> Call {
        call.bearer(&self.acme.tokens.access)
    }

    /// Returns an address below the website.
    pub(crate) fn at(&self, below: &str) -> String {
        format!("{}{below}", self.acme.website)
    }

    /// Makes a request, which is meant to be granted, a millisecond after the one before: what is
    /// made at another time has its place in lists.
    pub(crate) async fn done(&self, call: Call) -> Answer {
        self.world.clock.advance(SignedDuration::from_millis(1));
        let answer = self.world.client().call(call).await.unwrap();
        let is_done = answer.status.is_success();
        assert!(is_done, "{} {}", answer.status, answer.text());
        answer
    }

    /// Adds to a request of the owner's the version of what is there.
    pub(crate) async fn at_version(&self, call: Call) -> Call {
        let call = self.by_owner(call);
        self.with_version(call).await
    }

    /// Adds to a request the version of what is there.
    pub(crate) async fn with_version(&self, call: Call) -> Call {
        let mut look = Call::get(call.path.clone());
        look.headers.clone_from(&call.headers);
        look.headers.retain(|(name, _)| name == "authorization");
        let read = self.done(look).await;
        call.if_match(read.header("etag"))
    }

    /// Makes somebody with a tenant of their own a member of `acme`.
    pub(crate) async fn join(&self, role: Role) -> Member {
        let owner = Owner::named(&self.name());
        register(&self.world.client(), &owner).await.unwrap();
        let joined = self.world.join(&self.acme.tenant, &owner.email, role).await;
        let person = joined.unwrap();
        Member { owner, person }
    }

    /// Signs a member in to `acme`, later than whatever was ended before.
    pub(crate) async fn sign_in_to_acme(&self, member: &Member) -> String {
        self.world.clock.advance(SignedDuration::from_millis(1));
        let client = self.world.client();
        let tokens = sign_in_to(&client, &member.owner, &self.acme.tenant).await;
        tokens.unwrap().access
    }

    /// Asks for a page of a new slug to be made.
    pub(crate) fn new_page(&self, pages: &str) -> Call {
        self.by_owner(Call::post(self.at(pages), &draft(&self.name())))
    }

    /// Makes a page and returns its address below `pages`.
    pub(crate) async fn make(&self, pages: &str) -> String {
        let made = self.done(self.new_page(pages)).await;
        self.at(&format!("{pages}/{}", made.at("/id").unwrap()))
    }

    /// Makes a page so large that its body is an object, and returns its address.
    pub(crate) async fn make_large(&self, slug: &str) -> String {
        let call = Call::post(self.at("/pages"), &draft_of(slug, LARGE_BYTES));
        let made = self.done(self.by_owner(call)).await;
        self.at(&format!("/pages/{}", made.at("/id").unwrap()))
    }

    /// Asks for something to be done with what is at an address.
    pub(crate) fn act(&self, address: &str) -> Call {
        self.by_owner(Call::new(Method::POST, address))
    }

    /// Publishes what is at an address.
    pub(crate) async fn publish(&self, page: &str) {
        self.done(self.act(&format!("{page}/publish"))).await;
    }

    /// Makes a page of a slug and publishes it.
    pub(crate) async fn publish_new(&self, slug: &str) -> String {
        let call = Call::post(self.at("/pages"), &draft(slug));
        let made = self.done(self.by_owner(call)).await;
        let page = self.at(&format!("/pages/{}", made.at("/id").unwrap()));
        self.publish(&page).await;
        page
    }

    /// Publishes many pages at once, which the API does one by one.
    pub(crate) async fn fill(&self) {
        self.world.clock.advance(SignedDuration::from_millis(1));
        let member = self.world.member(&self.acme.tenant, Role::TenantAdmin);
        let permit = member.unwrap().permit::<PublishContent>().unwrap();
        let entry = Entry {
            kind: EntryKind::Page,
            object: ContentHash::of(b"text"),
        };
        let routes = (0..MANY_PAGES).map(|number| {
            let slug = PageSlug::parse(&format!("many/p{number:04}")).unwrap();
            (RouteKey::page(&slug), Some(entry))
        });
        let edit = Edit {
            routes: routes.collect(),
            objects: vec![b"text".to_vec()],
            ..Edit::new("Many pages", Action::Publish)
        };
        let website = self.acme.website.rsplit('/').next().unwrap();
        let website = website.parse().unwrap();
        let published = publication::publish(&permit, website, &edit, |change| change).await;
        assert!(published.unwrap().is_moved);
    }

    /// Asks for a website of a new name.
    pub(crate) fn new_website(&self) -> Call {
        let name = self.name();
        let body = json!({ "name": name, "subdomain": name });
        self.by_owner(Call::post("/api/v1/websites", &body))
    }

    /// Makes a website, waits until it is made, and returns its address.
    pub(crate) async fn make_website(&self) -> String {
        let made = self.done(self.new_website()).await;
        self.world.platform.settle().await.unwrap();
        let website = format!("/api/v1/websites/{}", made.at("/id").unwrap());
        let read = self.done(self.by_owner(Call::get(&website))).await;
        assert_eq!(read.at("/status").unwrap(), "Active");
        website
    }

    /// Returns the website's releases, the newest first.
    pub(crate) async fn releases(&self) -> Vec<String> {
        let list = self.by_owner(Call::get(self.at("/releases")));
        let list = self.done(list).await.json();
        let releases = list["items"].as_array().unwrap().iter();
        releases
            .map(|release| release["id"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// A page's draft, as large as an ordinary page.
pub(crate) fn draft(slug: &str) -> Value {
    draft_of(slug, PAGE_BYTES)
}

/// A page's draft, whose body has as many bytes.
fn draft_of(slug: &str, bytes: usize) -> Value {
    let draft = |text: String| {
        json!({
            "title": format!("The page {slug}"),
            "slug": slug,
            "content": { "format": "markdown", "value": text },
        })
    };
    let empty = draft(String::new()).to_string().len();
    let sentence = "Fair prices for all. ";
    let text = sentence.repeat(bytes.saturating_sub(empty) / sentence.len() + 1);
    draft(text)
}
