//! The authorizer's one task, put together.

use std::sync::Arc;

use runtime::{Environment, Function, StartError};
use serde_json::{Value, json};
use tenancy::gateway::{Principal, Standing};
use tenancy::identity::Identity;
use tenancy::{GatewayContext, Outcome, Refusal};

use crate::keys::Keys;
use crate::request::{Credential, credential};
use crate::statuses::Statuses;
use crate::verify::{self, Verified, verify};

/// What an environment remembers.
#[derive(Debug)]
struct Authorizer {
    identity: Identity,
    issuer: String,
    keys: Keys,
    statuses: Statuses,
}

/// Starts the function.
pub async fn start(environment: &Environment) -> Result<Function, StartError> {
    let authorizer = Authorizer {
        identity: Identity::new(environment.platform()?),
        issuer: environment.variable("PLATFORM_ORIGIN")?.to_owned(),
        keys: Keys::default(),
        statuses: Statuses::default(),
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
        match credential(payload) {
            Credential::None => Outcome::Anonymous,
            Credential::Unknown => Outcome::Refused(Refusal::Unauthenticated),
            Credential::Bearer(token) => match self.principal(token).await {
                Ok(principal) => Outcome::Authenticated(principal),
                Err(refusal) => Outcome::Refused(refusal),
            },
        }
    }

    async fn principal(&self, token: &str) -> Result<Principal, Refusal> {
        let now = self.identity.platform().now();
        let kid = verify::kid(token).ok_or(Refusal::Unauthenticated)?;
        let key = self
            .keys
            .find(&self.identity, &kid)
            .await
            .map_err(|error| unavailable(&error))?
            .ok_or(Refusal::Unauthenticated)?;
        let principal = match verify(token, &key, &self.issuer, now) {
            Verified::Good(principal) => principal,
            Verified::Expired => return Err(Refusal::Expired),
            Verified::Forged => return Err(Refusal::Unauthenticated),
        };
        if let Standing::Member(tenant, _) = principal.standing {
            let is_active = self
                .statuses
                .is_active(&self.identity, tenant)
                .await
                .map_err(|error| unavailable(&error))?;
            if !is_active {
                return Err(Refusal::InactiveTenant);
            }
        }
        Ok(principal)
    }
}

fn unavailable(error: &tenancy::StorageError) -> Refusal {
    tracing::error!(error = ?error, "a credential cannot be checked");
    Refusal::Unavailable
}
