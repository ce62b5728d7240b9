//! Who is there: the tenant that is asked for, the tenant whose people ask, everybody who asks, and an operator.

use jiff::SignedDuration;
use kernel::limits::{ACCESS_TOKEN_LIFE_S, TENANT_STATUS_CACHE_S};
use tenancy::{PermissionSet, Role};
use tests::callers::{Callers, Past};
use tests::portal::{LOCAL, Portal};
use tests::walkthrough::sign_in_to;
use tests::world::{Settled, World};

use crate::marks::Marks;
use crate::side::Side;
use crate::tuples::Kind;

/// An id that never was.
const MISSING: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// Somebody who asks.
#[derive(Debug, Clone)]
pub(crate) struct Credential {
    pub(crate) name: String,
    /// What they show, if they show anything.
    pub(crate) shown: Option<String>,
    /// The page of the portal in which they ask instead.
    pub(crate) portal: Option<Portal>,
    pub(crate) is_operator: bool,
}

/// Everybody.
#[derive(Debug)]
pub(crate) struct Cast {
    pub(crate) world: World,
    /// Whose people ask.
    pub(crate) asker: Side,
    /// Who is asked for.
    pub(crate) other: Side,
    /// Of what kinds the ids are that are asked for.
    pub(crate) kinds: &'static [Kind],
    /// What stands in whatever is the other's, and with what the keys of that begin.
    pub(crate) territory: Territory,
    /// What the other's data is made of.
    pub(crate) marks: Marks,
    pub(crate) credentials: Vec<Credential>,
}

/// By what that is known that nobody else may change.
#[derive(Debug)]
pub(crate) struct Territory {
    /// An id in all of it.
    pub(crate) id: String,
    /// With what its keys begin.
    pub(crate) partitions: String,
}

/// Returns an id of nobody's that looks like one of somebody's.
pub(crate) fn missing(kind: Kind, somebodys: &str) -> String {
    let missing = match kind {
        Kind::Subdomain => "nobodys",
        Kind::Host => "main.nobodys.localhost:3000",
        Kind::Email => "owner@nobodys.example",
        Kind::IdempotencyKey => "nobodys-request",
        // Of the same letters, so that it is as long.
        Kind::Cursor | Kind::Preview => return somebodys.chars().rev().collect(),
        Kind::Tenant
        | Kind::Website
        | Kind::Page
        | Kind::Release
        | Kind::Operation
        | Kind::Session
        | Kind::Person
        | Kind::Invitation
        | Kind::ApiKey
        | Kind::Support => MISSING,
    };
    missing.to_owned()
}

impl Cast {
    /// Makes everybody, on a platform of their own.
    pub(crate) async fn new(world: World) -> Self {
        let operator = world.operator().await.unwrap();
        let own = Marks::new(51);
        let marks = Marks::new(52);
        let mut asker = Side::new(&world, "asker", &own, &operator).await;
        let expired = asker.settled.tokens.access.clone();
        let life = SignedDuration::from_secs(ACCESS_TOKEN_LIFE_S + 60);
        world.clock.advance(life);
        let client = world.client();
        let operator = world.operator().await.unwrap();
        let mut other = Side::new(&world, "zephyr", &marks, &operator).await;
        asker.settled.tokens = sign_in_to(&client, &asker.settled.owner, &asker.settled.tenant)
            .await
            .unwrap();
        let mut credentials = credentials(&world, &asker.settled, &operator).await;
        credentials.push(credential("expired", Some(expired)));
        world.platform.settle().await.unwrap();
        // By now everybody has heard of what each may, and nothing waits any more.
        world.advance(2 * TENANT_STATUS_CACHE_S).await.unwrap();
        for side in [&mut asker, &mut other] {
            side.read_cursors(&world).await;
        }
        world.platform.settle().await.unwrap();
        let id = other.settled.tenant.clone();
        let partitions = format!("T#{id}#");
        Self {
            world,
            asker,
            other,
            kinds: &Kind::ALL,
            territory: Territory { id, partitions },
            marks,
            credentials,
        }
    }
}

