//! What the authorizer says of a request, and the function behind the gateway believes: it comes
//! in the gateway's own part of the event, where no caller can write.

mod notice;
mod rate_state;

use std::collections::BTreeMap;

use kernel::{ApiKeyId, PersonId, SessionId, SupportId, TenantId};

use crate::actor::Actor;
use crate::feature::Plan;
use crate::policy::Rights;

pub use notice::Notice;
pub use rate_state::RateState;

/// What the authorizer found out about a request's credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// There is none.
    Anonymous,
    /// It is good, and this is whose it is.
    Authenticated(Principal),
    /// It is not good.
    Refused(Refusal),
}

/// Whose a credential is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// A person who is signed in.
    Person(PersonPrincipal),
    /// A program with an API key of one tenant.
    Key {
        /// The key.
        key: ApiKeyId,
        /// Where, and what it may do there.
        grant: Grant,
    },
    /// An operator in a tenant that let operators in.
    Support(SupportPrincipal),
}

/// An operator in a support session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupportPrincipal {
    /// The support session.
    pub support: SupportId,
    /// The operator.
    pub operator: PersonId,
    /// The member who let operators in.
    pub by: PersonId,
    /// Where, and what the operator may do there.
    pub grant: Grant,
}

/// What somebody gets in one tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The tenant.
    pub tenant: TenantId,
    /// What the tenant has.
    pub plan: Plan,
    /// What may be done there.
    pub rights: Rights,
}

impl Principal {
    /// Returns the one tenant in which the principal may act; none of an operator.
    pub fn tenant(&self) -> Option<TenantId> {
        match self {
            Self::Person(person) => match &person.standing {
                Standing::Member(grant) => Some(grant.tenant),
                Standing::Operator => None,
                Standing::Held(tenant) => *tenant,
            },
            Self::Key { grant, .. } => Some(grant.tenant),
            Self::Support(support) => Some(support.grant.tenant),
        }
    }

    /// Returns whether what it asks is the tenant's own doing, and not an operator's.
    pub fn is_of_tenant(&self) -> bool {
        match self {
            Self::Person(_) | Self::Key { .. } => self.tenant().is_some(),
            Self::Support(_) => false,
        }
    }

    /// Returns what the principal gets in that tenant, if it may act there now.
    pub(crate) fn grant(&self) -> Option<&Grant> {
        match self {
            Self::Person(person) => match &person.standing {
                Standing::Member(grant) => Some(grant),
                Standing::Operator | Standing::Held(_) => None,
            },
            Self::Key { grant, .. } => Some(grant),
            Self::Support(support) => Some(&support.grant),
        }
    }

    /// Returns who acts.
    pub(crate) fn actor(&self) -> Actor {
        match self {
            Self::Person(person) => match &person.standing {
                Standing::Member(_) | Standing::Held(_) => Actor::Member(person.person),
                Standing::Operator => Actor::Operator(person.person),
            },
            Self::Key { key, .. } => Actor::Key(*key),
            Self::Support(support) => support.actor(),
        }
    }
}

impl SupportPrincipal {
    /// Returns who acts.
    pub(crate) fn actor(&self) -> Actor {
        Actor::Support {
            operator: self.operator,
            by: self.by,
        }
    }
}

/// A person who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonPrincipal {
    /// The person.
    pub person: PersonId,
    /// The sign-in.
    pub session: SessionId,
    /// Where and as what.
    pub standing: Standing,
}

/// Where a person may act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// In one tenant, as a member.
    Member(Grant),
    /// On the platform, as an operator.
    Operator,
    /// Nowhere but in what is the person's own: what the person is, in the tenant or without one as an operator,
    /// needs a second factor that was not proved.
    Held(Option<TenantId>),
}

/// Why a request may not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It has no credential, or one that was never good.
    Unauthenticated,
    /// Its credential was good until a while ago.
    Expired,
    /// Its tenant is unknown, suspended or being deleted.
    InactiveTenant,
    /// It names a tenant other than the credential's.
    TenantMismatch,
    /// It names no tenant where one is needed.
    TenantRequired,
    /// It needs an operator.
    OperatorRequired,
    /// It needs a person, who has signed in.
    PersonRequired,
    /// It was made with an API key, of a tenant that has none.
    ApiAccessMissing,
    /// It needs a second factor, which the person did not prove.
    MfaRequired,
    /// Its credential is in a cookie, and it may be another website that asks.
    CrossSite,
    /// There were enough of them for now.
    RateLimited,
    /// Nobody could find out.
    Unavailable,
}

impl Refusal {
    const NAMES: [(Self, &'static str); 12] = [
        (Self::Unauthenticated, "unauthenticated"),
        (Self::Expired, "expired"),
        (Self::InactiveTenant, "inactiveTenant"),
        (Self::TenantMismatch, "tenantMismatch"),
        (Self::TenantRequired, "tenantRequired"),
        (Self::OperatorRequired, "operatorRequired"),
        (Self::PersonRequired, "personRequired"),
        (Self::ApiAccessMissing, "apiAccessMissing"),
        (Self::MfaRequired, "mfaRequired"),
        (Self::CrossSite, "crossSite"),
        (Self::RateLimited, "rateLimited"),
        (Self::Unavailable, "unavailable"),
    ];

    fn name(self) -> &'static str {
        Self::NAMES
            .iter()
            .find(|(refusal, _)| *refusal == self)
            .map_or("", |(_, name)| name)
    }

    fn of_name(text: &str) -> Option<Self> {
        Self::NAMES
            .iter()
            .find(|(_, name)| *name == text)
            .map(|(refusal, _)| *refusal)
    }
}

