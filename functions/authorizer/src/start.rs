//! The authorizer's one task, put together.

use std::sync::Arc;

use jiff::Timestamp;
use kernel::limits::REFUSALS_NOTED;
use kernel::{PersonId, TenantId};
use runtime::{Environment, Function, StartError};
use serde_json::{Value, json};
use tenancy::abuse::Tally;
use tenancy::api_keys::ApiKeyToken;
use tenancy::claims::{AccessClaims, Claimed, SupportClaim};
use tenancy::gateway::{
    Grant, Notice, PersonPrincipal, Principal, RateState, Standing, SupportPrincipal,
};
use tenancy::identity::{Identity, Metered};
use tenancy::rate_plan::{self, RateLimit};
use tenancy::records::Shown;
use tenancy::{Feature, GatewayContext, Outcome, PermissionSet, Refusal, Rights, StorageError};

use crate::api_keys::ApiKeys;
use crate::keys::Keys;
use crate::meter::Meter;
use crate::request::{Credential, credential, may_be_done};
use crate::standings::{Known, Standings};
use crate::verify::{self, Verified, verify};

/// How the stack says that something is not required.
const OPTIONAL: &str = "optional";

/// The areas of which no request is counted here that comes without a credential.
const COUNT_THEMSELVES: [&str; 2] = ["/api/v1/auth/", "/.well-known/"];

/// How what is counted to a tenant is called.
const TENANT: &str = "tenant";

/// What an environment remembers.
#[derive(Debug)]
struct Authorizer {
    identity: Identity,
    issuer: String,
    /// Whose pages alone may change something with a cookie.
    portal: String,
    keys: Keys,
    api_keys: ApiKeys,
    standings: Standings,
    meter: Meter,
    /// Requests of tenants that were refused.
    refusals: Tally,
    /// Whether operators need a second factor.
    operator_mfa: bool,
    /// What a network may ask without a credential.
    anonymous: [RateLimit; 1],
    /// What one operator may ask.
    operators: [RateLimit; 1],
}

/// Starts the function.
pub async fn start(environment: &Environment) -> Result<Function, StartError> {
    let authorizer = Authorizer {
        identity: Identity::new(environment.platform()?),
        issuer: environment.variable("PLATFORM_ORIGIN")?.to_owned(),
        portal: environment.variable("PORTAL_ORIGIN")?.to_owned(),
        keys: Keys::default(),
        api_keys: ApiKeys::default(),
        standings: Standings::default(),
        meter: Meter::default(),
        refusals: Tally::new(REFUSALS_NOTED),
        operator_mfa: environment.variable("OPERATOR_MFA")? != OPTIONAL,
        anonymous: rate_plan::anonymous(environment.number("ANONYMOUS_REQUESTS")?),
        operators: rate_plan::operators(environment.number("OPERATOR_REQUESTS")?),
    };
    authorizer.keys.warm_up(&authorizer.identity).await;
    let authorizer = Arc::new(authorizer);
    Ok(Function::new(move |payload: Value, _context| {
        let authorizer = Arc::clone(&authorizer);
        async move {
            let (outcome, noticed) = authorizer.outcome(&payload).await;
            let context = authorizer.metered(outcome, &payload).await;
            let noticed = noticed.or(context.noticed);
            let context = GatewayContext { noticed, ..context };
            Ok(json!({ "isAuthorized": true, "context": context.to_map() }))
        }
    }))
}

impl Authorizer {
    /// Finds out whose a request's credential is, and what there is to be noticed about it.
    async fn outcome(&self, payload: &Value) -> (Outcome, Option<Notice>) {
        let mut noticed = None;
        let principal = match credential(payload) {
            Credential::None => return (Outcome::Anonymous, None),
            Credential::Unknown => Err(Refusal::Unauthenticated),
            Credential::Bearer(token) => self.person(token, None).await,
            Credential::Cookie(token) => self.person(token, Some(payload)).await,
            Credential::Key(key) => match ApiKeyToken::read(key) {
                None => Err(Refusal::Unauthenticated),
                Some(token) => {
                    let principal = self.program(&token).await;
                    let now = self.identity.platform().now();
                    if principal.is_err() && self.api_keys.is_misused(&token, now) {
                        noticed = Some(Notice::Misused(token.tenant, token.key));
                    }
                    principal
                }
            },
        };
        let outcome = match principal {
            Ok(principal) => Outcome::Authenticated(principal),
            Err(refusal) => Outcome::Refused(refusal),
        };
        (outcome, noticed)
    }

