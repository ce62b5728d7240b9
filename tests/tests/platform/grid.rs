//! Who gets past the policy of a route: every route, asked by everybody. It must never know what a route does:
//! each request has a parameter that no route takes, so that nothing is done for those who get past.

use std::fmt::Write;

use http::StatusCode;
use jiff::SignedDuration;
use kernel::limits::{ACCESS_TOKEN_LIFE_S, TENANT_STATUS_CACHE_S};
use serde_json::{Value, json};
use tenancy::records::Tier;
use tenancy::{PermissionSet, Role};
use tests::client::{Answer, Call, Client};
use tests::walkthrough::{Owner, register, sign_in, sign_in_to};
use tests::world::{Settled, World};
use web::RouteDoc;

use crate::goldens::{self, golden};
use crate::isolation::paths::{MISSING, fill, parameters, request};

/// Somebody who asks.
#[derive(Debug, Clone, Copy)]
struct Caller {
    /// How the chart calls them.
    name: &'static str,
    standing: Standing,
}

/// What somebody is.
#[derive(Debug, Clone, Copy)]
enum Standing {
    /// Nobody known.
    Nobody,
    /// A member with a role in the tenant, and one on the website that is asked for.
    Member(Role, Option<Role>),
    /// A program with a key that lets do what a role does in the tenant, or on the website that is asked for.
    Key(Role, Option<Role>),
    /// An operator.
    Operator,
    /// A member whose role needs a second factor that was not proved.
    Held,
    /// Somebody who was something, and is told so.
    Past(&'static str),
}

const CALLERS: [Caller; 17] = {
    const fn caller(name: &'static str, standing: Standing) -> Caller {
        Caller { name, standing }
    }
    use Role::{ContentEditor, Member, TenantAdmin, Visitor, WebsiteAdmin};
    use Standing::{Held, Nobody, Operator, Past};
    [
        caller("nobody", Nobody),
        caller("member", Standing::Member(Member, None)),
        caller("editor-here", Standing::Member(Member, Some(ContentEditor))),
        caller("admin-here", Standing::Member(Member, Some(WebsiteAdmin))),
        caller("editor", Standing::Member(ContentEditor, None)),
        caller("website-admin", Standing::Member(WebsiteAdmin, None)),
        caller("tenant-admin", Standing::Member(TenantAdmin, None)),
        caller("key", Standing::Key(ContentEditor, None)),
        caller("key-here", Standing::Key(Visitor, Some(ContentEditor))),
        caller("operator", Operator),
        caller("without-mfa", Held),
        caller("disabled", Past("token_expired")),
        caller("removed", Past("token_expired")),
        caller("signed-out", Past("token_expired")),
        caller("expired", Past("token_expired")),
        caller("deleted-key", Past("unauthenticated")),
        caller("suspended", Past("tenant_inactive")),
    ]
};

/// What whoever gets past is called.
const PAST: &str = "+";

/// Returns what becomes of a caller on a route, by what the route says of itself.
fn expected(route: &RouteDoc, caller: Caller) -> &'static str {
    let operation = &route.operation;
    if operation.permission == "open" {
        return PAST;
    }
    let leads_to_a_website = parameters(route.path).contains(&"website");
    // A key for single websites lists these.
    if operation.permission == "websites.list" && matches!(caller.standing, Standing::Key(..)) {
        return PAST;
    }
    match (caller.standing, operation.least_role) {
        (Standing::Nobody, _) => "unauthenticated",
        (Standing::Past(told), _) => told,
        (Standing::Member(..) | Standing::Operator | Standing::Held, "signedIn")
        | (Standing::Operator, "operator") => PAST,
        (Standing::Operator, _) => "tenant_required",
        (Standing::Held, _) => "mfa_required",
        (Standing::Member(..), "operator") | (Standing::Key(..), "operator" | "signedIn") => {
            "forbidden"
        }
        (Standing::Member(role, on_website) | Standing::Key(role, on_website), least) => {
            let least = Role::ALL.into_iter().find(|role| role.name() == least);
            let on_website = on_website.filter(|_| leads_to_a_website);
            let role = on_website.map_or(role, |there| there.max(role));
            if role >= least.unwrap() {
                PAST
            } else if leads_to_a_website && role < Role::ContentEditor {
                "not_found"
            } else {
                "forbidden"
            }
        }
    }
}

