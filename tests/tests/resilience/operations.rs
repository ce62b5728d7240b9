//! Every operation once, as a request that succeeds, and what of it a careful client may be told
//! when it asks again. The table of routes says which there are.

mod accounts;
mod websites;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::SignedDuration;
use kernel::limits::{OUTBOX_PATIENCE_S, SEAL_DELAY_S};
use local::functions::registry;
use local::platform::Registry;
use serde_json::{Value, json};
use tests::client::Call;
use tests::world::World;
use tokio::sync::OnceCell;
use web::RouteDoc;

use crate::digest::Known;
use crate::scene::{Base, Cast, done, post};

/// What is done in a run.
#[derive(Debug, Clone)]
pub(crate) enum Deed {
    /// A request to the API.
    Request(Call),
    /// A visit of a website.
    Visit(String, Call),
    /// A direct invocation of a function, as the schedule makes it.
    Invocation(&'static str, Value),
}

/// A deed, and what becomes of it.
#[derive(Debug)]
pub(crate) struct Case {
    /// The operation, and the way of it that this is.
    pub(crate) operation: &'static str,
    pub(crate) way: &'static str,
    /// What the platform is like before.
    pub(crate) base: Arc<Base>,
    pub(crate) deed: Deed,
    /// The function that handles it.
    pub(crate) function: &'static str,
    /// What its environment did before, if it is warm.
    pub(crate) warmer: Option<Deed>,
    pub(crate) status: u16,
    /// What a client may be told that asks again because it was not answered: it is done already.
    pub(crate) again: &'static [u16],
    /// What there is once more for each time that it was asked for, by parts of the digest's lines.
    pub(crate) repeated: &'static [&'static str],
}

impl Case {
    /// Names the case.
    pub(crate) fn name(&self) -> String {
        match self.way {
            "" => self.operation.to_owned(),
            way => format!("{} ({way})", self.operation),
        }
    }

    /// Reports whether the request is one that changes nothing.
    pub(crate) fn is_read(&self) -> bool {
        match &self.deed {
            Deed::Request(call) | Deed::Visit(_, call) => {
                let is_free = call.method.is_safe() && self.repeated.is_empty();
                is_free || self.name() == "preview_release"
            }
            Deed::Invocation(..) => false,
        }
    }
}

/// What is not of the first kind in a list of cases: what a stale version means to who asks again.
const STALE: &[u16] = &[412];

/// What is asked for with a sign-in that it ended.
const OVER: &[u16] = &[401];

/// What is asked of something that is not there any more.
const GONE: &[u16] = &[404];

/// What is asked for with a sign-in that it ended, which may not be known yet.
const OVER_OR_GONE: &[u16] = &[401, 404];

/// A sign-in is one more each time it is asked for: its session and the entry of the trail.
const SIGN_INS: &[&str] = &["session {", "\"action\":{\"S\":\"login\"}"];

/// That the trail was read is noted each time.
const READINGS: &[&str] = &[
    "\"action\":{\"S\":\"export\"}",
    "\"action\":{\"S\":\"read-sensitive\"}",
    "TrailRead",
];

/// A code is counted each time that it is tried, and is another one after it was taken: its count, the sign-ins, and
/// the entries of the trail.
const CODES: &[&str] = &[
    "rate {",
    "session {",
    "\"action\":{\"S\":\"login\"}",
    "\"action\":{\"S\":\"login-failed\"}",
];

/// Who accepts an invitation after another try made the person is asked for the password, and that it was right is
/// noted: the count that begins again, and the network.
const PROOFS: &[&str] = &["rate {", "knownNetwork {"];

/// An authenticator that is set up takes the place of one that was: the person, who was asked for, and what is told of
/// codes.
const ENROLLMENTS: &[&str] = &[
    "person {",
    "rate {",
    "\"subject\":{\"S\":\"secondFactor\"}",
    "\"action\":{\"S\":\"login-failed\"}",
];

/// A link is one more each time it is asked for: its count, its event, its mail, and the
/// entry of the trail.
const LINKS: &[&str] = &[
    "rate {",
    "PasswordResetRequested",
    "VerificationRequested",
    "mail {",
    "\"mail\"",
    "\"subject\":{\"S\":\"person\"}",
];

/// Each time that another tenant's id is asked for is an attempt of its own.
const ATTEMPTS: &[&str] = &["CrossTenantAttempted", "security.cross_tenant"];

/// Makes cases over one base.
struct Cases {
    base: Arc<Base>,
    function: &'static str,
    warmer: Option<Deed>,
    made: Vec<Case>,
}

impl Cases {
    fn add(&mut self, operation: &'static str, way: &'static str, status: u16, call: Call) {
        self.add_again(operation, way, (status, &[]), call);
    }