    /// Counts a request to whom it is counted to, and refuses it where there were enough.
    async fn metered(&self, outcome: Outcome, payload: &Value) -> GatewayContext {
        let mut rates = Vec::new();
        match self.count(&outcome, payload, &mut rates).await {
            Ok(true) => GatewayContext {
                outcome,
                rates,
                noticed: None,
            },
            Ok(false) => GatewayContext {
                noticed: self.refused(&outcome),
                outcome: Outcome::Refused(Refusal::RateLimited),
                rates,
            },
            Err(error) => {
                tracing::error!(error = ?error, "a request cannot be counted");
                GatewayContext {
                    outcome: Outcome::Refused(Refusal::Unavailable),
                    rates: Vec::new(),
                    noticed: None,
                }
            }
        }
    }

    /// Counts a request of a tenant that is refused, and returns what there is to be written down of such.
    fn refused(&self, outcome: &Outcome) -> Option<Notice> {
        let Outcome::Authenticated(principal) = outcome else {
            return None;
        };
        let tenant = principal.tenant().filter(|_| principal.is_of_tenant())?;
        let now = self.identity.platform().now();
        let requests = self.refusals.add(tenant, 1, now);
        requests.map(|requests| Notice::Refused(tenant, requests))
    }

    async fn count(
        &self,
        outcome: &Outcome,
        payload: &Value,
        rates: &mut Vec<RateState>,
    ) -> Result<bool, StorageError> {
        let principal = match outcome {
            Outcome::Authenticated(principal) => principal,
            Outcome::Anonymous
            | Outcome::Refused(Refusal::Unauthenticated | Refusal::CrossSite)
                if !counts_itself(payload) =>
            {
                let network = Metered::network(address(payload));
                return self.take(network, "network", &self.anonymous, rates).await;
            }
            Outcome::Anonymous | Outcome::Refused(_) => return Ok(true),
        };
        // What operators do for a tenant takes nothing off what the tenant may ask.
        let operator = match principal {
            Principal::Support(support) => Some(support.operator),
            Principal::Person(person) if principal.tenant().is_none() => Some(person.person),
            Principal::Person(_) | Principal::Key { .. } => None,
        };
        if let Some(operator) = operator {
            let operator = Metered::operator(operator);
            return self
                .take(operator, "operator", &self.operators, rates)
                .await;
        }
        let Some(tenant) = principal.tenant() else {
            return Ok(true);
        };
        let known = self.standings.of(&self.identity, Some(tenant)).await?;
        let of = Metered::Tenant(tenant);
        let is_admitted = self
            .take(of, TENANT, &known.rate_limits.tenant, rates)
            .await?;
        let (true, Principal::Key { key, .. }) = (is_admitted, principal) else {
            return Ok(is_admitted);
        };
        let of_key = Metered::Key(tenant, *key);
        let is_admitted = self
            .take(of_key, "key", &known.rate_limits.key, rates)
            .await?;
        if !is_admitted {
            self.meter.give_back(of);
            for state in rates.iter_mut().filter(|state| state.name == TENANT) {
                state.remaining = state.remaining.saturating_add(1);
            }
        }
        Ok(is_admitted)
    }

    async fn take(
        &self,
        of: Metered,
        name: &'static str,
        limits: &[RateLimit],
        rates: &mut Vec<RateState>,
    ) -> Result<bool, StorageError> {
        let taken = self.meter.take(&self.identity, of, name, limits).await?;
        rates.extend(taken.states);
        Ok(taken.is_admitted)
    }

    /// Finds out whose an API key is.
    async fn program(&self, token: &ApiKeyToken) -> Result<Principal, Refusal> {
        let found = self.api_keys.find(&self.identity, token).await;
        let record = match found.map_err(|error| unavailable(&error))? {
            (Shown::Good, Some(record)) => record,
            (Shown::Expired, _) => return Err(Refusal::Expired),
            (Shown::Good | Shown::Forged, _) => return Err(Refusal::Unauthenticated),
        };
        let known = self.standings.of(&self.identity, Some(token.tenant)).await;
        let known = known.map_err(|error| unavailable(&error))?;
        if !known.is_active {
            return Err(Refusal::InactiveTenant);
        }
        if !known.plan.features.has(Feature::ApiAccess) {
            return Err(Refusal::ApiAccessMissing);
        }
        self.api_keys.note_use(&self.identity, token).await;
        Ok(Principal::Key {
            key: token.key,
            grant: Grant {
                tenant: token.tenant,
                plan: known.plan,
                rights: record.rights(),
            },
        })
    }

