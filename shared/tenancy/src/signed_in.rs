//! A person who is signed in: what concerns the person alone, in whichever tenant.

use kernel::{PersonId, SessionId, TenantId};

use crate::actor::Actor;
use crate::context::{RequestInfo, TenantContext};
use crate::gateway::{PersonPrincipal, Refusal, Standing};
use crate::operator::OperatorContext;
use crate::platform::{Admission, Platform};

/// A person who showed a good access token. Reaches the person's own sign-ins, and nobody else's.
#[derive(Debug, Clone)]
pub struct SignedIn {
    platform: Platform,
    principal: PersonPrincipal,
    request: RequestInfo,
}

impl SignedIn {
    pub(crate) fn new(
        platform: Platform,
        principal: PersonPrincipal,
        request: RequestInfo,
    ) -> Self {
        Self {
            platform,
            principal,
            request,
        }
    }

    /// Returns the person.
    pub fn person(&self) -> PersonId {
        self.principal.person
    }

    /// Returns the sign-in that the token is of.
    pub fn session(&self) -> SessionId {
        self.principal.session
    }

    /// Returns the tenant that the person is signed in to; none of an operator.
    pub fn tenant(&self) -> Option<TenantId> {
        match &self.principal.standing {
            Standing::Member(grant) => Some(grant.tenant),
            Standing::Operator => None,
            Standing::Held(tenant) => *tenant,
        }
    }

    /// Returns where the request came from.
    pub fn request(&self) -> &RequestInfo {
        &self.request
    }

    /// Lets the person in where the person is signed in. The error is what is missing for that.
    pub fn admit(&self) -> Result<Admission, Refusal> {
        let (platform, request) = (self.platform.clone(), self.request.clone());
        let person = self.principal.person;
        match &self.principal.standing {
            Standing::Member(grant) => {
                let actor = Actor::Member(person);
                let context = TenantContext::granted(platform, grant.clone(), actor, request);
                Ok(Admission::Tenant(context))
            }
            Standing::Operator => {
                let context = OperatorContext::new(platform, (person, self.session()), request);
                Ok(Admission::Operator(context))
            }
            Standing::Held(_) => Err(Refusal::MfaRequired),
        }
    }
}
