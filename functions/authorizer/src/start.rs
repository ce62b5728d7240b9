//! The authorizer's one task, put together.

use std::sync::Arc;

use runtime::{Environment, Function, StartError};
use serde_json::{Value, json};
use tenancy::api_keys::ApiKeyToken;
use tenancy::claims::Claimed;
use tenancy::gateway::{Grant, PersonPrincipal, Principal, Standing};
use tenancy::identity::Identity;
use tenancy::records::Shown;
use tenancy::{Feature, GatewayContext, Outcome, Refusal, Rights};

use crate::api_keys::ApiKeys;
use crate::keys::Keys;
use crate::request::{Credential, credential};
use crate::standings::Standings;
use crate::verify::{self, Verified, verify};

/// How the stack says that something is not required.
const OPTIONAL: &str = "optional";

/// What an environment remembers.
#[derive(Debug)]
struct Authorizer {
    identity: Identity,
    issuer: String,
    keys: Keys,
    api_keys: ApiKeys,
    standings: Standings,
    /// Whether operators need a second factor.
    operator_mfa: bool,
}

/// Starts the function.
pub async fn start(environment: &Environment) -> Result<Function, StartError> {
    let authorizer = Authorizer {
        identity: Identity::new(environment.platform()?),
        issuer: environment.variable("PLATFORM_ORIGIN")?.to_owned(),
        keys: Keys::default(),
        api_keys: ApiKeys::default(),
        standings: Standings::default(),
        operator_mfa: environment.variable("OPERATOR_MFA")? != OPTIONAL,
    };
    authorizer.keys.warm_up(&authorizer.identity).await;
    let authorizer = Arc::new(authorizer);
    Ok(Function::new(move |payload: Value, _context| {
        let authorizer = Arc::clone(&authorizer);
        async move {
            let outcome = authorizer.outcome(&payload).await;
            let context = GatewayContext { outcome }.to_map();
            Ok(json!({ "isAuthorized": true, "context": context }))
        }
    }))
}

impl Authorizer {
    async fn outcome(&self, payload: &Value) -> Outcome {
        let principal = match credential(payload) {
            Credential::None => return Outcome::Anonymous,
            Credential::Unknown => Err(Refusal::Unauthenticated),
            Credential::Bearer(token) => self.person(token).await,
            Credential::Key(key) => self.program(key).await,
        };
        match principal {
            Ok(principal) => Outcome::Authenticated(principal),
            Err(refusal) => Outcome::Refused(refusal),
        }
    }

    /// Finds out whose an API key is.
    async fn program(&self, key: &str) -> Result<Principal, Refusal> {
        let token = ApiKeyToken::read(key).ok_or(Refusal::Unauthenticated)?;
        let found = self.api_keys.find(&self.identity, &token).await;
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
        self.api_keys.note_use(&self.identity, &token).await;
        Ok(Principal::Key {
            key: token.key,
            grant: Grant {
                tenant: token.tenant,
                plan: known.plan,
                rights: record.rights(),
            },
        })
    }

    /// Finds out whose an access token is.
    async fn person(&self, token: &str) -> Result<Principal, Refusal> {
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
        let is_missing = |is_asked| is_asked && !claims.has_second_factor();
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
            Claimed::Operator if is_missing(self.operator_mfa) => Standing::Held(None),
            Claimed::Operator => Standing::Operator,
        };
        Ok(Principal::Person(PersonPrincipal {
            person: claims.sub,
            session: claims.sid,
            standing,
        }))
    }
}

fn unavailable(error: &tenancy::StorageError) -> Refusal {
    tracing::error!(error = ?error, "a credential cannot be checked");
    Refusal::Unavailable
}
