//! Paths with ids: whose they are, and requests that would be valid if they were the caller's own.

use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tenancy::Role;
use tests::client::Call;
use tests::support::begin;
use tests::walkthrough::{Owner, invite, make_api_key, make_page, publish, register, sign_in_to};
use tests::world::{Settled, World};
use web::RouteDoc;

use crate::contents::{entity, items, text};
use crate::goldens;

/// An id that never existed.
pub(crate) const MISSING: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// Whose id fills a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// The caller's.
    Own,
    /// Another tenant's.
    Foreign,
    /// Nobody's.
    Missing,
}

/// Ids of a tenant, by the name of the parameter they fill.
#[derive(Debug, Clone)]
pub(crate) struct Ids {
    website: String,
    page: String,
    release: String,
    operation: String,
    session: String,
    /// Another tenant of the owner's.
    tenant: String,
    /// Another tenant admin.
    person: String,
    /// An invitation that is open.
    invitation: String,
    /// An API key.
    key: String,
    /// A support session.
    support: String,
}

impl Ids {
    /// Returns the ids that fill everything that a path can name: those of a website that has
    /// published a page.
    pub(crate) async fn of(world: &World, tenant: &Settled, website: &str) -> Self {
        let client = world.client();
        let token = tenant.tokens.access.as_str();
        let page = make_page(&client, token, website, "about", "Us.")
            .await
            .unwrap();
        let release = publish(&client, token, &page).await.unwrap();
        let last = |path: &str| path.rsplit('/').next().unwrap().to_owned();
        let website = last(website);
        let operations = items(world).await;
        let operation = operations
            .iter()
            .find(|item| entity(item) == "operation" && text(item, "websiteId") == website);
        let session = session(world, tenant).await;
        let guest = Owner::named(&format!("guest-{}", &website[website.len() - 12..]));
        let elsewhere = register(&client, &guest).await.unwrap();
        let owner = &tenant.owner.email;
        let joined = world.join(&elsewhere, owner, Role::ContentEditor).await;
        joined.unwrap();
        let person = world.join(&tenant.tenant, &guest.email, Role::TenantAdmin);
        world.verify(owner).await.unwrap();
        let invitation = invite(&client, token, &format!("new-{}", guest.email)).await;
        let key = make_api_key(&client, token).await.unwrap();
        let support = begin(60, false).bearer(token);
        let support = client.call(support).await.unwrap();
        Self {
            session,
            support: support.at("/id").unwrap(),
            key: last(&key.0),
            invitation: last(&invitation.unwrap()),
            tenant: elsewhere,
            person: person.await.unwrap(),
            page: last(&page),
            release,
            operation: text(operation.unwrap(), "id").to_owned(),
            website,
        }
    }

    /// Returns the id that fills a parameter.
    pub(crate) fn get(&self, parameter: &str) -> &str {
        match parameter {
            "website" => &self.website,
            "page" => &self.page,
            "release" | "a" | "b" => &self.release,
            "operation" => &self.operation,
            "session" => &self.session,
            "tenant" => &self.tenant,
            "person" => &self.person,
            "invitation" => &self.invitation,
            "key" => &self.key,
            "support" => &self.support,
            other => panic!("nobody knows what fills `{other}`"),
        }
    }
}

/// Has the owner sign in once more, and returns that sign-in's id.
async fn session(world: &World, tenant: &Settled) -> String {
    world.clock.advance(SignedDuration::from_millis(1));
    let client = world.client();
    let elsewhere = sign_in_to(&client, &tenant.owner, &tenant.tenant);
    let elsewhere = elsewhere.await.unwrap();
    let newest = Call::get("/api/v1/auth/sessions?limit=1").bearer(&elsewhere.access);
    let newest = client.call(newest).await.unwrap();
    newest.at("/items/0/id").unwrap()
}

/// Returns the names of the parameters of a path's template, in order.
pub(crate) fn parameters(template: &str) -> Vec<&str> {
    let parts = template.split('/');
    let names = parts.filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    names.collect()
}

/// Fills the parameters of a path's template, in order, with what `id` says of each.
pub(crate) fn fill<'a>(template: &str, mut id: impl FnMut(usize, &str) -> &'a str) -> String {
    let mut path = template.to_owned();
    for (position, name) in parameters(template).into_iter().enumerate() {
        path = path.replace(&format!("{{{name}}}"), id(position, name));
    }
    path
}

/// Returns every way to fill `count` parameters.
pub(crate) fn fillings(count: usize) -> Vec<Vec<Whose>> {
    let mut all = vec![Vec::new()];
    for _ in 0..count {
        all = all
            .into_iter()
            .flat_map(|filling: Vec<Whose>| {
                [Whose::Own, Whose::Foreign, Whose::Missing].map(|whose| {
                    let mut longer = filling.clone();
                    longer.push(whose);
                    longer
                })
            })
            .collect();
    }
    all
}

/// Returns the routes by which members reach what has an id.
pub(crate) fn routes_with_ids() -> Vec<RouteDoc> {
    let is_members = |route: &RouteDoc| {
        let permission = &route.operation.permission;
        !["open", "tenants.manage", "tenants.read", "tenants.support"].contains(permission)
            || route.path == "/api/v1/operations/{operation}"
    };
    let mut routes = goldens::routes();
    routes.retain(|route| !parameters(route.path).is_empty() && is_members(route));
    routes
}

/// Makes a request that would be valid, were its ids the caller's own.
pub(crate) fn request(method: &Method, template: &str, path: &str, etag: &str) -> Call {
    let page = json!({
        "title": "Another title",
        "slug": "another",
        "content": { "format": "markdown", "value": "Text." },
    });
    let body = match (method, template.rsplit('/').next().unwrap()) {
        (&Method::POST, "pages") | (&Method::PUT, "{page}") => page,
        (&Method::POST, "users") => json!({
            "email": "new@guests.example",
            "role": "contentEditor",
        }),
        (&Method::PUT, "{person}") => json!({ "role": "contentEditor", "state": "active" }),
        (&Method::POST, "change_password") => json!({
            "currentPassword": "not the password",
            "newPassword": "a horse of another colour",
        }),
        (&Method::POST, "api-keys") | (&Method::PUT, "{key}") => json!({
            "name": "Another name",
            "scopes": ["content.read"],
        }),
        (&Method::POST, "rotate") => json!({}),
        (&Method::PUT, "{website}") => json!({ "name": "Another name" }),
        (&Method::PUT, "theme") => json!({ "themeId": "journal", "settings": {} }),
        _ => Value::Null,
    };
    let call = match (method, body) {
        (&Method::PUT, body) if !body.is_null() => Call::put(path, &body),
        (&Method::POST, body) if !body.is_null() => Call::post(path, &body),
        (method, _) => Call::new(method.clone(), path),
    };
    if matches!(*method, Method::PUT | Method::DELETE) {
        call.if_match(etag)
    } else if template.ends_with("/rotate") {
        call.if_match("*")
    } else {
        call
    }
}