/// Those of them who are somebody on one website alone.
const HERE: [&str; 3] = ["editor-here", "admin-here", "key-here"];

impl Cast {
    /// Makes a tenant with two websites: those ask who are somebody on the one, for what is the other's.
    pub(crate) async fn of_one_tenant(world: World) -> Self {
        let operator = world.operator().await.unwrap();
        let marks = Marks::new(54);
        let mut asker = Side::new(&world, "asker", &Marks::new(53), &operator).await;
        let mut other = asker.beside(&world, &marks).await;
        let mut credentials = credentials(&world, &asker.settled, &operator).await;
        credentials.retain(|credential| HERE.contains(&credential.name.as_str()));
        world.platform.settle().await.unwrap();
        world.advance(2 * TENANT_STATUS_CACHE_S).await.unwrap();
        for side in [&mut asker, &mut other] {
            side.read_cursors(&world).await;
        }
        world.platform.settle().await.unwrap();
        // Where a list of the tenant's goes on is nobody's secret there.
        other.cursors.retain(|list, _| list.contains("{website}"));
        let (tenant, id) = (&asker.settled.tenant, other.ids[&Kind::Website].clone());
        let partitions = format!("T#{tenant}#SITE#{id}#");
        Self {
            world,
            asker,
            other,
            kinds: &Kind::OF_WEBSITES,
            territory: Territory { id, partitions },
            marks,
            credentials,
        }
    }
}

fn credential(name: &str, shown: Option<String>) -> Credential {
    Credential {
        name: name.to_owned(),
        shown,
        portal: None,
        is_operator: false,
    }
}

/// Returns everybody who is not the other tenant's.
async fn credentials(world: &World, tenant: &Settled, operator: &str) -> Vec<Credential> {
    let callers = Callers {
        world,
        tenant,
        operator,
    };
    let mut all = vec![
        credential("nobody", None),
        credential("tenant-admin", Some(tenant.tokens.access.clone())),
        Credential {
            is_operator: true,
            ..credential("operator", Some(operator.to_owned()))
        },
        credential("support", Some(callers.support().await.unwrap())),
        credential("refresh-token", Some(tenant.tokens.refresh.clone())),
        credential("no-token", Some("e30.e30.e30".to_owned())),
        credential("without-mfa", Some(callers.held().await.unwrap())),
    ];
    for (name, role, there) in [
        ("member", Role::Member, None),
        ("editor-here", Role::Member, Some(Role::ContentEditor)),
        ("admin-here", Role::Member, Some(Role::WebsiteAdmin)),
        ("editor", Role::ContentEditor, None),
        ("website-admin", Role::WebsiteAdmin, None),
    ] {
        let member = callers.member(name, role, there).await.unwrap();
        all.push(credential(name, Some(member.1)));
    }
    let mut portal = Portal::at(LOCAL);
    let (client, owner) = (world.client(), &tenant.owner);
    let signed_in = portal.sign_in(&client, owner, Some(&tenant.tenant));
    signed_in.await.unwrap();
    all.push(Credential {
        portal: Some(portal),
        ..credential("tenant-admin-in-cookies", None)
    });
    let of_visitors = PermissionSet::built_in(Role::Visitor);
    let grantable = PermissionSet::grantable().without(of_visitors);
    for (name, scopes, is_here) in [("key", grantable, false), ("key-here", grantable, true)] {
        let key = callers.key(scopes, is_here).await.unwrap();
        all.push(credential(name, Some(key.1)));
    }
    for name in grantable.names() {
        let scopes = PermissionSet::of(name).unwrap();
        let key = callers.key(scopes, false).await.unwrap();
        all.push(credential(&format!("key of {name}"), Some(key.1)));
    }
    for (name, past) in [
        ("disabled", Past::Disabled),
        ("removed", Past::Removed),
        ("signed-out", Past::SignedOut),
        ("deleted-key", Past::DeletedKey),
        ("suspended", Past::Suspended),
    ] {
        all.push(credential(name, Some(callers.past(past).await.unwrap())));
    }
    all
}
