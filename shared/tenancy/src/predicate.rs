//! Predicates: what is asked of a request by name, beside the permission that a route needs. It must never know
//! what a route does.

use kernel::{PersonId, TenantId};

use crate::actor::Actor;
use crate::context::TenantContext;
use crate::feature::{Feature, Plan};
use crate::gateway::Outcome;
use crate::permission::ManageMembers;
use crate::policy::Rights;
use crate::records::Tier;

/// What can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Predicate {
    /// The credential is good.
    IsAuthenticated,
    /// A person runs the tenant.
    IsCompanyOwnerOrAdmin,
    /// A person is a member of the tenant.
    IsCompanyMember,
    /// The tenant pays for something.
    SubscriptionRequired,
    /// The tenant pays for this tier, or a higher one.
    SubscriptionTier(Tier),
    /// The tenant has this feature.
    FeatureAccess(Feature),
    /// The request names the tenant of its credential, or none.
    TenantIsolation,
    /// A program asks, with an API key.
    ApiKey,
    /// Nothing is changed.
    ReadOnly,
    /// Nothing is changed, or what is changed is the person's own.
    IsOwnerOrReadOnly,
}

/// What is known of a request.
#[derive(Debug, Clone, Default)]
pub struct Facts<'a> {
    /// Whose the credential is, if it is good.
    pub actor: Option<Actor>,
    /// The tenant of the credential.
    pub tenant: Option<TenantId>,
    /// The tenant that the request names.
    pub requested: Option<&'a str>,
    /// What may be done in the tenant.
    pub rights: Option<&'a Rights>,
    /// What the tenant has.
    pub plan: Option<Plan>,
    /// Whether something is to be changed, where that is known.
    pub changes: Option<bool>,
    /// Whose that is.
    pub owner: Option<PersonId>,
}

impl<'a> Facts<'a> {
    /// Returns what is known of a request before it is let in.
    pub(crate) fn at_the_door(outcome: &'a Outcome, requested: Option<&'a str>) -> Self {
        let nobody = Self {
            requested,
            ..Self::default()
        };
        let Outcome::Authenticated(principal) = outcome else {
            return nobody;
        };
        let grant = principal.grant();
        Self {
            actor: Some(principal.actor()),
            tenant: principal.tenant(),
            rights: grant.map(|grant| &grant.rights),
            plan: grant.map(|grant| grant.plan),
            ..nobody
        }
    }

    /// Returns what is known of a request that was let in.
    pub(crate) fn inside(context: &'a TenantContext) -> Self {
        Self {
            actor: Some(context.actor()),
            tenant: Some(context.tenant()),
            rights: Some(context.rights()),
            plan: Some(context.plan()),
            ..Self::default()
        }
    }

    fn person(&self) -> Option<PersonId> {
        match self.actor? {
            Actor::Member(person) => Some(person),
            Actor::Operator(_)
            | Actor::Support { .. }
            | Actor::Key(_)
            | Actor::Visitor
            | Actor::System(_) => None,
        }
    }
}

impl Predicate {
    /// Returns whether it holds. What is not known does not, but that an operator, who is in no tenant, names one.
    pub fn holds(self, facts: &Facts<'_>) -> bool {
        let is_person = facts.person().is_some();
        match self {
            Self::IsAuthenticated => facts.actor.is_some(),
            Self::IsCompanyOwnerOrAdmin => {
                let runs = |rights: &Rights| rights.has::<ManageMembers>(None);
                is_person && facts.rights.is_some_and(runs)
            }
            Self::IsCompanyMember => is_person && facts.tenant.is_some(),
            Self::SubscriptionRequired => {
                let is_paid = |plan: Plan| plan.tier > Tier::Free;
                facts.plan.is_some_and(is_paid)
            }
            Self::SubscriptionTier(least) => facts.plan.is_some_and(|plan| plan.tier >= least),
            Self::FeatureAccess(feature) => {
                facts.plan.is_some_and(|plan| plan.features.has(feature))
            }
            Self::TenantIsolation => match (facts.tenant, facts.requested) {
                (Some(tenant), Some(requested)) => requested == tenant.to_string(),
                (None, _) | (_, None) => true,
            },
            Self::ApiKey => matches!(facts.actor, Some(Actor::Key(_))),
            Self::ReadOnly => facts.changes == Some(false),
            Self::IsOwnerOrReadOnly => {
                Self::ReadOnly.holds(facts) || (is_person && facts.owner == facts.person())
            }
        }
    }
}

#[cfg(test)]
mod tests;
