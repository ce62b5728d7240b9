//! The authorizer's answer survives the gateway, and nothing else is taken for one.

use std::collections::BTreeMap;

use kernel::{
    ApiKeyId, IdMint, ManualClock, PersonId, SeededEntropy, SessionId, TenantId, WebsiteId,
};
use tenancy::gateway::{Grant, PersonPrincipal, Principal, Standing};
use tenancy::records::Tier;
use tenancy::{GatewayContext, Outcome, Plan, Policy, Refusal, Rights, Role, Roles};

fn outcomes() -> Vec<Outcome> {
    let (clock, entropy) = (
        ManualClock::at(jiff::Timestamp::UNIX_EPOCH),
        SeededEntropy::new(1),
    );
    let mint = IdMint::new(&clock, &entropy);
    let principal = |standing| {
        Outcome::Authenticated(Principal::Person(PersonPrincipal {
            person: PersonId::mint(mint),
            session: SessionId::mint(mint),
            standing,
        }))
    };
    let mut outcomes = vec![
        Outcome::Anonymous,
        principal(Standing::Operator),
        principal(Standing::Held(None)),
        principal(Standing::Held(Some(TenantId::mint(mint)))),
    ];
    for role in Role::OF_MEMBERS {
        let everywhere = Roles::everywhere(role);
        let websites = Role::ON_WEBSITES.map(|role| (WebsiteId::mint(mint), role));
        let on_websites = Roles {
            websites: websites.into_iter().collect(),
            ..everywhere.clone()
        };
        for roles in [everywhere, on_websites] {
            let rights = Rights::of(&roles, &Policy::built_in());
            for tier in Tier::ALL {
                let grant = Grant {
                    tenant: TenantId::mint(mint),
                    plan: Plan::of_tier(tier),
                    rights: rights.clone(),
                };
                outcomes.push(Outcome::Authenticated(Principal::Key {
                    key: ApiKeyId::mint(mint),
                    grant: grant.clone(),
                }));
                outcomes.push(principal(Standing::Member(grant)));
            }
        }
    }
    outcomes.extend(
        [
            Refusal::Unauthenticated,
            Refusal::Expired,
            Refusal::InactiveTenant,
            Refusal::TenantMismatch,
            Refusal::TenantRequired,
            Refusal::OperatorRequired,
            Refusal::PersonRequired,
            Refusal::MfaRequired,
            Refusal::CrossSite,
            Refusal::ApiAccessMissing,
            Refusal::Unavailable,
        ]
        .map(Outcome::Refused),
    );
    outcomes
}

#[test]
fn every_outcome_survives_the_gateway() {
    for outcome in outcomes() {
        let context = GatewayContext {
            outcome,
            rates: Vec::new(),
            noticed: None,
        };
        assert_eq!(GatewayContext::from_map(&context.to_map()), context);
    }
}

#[test]
fn a_context_with_a_part_missing_or_another_lets_nobody_in() {
    for outcome in outcomes() {
        let map = GatewayContext {
            outcome,
            rates: Vec::new(),
            noticed: None,
        }
        .to_map();
        for name in map.keys() {
            for other in [None, Some("system"), Some("")] {
                let mut changed = map.clone();
                match other {
                    None => changed.remove(name),
                    Some(value) => changed.insert(name.clone(), value.to_owned()),
                };
                let read = GatewayContext::from_map(&changed).outcome;
                let is_operator = map.contains_key("operator") && name == "operator";
                // Where nobody says what the tenant has, it has nothing.
                if name == "plan" && other.is_none() {
                    assert!(matches!(read, Outcome::Authenticated(_)), "{read:?}");
                    continue;
                }
                assert!(
                    is_operator || !matches!(read, Outcome::Authenticated(_)),
                    "{name} as {other:?} gives {read:?}"
                );
            }
        }
    }
}

#[test]
fn a_member_whose_operator_mark_is_missing_is_no_member_either() {
    let operator = outcomes().remove(1);
    let mut map = GatewayContext {
        outcome: operator,
        rates: Vec::new(),
        noticed: None,
    }
    .to_map();
    map.remove("operator");
    assert_eq!(
        GatewayContext::from_map(&map).outcome,
        Outcome::Refused(Refusal::Unavailable)
    );
    assert_eq!(
        GatewayContext::from_map(&BTreeMap::new()).outcome,
        Outcome::Refused(Refusal::Unavailable)
    );
}