    /// Finds out whose an access token is; of one in a cookie also whether what is asked may be done with it.
    async fn person(&self, token: &str, asked: Option<&Value>) -> Result<Principal, Refusal> {
        let now = self.identity.platform().now();
        let kid = verify::kid(token).ok_or(Refusal::Unauthenticated)?;
        let key = self
            .keys
            .find(&self.identity, &kid)
            .await
            .map_err(|error| unavailable(&error))?
            .ok_or(Refusal::Unauthenticated)?;
        let (claimed, claims) = match verify(token, &key, &self.issuer, now) {
            Verified::Good(claimed, claims) => (claimed, claims),
            Verified::Expired => return Err(Refusal::Expired),
            Verified::Forged => return Err(Refusal::Unauthenticated),
        };
        let known = self
            .standings
            .of(&self.identity, claimed.tenant())
            .await
            .map_err(|error| unavailable(&error))?;
        if !known.is_active {
            return Err(Refusal::InactiveTenant);
        }
        // Whoever is still signed in gets a new one with the next refresh.
        if known.revocations.refuse(&claims) {
            return Err(Refusal::Expired);
        }
        if let Some(asked) = asked {
            let csrf = claims.csrf.ok_or(Refusal::Unauthenticated)?;
            if !may_be_done(asked, &self.portal, &csrf) {
                return Err(Refusal::CrossSite);
            }
        }
        let is_missing = |is_asked| is_asked && !claims.has_second_factor();
        // The key that opens where nobody can prove anything else is enough by itself.
        let is_break_glass = claims.sub == PersonId::BREAK_GLASS;
        let standing = match claimed {
            Claimed::Member(tenant, roles) if is_missing(known.mfa.asks(&roles)) => {
                Standing::Held(Some(tenant))
            }
            Claimed::Member(tenant, roles) => {
                let (plan, rights) = (known.plan, Rights::of(&roles, &known.policy));
                Standing::Member(Grant {
                    tenant,
                    plan,
                    rights,
                })
            }
            Claimed::Operator if is_missing(self.operator_mfa) && !is_break_glass => {
                Standing::Held(None)
            }
            Claimed::Operator => Standing::Operator,
            Claimed::Support(tenant, support) => {
                let support = (tenant, support);
                return self.support(&claims, support, &known, now).await;
            }
        };
        Ok(Principal::Person(PersonPrincipal {
            person: claims.sub,
            session: claims.sid,
            standing,
        }))
    }
}

impl Authorizer {
    /// Finds out what an operator may do in a tenant that let operators in. Whoever is no operator any more, or signed
    /// out as one, is sent out of the tenant with it.
    async fn support(
        &self,
        claims: &AccessClaims,
        (tenant, support): (TenantId, SupportClaim),
        known: &Known,
        now: Timestamp,
    ) -> Result<Principal, Refusal> {
        let operators = self.standings.of(&self.identity, None).await;
        let operators = operators.map_err(|error| unavailable(&error))?;
        if now.as_second() >= support.end || operators.revocations.refuse(claims) {
            return Err(Refusal::Expired);
        }
        Ok(Principal::Support(SupportPrincipal {
            support: support.id,
            operator: claims.sub,
            by: support.by,
            grant: Grant {
                tenant,
                plan: known.plan,
                rights: Rights::everywhere(PermissionSet::of_support(support.may_change)),
            },
        }))
    }
}

/// Where the request came from.
fn address(payload: &Value) -> Option<&str> {
    payload.pointer("/requestContext/http/sourceIp")?.as_str()
}

/// Returns whether what is asked for counts by itself who asks it: signing in and all around it, where the credential
/// is in the request's body; or whether it is for everybody, and kept by those who ask.
fn counts_itself(payload: &Value) -> bool {
    let path = payload.get("rawPath").and_then(Value::as_str);
    path.is_some_and(|path| COUNT_THEMSELVES.iter().any(|area| path.starts_with(area)))
}

fn unavailable(error: &StorageError) -> Refusal {
    tracing::error!(error = ?error, "a credential cannot be checked");
    Refusal::Unavailable
}