fn told(answer: &Answer) -> String {
    const REFUSALS: [&str; 7] = [
        "unauthenticated",
        "token_expired",
        "tenant_inactive",
        "mfa_required",
        "tenant_required",
        "forbidden",
        "not_found",
    ];
    assert!(!answer.status.is_success(), "something was done");
    let problem = answer.problem();
    if REFUSALS.contains(&problem.as_str()) {
        problem
    } else {
        PAST.to_owned()
    }
}

/// A tenant with a website, and everybody who asks.
struct Scene {
    world: World,
    tenant: Settled,
    operator: String,
}

impl Scene {
    async fn new(seed: u64) -> Self {
        let world = World::new(seed).await.unwrap();
        let tenant = world.settled_tenant("acme").await.unwrap();
        let operator = world.operator().await.unwrap();
        Self {
            world,
            tenant,
            operator,
        }
    }

    fn client(&self) -> Client<'_> {
        self.world.client()
    }

    fn website(&self) -> &str {
        self.tenant.website.rsplit('/').next().unwrap()
    }

    /// Makes somebody a member and signs them in. Returns where the member is, and the access token.
    async fn member(&self, name: &str, role: Role, on_website: Option<Role>) -> (String, String) {
        let person = Owner::named(name);
        register(&self.client(), &person).await.unwrap();
        let joined = self.world.join(&self.tenant.tenant, &person.email, role);
        let place = format!("/api/v1/tenant/users/{}", joined.await.unwrap());
        if let Some(there) = on_website {
            let websites = json!([{ "websiteId": self.website(), "role": there.name() }]);
            self.change(&place, role, "active", websites).await;
        }
        let client = self.client();
        let tokens = sign_in_to(&client, &person, &self.tenant.tenant);
        (place, tokens.await.unwrap().access)
    }

    async fn as_admin(&self, call: Call) -> Answer {
        let call = call.bearer(&self.tenant.tokens.access);
        self.client().call(call).await.unwrap()
    }

    async fn change(&self, place: &str, role: Role, state: &str, websites: Value) {
        let read = self.as_admin(Call::get(place)).await;
        let body = json!({ "role": role.name(), "state": state, "websites": websites });
        let put = Call::put(place, &body).if_match(read.header("etag"));
        let changed = self.as_admin(put).await;
        changed.expect(StatusCode::OK).unwrap();
    }

    /// Returns what each caller shows, in the order of the callers.
    async fn credentials(&mut self) -> Vec<Option<String>> {
        // Each of them asks on every route, in no time.
        let raised = self.world.set_tier(&self.tenant.tenant, Tier::Enterprise);
        raised.await.unwrap();
        let expired = self.tenant.tokens.access.clone();
        let life = SignedDuration::from_secs(ACCESS_TOKEN_LIFE_S + 60);
        self.world.clock.advance(life);
        let owner = &self.tenant.owner;
        self.tenant.tokens = sign_in(&self.client(), owner).await.unwrap();
        self.operator = self.world.operator().await.unwrap();
        let mut credentials = Vec::new();
        for caller in CALLERS {
            let shown = match (caller.standing, caller.name) {
                (Standing::Nobody, _) => None,
                (Standing::Member(role, there), name) => {
                    Some(self.member(name, role, there).await.1)
                }
                (Standing::Key(role, there), _) => Some(self.key(role, there).await.1),
                (Standing::Operator, _) => Some(self.operator.clone()),
                (Standing::Held, _) => Some(self.held().await),
                (Standing::Past(_), "expired") => Some(expired.clone()),
                (Standing::Past(_), name) => Some(self.past(name).await),
            };
            credentials.push(shown);
        }
        // By now everybody has heard of it.
        let minute = SignedDuration::from_secs(TENANT_STATUS_CACHE_S);
        self.world.clock.advance(minute);
        credentials
    }

    /// Makes an API key. Returns where it is, and the whole of it.
    async fn key(&self, role: Role, on_website: Option<Role>) -> (String, String) {
        let scopes = PermissionSet::built_in(on_website.unwrap_or(role));
        let scopes = scopes.without(PermissionSet::built_in(Role::Visitor));
        let mut body = json!({ "name": "A program", "scopes": scopes });
        if on_website.is_some() {
            body["websites"] = json!([self.website()]);
        }
        let made = self
            .as_admin(Call::post("/api/v1/tenant/api-keys", &body))
            .await;
        let made = made.expect(StatusCode::CREATED).unwrap();
        (made.header("location").to_owned(), made.at("/key").unwrap())
    }

    async fn delete(&self, place: &str) {
        let read = self.as_admin(Call::get(place)).await;
        let delete = Call::delete(place).if_match(read.header("etag"));
        let gone = self.as_admin(delete).await;
        gone.expect(StatusCode::NO_CONTENT).unwrap();
    }

    /// Signs somebody in to a tenant that asks for more than a password.
    async fn held(&self) -> String {
        let careful = self.world.settled_tenant("careful").await.unwrap();
        let said = json!({ "roles": [], "mfaRequired": ["tenantAdmin"] });
        let say = Call::put("/api/v1/tenant/roles", &said).if_match("*");
        let client = self.client();
        let said = client.call(say.bearer(&careful.tokens.access)).await;
        said.unwrap().expect(StatusCode::OK).unwrap();
        careful.tokens.access
    }

    /// Signs somebody in who is something no more then.
    async fn past(&self, name: &str) -> String {
        if name == "suspended" {
            let gone = self.world.settled_tenant(name).await.unwrap();
            let path = format!("/api/v1/admin/tenants/{}/suspend", gone.tenant);
            let suspend = Call::post(path, &json!({ "reason": "unpaid" }));
            let client = self.client();
            let suspended = client.call(suspend.bearer(&self.operator)).await.unwrap();
            suspended.expect(StatusCode::OK).unwrap();
            return gone.tokens.access;
        }
        if name == "deleted-key" {
            let (place, key) = self.key(Role::ContentEditor, None).await;
            self.delete(&place).await;
            return key;
        }
        let (place, access) = self.member(name, Role::TenantAdmin, None).await;
        match name {
            "disabled" => {
                self.change(&place, Role::TenantAdmin, "disabled", json!([]))
                    .await;
            }
            "removed" => self.delete(&place).await,
            "signed-out" => {
                let out = Call::delete("/api/v1/auth/sessions").bearer(&access);
                let out = self.client().call(out).await.unwrap();
                out.expect(StatusCode::NO_CONTENT).unwrap();
            }
            other => panic!("nobody knows how somebody comes to be {other}"),
        }
        access
    }
}

