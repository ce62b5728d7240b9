//! Every predicate of every kind of caller.

use kernel::{ApiKeyId, PersonId, SessionId, TenantId};

use super::{Facts, Predicate};
use crate::feature::{Feature, Plan};
use crate::gateway::{Grant, Outcome, PersonPrincipal, Principal, Refusal, Standing};
use crate::policy::{PermissionSet, Policy, Rights};
use crate::records::Tier;
use crate::role::{Role, Roles};

const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
const OTHER: &str = "01890a5d-ac96-774b-bcce-b302099a8058";

fn person() -> PersonId {
    ID.parse().unwrap()
}

fn signed_in(standing: Standing) -> Outcome {
    let session: SessionId = ID.parse().unwrap();
    Outcome::Authenticated(Principal::Person(PersonPrincipal {
        person: person(),
        session,
        standing,
    }))
}

fn grant(rights: Rights, tier: Tier) -> Grant {
    let tenant: TenantId = ID.parse().unwrap();
    Grant {
        tenant,
        plan: Plan::of_tier(tier),
        rights,
    }
}

fn member(role: Role, tier: Tier) -> Outcome {
    let rights = Rights::of(&Roles::everywhere(role), &Policy::built_in());
    signed_in(Standing::Member(grant(rights, tier)))
}

fn program(tier: Tier) -> Outcome {
    let key: ApiKeyId = ID.parse().unwrap();
    let rights = Rights::everywhere(PermissionSet::grantable());
    let grant = grant(rights, tier);
    Outcome::Authenticated(Principal::Key { key, grant })
}

/// The predicates, in the order of the table's columns.
const ASKED: [Predicate; 7] = [
    Predicate::IsAuthenticated,
    Predicate::IsCompanyOwnerOrAdmin,
    Predicate::IsCompanyMember,
    Predicate::SubscriptionRequired,
    Predicate::SubscriptionTier(Tier::Professional),
    Predicate::FeatureAccess(Feature::Webhooks),
    Predicate::ApiKey,
];

#[test]
fn every_predicate_of_every_caller() {
    let held = Standing::Held(ID.parse().ok());
    for (name, outcome, holds) in [
        ("nobody", Outcome::Anonymous, "-------"),
        (
            "forged",
            Outcome::Refused(Refusal::Unauthenticated),
            "-------",
        ),
        ("member", member(Role::Member, Tier::Free), "+-+----"),
        (
            "editor",
            member(Role::ContentEditor, Tier::Starter),
            "+-++-+-",
        ),
        (
            "website admin",
            member(Role::WebsiteAdmin, Tier::Professional),
            "+-++++-",
        ),
        (
            "tenant admin",
            member(Role::TenantAdmin, Tier::Free),
            "+++----",
        ),
        (
            "tenant admin",
            member(Role::TenantAdmin, Tier::Custom),
            "++++++-",
        ),
        ("program", program(Tier::Free), "+-----+"),
        ("program", program(Tier::Enterprise), "+--++++"),
        ("operator", signed_in(Standing::Operator), "+------"),
        ("held member", signed_in(held), "+-+----"),
        ("held operator", signed_in(Standing::Held(None)), "+------"),
    ] {
        let facts = Facts::at_the_door(&outcome, None);
        let mark = |asked: &Predicate| if asked.holds(&facts) { '+' } else { '-' };
        let found: String = ASKED.iter().map(mark).collect();
        assert_eq!(found, holds, "{name}");
    }
}

#[test]
fn a_request_names_the_tenant_of_its_credential_or_none() {
    for (outcome, requested, holds) in [
        (member(Role::Member, Tier::Free), None, true),
        (member(Role::Member, Tier::Free), Some(ID), true),
        (member(Role::Member, Tier::Free), Some(OTHER), false),
        (member(Role::Member, Tier::Free), Some(""), false),
        (program(Tier::Free), Some(OTHER), false),
        (
            signed_in(Standing::Held(ID.parse().ok())),
            Some(OTHER),
            false,
        ),
        // An operator is in none, and names the one to act on in the path.
        (signed_in(Standing::Operator), Some(OTHER), true),
    ] {
        let facts = Facts::at_the_door(&outcome, requested);
        let found = Predicate::TenantIsolation.holds(&facts);
        assert_eq!(found, holds, "{outcome:?} {requested:?}");
    }
}

#[test]
fn what_is_changed_is_the_own_or_nothing_is() {
    let other: PersonId = OTHER.parse().unwrap();
    for (outcome, changes, owner, [is_read, is_own]) in [
        (member(Role::Member, Tier::Free), false, None, [true, true]),
        (
            member(Role::Member, Tier::Free),
            false,
            Some(other),
            [true, true],
        ),
        (
            member(Role::Member, Tier::Free),
            true,
            Some(person()),
            [false, true],
        ),
        (
            member(Role::Member, Tier::Free),
            true,
            Some(other),
            [false, false],
        ),
        (member(Role::Member, Tier::Free), true, None, [false, false]),
        // A program is nobody, and owns nothing.
        (program(Tier::Free), true, Some(person()), [false, false]),
        (program(Tier::Free), true, None, [false, false]),
        (Outcome::Anonymous, true, None, [false, false]),
    ] {
        let facts = Facts {
            changes: Some(changes),
            owner,
            ..Facts::at_the_door(&outcome, None)
        };
        let found = [Predicate::ReadOnly, Predicate::IsOwnerOrReadOnly];
        let found = found.map(|asked| asked.holds(&facts));
        assert_eq!(found, [is_read, is_own], "{outcome:?} {changes} {owner:?}");
    }
}

#[test]
fn what_is_not_known_does_not_hold() {
    let asked = ASKED.into_iter();
    let asked = asked.chain([Predicate::ReadOnly, Predicate::IsOwnerOrReadOnly]);
    for asked in asked {
        assert!(!asked.holds(&Facts::default()), "{asked:?}");
    }
}