    fn add_again(
        &mut self,
        operation: &'static str,
        way: &'static str,
        (status, again): (u16, &'static [u16]),
        call: Call,
    ) {
        self.push(operation, way, (status, again), Deed::Request(call));
    }

    fn push(
        &mut self,
        operation: &'static str,
        way: &'static str,
        (status, again): (u16, &'static [u16]),
        deed: Deed,
    ) {
        self.made.push(Case {
            operation,
            way,
            base: Arc::clone(&self.base),
            deed,
            function: self.function,
            warmer: self.warmer.clone(),
            status,
            again,
            repeated: &[],
        });
    }
}

/// The cases, made once for all tests: each of them only copies what they begin with.
static CASES: OnceCell<Arc<Vec<Case>>> = OnceCell::const_new();

/// Returns every case there is.
pub(crate) async fn cases() -> Arc<Vec<Case>> {
    let cases = CASES.get_or_init(async || Arc::new(cases_of(registry()).await));
    Arc::clone(cases.await)
}

/// Makes every case there is, on platforms of these functions.
pub(crate) async fn cases_of(registry: Registry) -> Vec<Case> {
    let empty = World::of(300, registry).await.unwrap();
    let world = empty.copy(301).unwrap();
    let mut cast = Cast::assemble(&world).await;
    world.advance(300).await.unwrap();
    cast.sign_in(&world).await;
    let empty = Arc::new(Base::of(empty, Vec::new()).await);
    let base = Arc::new(Base::of(world, cast.reads()).await);
    let (owner, operator) = (cast.acme.tokens.access.as_str(), cast.operator.as_str());
    let site = cast.acme.website.as_str();
    let read = |path: &str, token: &str| Some(Deed::Request(Call::get(path).bearer(token)));
    let overdue = overdue(&base, &cast).await;
    let unsealed = unsealed(&base, &cast).await;
    let mut cases = Cases {
        base,
        function: "identity",
        warmer: Some(Deed::Request(Call::get("/.well-known/jwks.json"))),
        made: Vec::new(),
    };
    accounts::identity(&mut cases, &cast).await;
    (cases.function, cases.warmer) = ("tenants", read("/api/v1/tenant/profile", owner));
    accounts::tenants(&mut cases, &cast).await;
    (cases.function, cases.warmer) = ("governance", read("/api/v1/tenant/audit", owner));
    accounts::governance(&mut cases, &cast);
    cases.warmer = read("/api/v1/admin/tenants/subdomain/free", operator);
    accounts::operators(&mut cases, &cast).await;
    (cases.function, cases.warmer) = ("websites", read(site, owner));
    websites::websites(&mut cases, &cast).await;
    (cases.function, cases.warmer) = ("content", read(&format!("{site}/pages"), owner));
    websites::content(&mut cases, &cast).await;
    let news = Deed::Visit(cast.acme.host(), Call::get("/news"));
    (cases.function, cases.warmer) = ("delivery", Some(news));
    websites::visits(&mut cases, &cast);
    (cases.function, cases.warmer) = ("identity", None);
    cases.base = empty;
    let bootstrap = json!({
        "bootstrapToken": bootstrap_of(&cases.base.world).await,
        "email": "operator@platform.example",
        "password": "correct horse operator",
    });
    let call = Call::post("/api/v1/auth/bootstrap", &bootstrap);
    cases.add_again("bootstrap_operator", "", (201, &[409]), call);
    cases.function = "relay";
    cases.base = Arc::new(overdue);
    let sweep = Deed::Invocation("relay", json!({ "kind": "sweep" }));
    cases.push("sweep", "", (200, &[]), sweep);
    cases.function = "sealing";
    cases.base = Arc::new(unsealed);
    let seal = Deed::Invocation("sealing", json!({ "kind": "seal" }));
    cases.push("seal", "", (200, &[]), seal);
    cases.made
}

async fn bootstrap_of(world: &World) -> String {
    world.platform.secret("BootstrapSecret").await.unwrap()
}

/// A copy of a platform on which an event happened that the stream did not bring in time.
async fn overdue(base: &Base, cast: &Cast) -> Base {
    let world = base.world.copy(302).unwrap();
    let publish = post(format!("{}/publish", cast.draft));
    done(&world, publish.bearer(&cast.acme.tokens.access)).await;
    let overdue_s = OUTBOX_PATIENCE_S + 1;
    world.clock.advance(SignedDuration::from_secs(overdue_s));
    Base {
        known: Known::of(&base.world).await,
        world,
        reads: cast.reads(),
    }
}

/// A copy of a platform whose audit trails are old enough to be sealed.
async fn unsealed(base: &Base, cast: &Cast) -> Base {
    let world = base.world.copy(303).unwrap();
    let unsealed_s = SEAL_DELAY_S + 1;
    world.clock.advance(SignedDuration::from_secs(unsealed_s));
    Base {
        known: Known::of(&base.world).await,
        world,
        reads: cast.reads(),
    }
}

/// Returns every route of every function behind the gateway.
fn routes() -> Vec<RouteDoc> {
    [
        content::routes().docs().to_vec(),
        governance::routes().docs().to_vec(),
        identity::routes().docs().to_vec(),
        tenants::routes().docs().to_vec(),
        ::websites::routes().docs().to_vec(),
    ]
    .concat()
}

/// Deeds that are no operations of the API.
const OTHERS: [&str; 3] = ["visit", "sweep", "seal"];

/// Checks that no operation was forgotten.
pub(crate) fn assert_complete(cases: &[Case]) {
    let told: BTreeSet<String> = routes().into_iter().map(|it| it.operation.id).collect();
    let tried = cases.iter().map(|case| case.operation.to_owned());
    let tried: BTreeSet<String> = tried.filter(|it| !OTHERS.contains(&it.as_str())).collect();
    assert_eq!(tried, told, "every operation has a case");
}