/// Threat A18: on every route everybody gets as far as the chart says: whoever the role lets, and nobody else.
#[tokio::test]
async fn every_route_lets_in_whom_the_chart_says_and_nobody_else() {
    let mut scene = Scene::new(38).await;
    let credentials = scene.credentials().await;
    let client = scene.client();
    let mut asked = 0;
    for route in goldens::routes() {
        let path = fill(route.path, |_, name| match name {
            "website" => scene.website(),
            "subdomain" => "acme",
            _ => MISSING,
        });
        for (caller, shown) in CALLERS.into_iter().zip(&credentials) {
            let path = format!("{path}?nobodys=parameter");
            let mut call = request(&route.method, route.path, &path, "\"1\"");
            if let Some(shown) = shown {
                call = call.bearer(shown);
            }
            let answer = client.call(call).await.unwrap();
            let why = format!("{} {path} as {}", route.method, caller.name);
            assert_eq!(
                told(&answer),
                expected(&route, caller),
                "{why}: {}",
                answer.text()
            );
            asked += 1;
        }
    }
    assert!(asked >= 60 * CALLERS.len(), "only {asked} were asked");
}

/// The chart of who gets past the policy of which route.
#[test]
fn golden_grid() {
    let mut text = String::from("method path");
    for caller in CALLERS {
        write!(text, " {}", caller.name).unwrap();
    }
    text.push('\n');
    for route in goldens::routes() {
        write!(text, "{} {}", route.method, route.path).unwrap();
        for caller in CALLERS {
            write!(text, " {}", expected(&route, caller)).unwrap();
        }
        text.push('\n');
    }
    golden("golden/grid.txt", &text);
}
