//! Who gets past the policy of a route: every route, asked by everybody. It must never know what a route does:
//! each request has a parameter that no route takes, so that nothing is done for those who get past.

use std::fmt::Write;

use jiff::SignedDuration;
use kernel::limits::{ACCESS_TOKEN_LIFE_S, TENANT_STATUS_CACHE_S};
use tenancy::records::Tier;
use tenancy::{PermissionSet, Role};
use tests::callers::{Callers, Past};
use tests::client::{Answer, Client, assert_refused};
use tests::portal::{LOCAL, Portal};
use tests::walkthrough::sign_in;
use tests::world::{Settled, World};
use web::{Method, RouteDoc};

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
    /// An operator in a support session.
    Support,
    /// A member whose token is over.
    Expired,
    /// Somebody who was something, and what they are told.
    Past(Past, &'static str),
}

const CALLERS: [Caller; 18] = {
    const fn caller(name: &'static str, standing: Standing) -> Caller {
        Caller { name, standing }
    }
    use Role::{ContentEditor, Member, TenantAdmin, Visitor, WebsiteAdmin};
    use Standing::{Expired, Held, Nobody, Operator, Support};
    const fn past(name: &'static str, past: Past, told: &'static str) -> Caller {
        caller(name, Standing::Past(past, told))
    }
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
        caller("support", Support),
        caller("without-mfa", Held),
        past("disabled", Past::Disabled, "token_expired"),
        past("removed", Past::Removed, "token_expired"),
        past("signed-out", Past::SignedOut, "token_expired"),
        caller("expired", Expired),
        past("deleted-key", Past::DeletedKey, "unauthenticated"),
        past("suspended", Past::Suspended, "tenant_inactive"),
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
        (Standing::Expired, _) => "token_expired",
        (Standing::Past(_, told), _) => told,
        (Standing::Member(..) | Standing::Operator | Standing::Held, "signedIn")
        | (Standing::Operator, "operator") => PAST,
        (Standing::Operator, _) => "tenant_required",
        (Standing::Held, _) => "mfa_required",
        (Standing::Member(..), "operator")
        | (Standing::Key(..) | Standing::Support, "operator" | "signedIn") => "forbidden",
        (Standing::Support, _) => {
            let mut has = PermissionSet::of_support(true).names();
            if has.any(|name| name == operation.permission) {
                PAST
            } else {
                "forbidden"
            }
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

    fn callers(&self) -> Callers<'_> {
        Callers {
            world: &self.world,
            tenant: &self.tenant,
            operator: &self.operator,
        }
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
        let callers = self.callers();
        let mut credentials = Vec::new();
        for caller in CALLERS {
            let shown = match caller.standing {
                Standing::Nobody => None,
                Standing::Member(role, there) => {
                    Some(callers.member(caller.name, role, there).await.unwrap().1)
                }
                Standing::Key(role, there) => {
                    let scopes = PermissionSet::built_in(there.unwrap_or(role));
                    let scopes = scopes.without(PermissionSet::built_in(Role::Visitor));
                    Some(callers.key(scopes, there.is_some()).await.unwrap().1)
                }
                Standing::Operator => Some(self.operator.clone()),
                Standing::Support => Some(callers.support().await.unwrap()),
                Standing::Held => Some(callers.held().await.unwrap()),
                Standing::Expired => Some(expired.clone()),
                Standing::Past(past, _) => Some(callers.past(past).await.unwrap()),
            };
            credentials.push(shown);
        }
        // By now everybody has heard of it.
        let minute = SignedDuration::from_secs(TENANT_STATUS_CACHE_S);
        self.world.clock.advance(minute);
        credentials
    }
}

/// Threat A18: on every route everybody gets as far as the chart says: whoever the role lets, and nobody else.
#[tokio::test]
async fn every_route_lets_in_whom_the_chart_says_and_nobody_else() {
    let mut scene = Scene::new(38).await;
    let credentials = scene.credentials().await;
    let (client, callers) = (scene.client(), scene.callers());
    let mut asked = 0;
    for route in goldens::routes() {
        let path = fill(route.path, |_, name| match name {
            "website" => callers.website(),
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

/// Threat C10: on every route a sign-in in cookies gets as far as the same person's token, but for a change that no page
/// of the portal asks for.
#[tokio::test]
async fn on_every_route_cookies_change_nothing_unless_the_portal_asks() {
    let mut scene = Scene::new(39).await;
    scene.credentials().await;
    let (client, callers) = (scene.client(), scene.callers());
    let mut portal = Portal::at(LOCAL);
    let signed_in = portal.sign_in(&client, &scene.tenant.owner, None).await;
    signed_in.unwrap();
    let mut refused = 0;
    for route in goldens::routes() {
        let path = fill(route.path, |_, name| match name {
            "website" => callers.website(),
            "subdomain" => "acme",
            _ => MISSING,
        });
        let path = format!("{path}?nobodys=parameter");
        let call = || request(&route.method, route.path, &path, "\"1\"");
        let by_token = client
            .call(call().bearer(&scene.tenant.tokens.access))
            .await;
        let by_token = told(&by_token.unwrap());
        let in_portal = told(&client.call(portal.write(call())).await.unwrap());
        assert_eq!(in_portal, by_token, "{} {path}", route.method);
        let elsewhere = client.call(portal.read(call())).await.unwrap();
        let is_change = route.method != Method::GET && route.operation.permission != "open";
        if is_change {
            assert_refused(&elsewhere, 403, "cross_site");
            refused += 1;
        } else {
            assert_eq!(told(&elsewhere), by_token, "{} {path}", route.method);
        }
    }
    assert!(refused >= 40, "only {refused} were refused");
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