/// The authorizer's answer as the gateway carries it: text to text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayContext {
    /// What was found out.
    pub outcome: Outcome,
    /// Where the request leaves whoever makes it.
    pub rates: Vec<RateState>,
    /// What the authorizer noticed, and whoever answers writes down: the authorizer itself writes in no trail.
    pub noticed: Option<Notice>,
}

const OUTCOME: &str = "outcome";
const RATES: &str = "rates";
const REASON: &str = "reason";
const PERSON: &str = "person";
const KEY: &str = "key";
const SESSION: &str = "session";
const TENANT: &str = "tenant";
const PLAN: &str = "plan";
const PERMISSIONS: &str = "permissions";
const OPERATOR: &str = "operator";
const HELD: &str = "held";
const MEMBER: &str = "member";
const SUPPORT: &str = "support";
const BY: &str = "by";
const NOTICED: &str = "noticed";

impl GatewayContext {
    /// Returns the support session in which the request is made, if it is made in one.
    pub fn support(&self) -> Option<SupportId> {
        match &self.outcome {
            Outcome::Authenticated(Principal::Support(support)) => Some(support.support),
            Outcome::Authenticated(Principal::Person(_) | Principal::Key { .. })
            | Outcome::Anonymous
            | Outcome::Refused(_) => None,
        }
    }

    /// Writes the context for the gateway.
    pub fn to_map(&self) -> BTreeMap<String, String> {
        let mut map = BTreeMap::new();
        let mut set = |name: &str, value: String| {
            map.insert(name.to_owned(), value);
        };
        if !self.rates.is_empty() {
            let rates: Vec<_> = self.rates.iter().map(RateState::to_text).collect();
            set(RATES, rates.join(","));
        }
        if let Some(notice) = self.noticed {
            set(NOTICED, notice.to_text());
        }
        match &self.outcome {
            Outcome::Anonymous => set(OUTCOME, "anonymous".to_owned()),
            Outcome::Refused(refusal) => {
                set(OUTCOME, "refused".to_owned());
                set(REASON, refusal.name().to_owned());
            }
            Outcome::Authenticated(principal) => {
                set(OUTCOME, "authenticated".to_owned());
                if let Some(tenant) = principal.tenant() {
                    set(TENANT, tenant.to_string());
                }
                if let Some(grant) = principal.grant() {
                    set(PLAN, grant.plan.to_text());
                    set(PERMISSIONS, grant.rights.to_text());
                }
                match principal {
                    Principal::Key { key, .. } => set(KEY, key.to_string()),
                    Principal::Support(support) => {
                        set(SUPPORT, support.support.to_string());
                        set(PERSON, support.operator.to_string());
                        set(BY, support.by.to_string());
                    }
                    Principal::Person(person) => {
                        set(PERSON, person.person.to_string());
                        set(SESSION, person.session.to_string());
                        match &person.standing {
                            Standing::Member(_) => {}
                            Standing::Operator => set(OPERATOR, "true".to_owned()),
                            Standing::Held(None) => set(HELD, OPERATOR.to_owned()),
                            Standing::Held(Some(_)) => set(HELD, MEMBER.to_owned()),
                        }
                    }
                }
            }
        }
        map
    }

    /// Reads what the gateway brought. A context that cannot be read is no context: unavailable.
    pub fn from_map(map: &BTreeMap<String, String>) -> Self {
        let outcome = match map.get(OUTCOME).map(String::as_str) {
            Some("anonymous") => Outcome::Anonymous,
            Some("refused") => Outcome::Refused(
                map.get(REASON)
                    .and_then(|reason| Refusal::of_name(reason))
                    .unwrap_or(Refusal::Unauthenticated),
            ),
            Some("authenticated") => principal(map)
                .map_or(Outcome::Refused(Refusal::Unavailable), |principal| {
                    Outcome::Authenticated(principal)
                }),
            _ => Outcome::Refused(Refusal::Unavailable),
        };
        // They are told to whoever asks, and decide nothing: those that cannot be read are left out.
        let rates = map.get(RATES).map_or("", String::as_str);
        let rates = rates.split(',').filter_map(RateState::of_text).collect();
        let noticed = map.get(NOTICED).and_then(|text| Notice::of_text(text));
        Self {
            outcome,
            rates,
            noticed,
        }
    }
}

fn principal(map: &BTreeMap<String, String>) -> Option<Principal> {
    let grant = || {
        Some(Grant {
            tenant: map.get(TENANT)?.parse().ok()?,
            // While another version is rolled out, the authorizer may not say it yet: then there is nothing in it.
            plan: map
                .get(PLAN)
                .map_or(Some(Plan::NONE), |text| Plan::of_text(text))?,
            rights: Rights::of_text(map.get(PERMISSIONS)?)?,
        })
    };
    if let Some(key) = map.get(KEY) {
        let (key, grant) = (key.parse().ok()?, grant()?);
        return Some(Principal::Key { key, grant });
    }
    if let Some(support) = map.get(SUPPORT) {
        return Some(Principal::Support(SupportPrincipal {
            support: support.parse().ok()?,
            operator: map.get(PERSON)?.parse().ok()?,
            by: map.get(BY)?.parse().ok()?,
            grant: grant()?,
        }));
    }
    let standing = match (map.get(HELD).map(String::as_str), map.get(TENANT)) {
        (Some(MEMBER), Some(tenant)) => Standing::Held(Some(tenant.parse().ok()?)),
        (Some(OPERATOR), None) => Standing::Held(None),
        (Some(_), _) => return None,
        (None, _) if map.contains_key(OPERATOR) => Standing::Operator,
        (None, _) => Standing::Member(grant()?),
    };
    Some(Principal::Person(PersonPrincipal {
        person: map.get(PERSON)?.parse().ok()?,
        session: map.get(SESSION)?.parse().ok()?,
        standing,
    }))
}
