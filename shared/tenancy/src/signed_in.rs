//! A person who is signed in: what concerns the person alone, in whichever tenant.

use kernel::{PersonId, SessionId, TenantId};

use crate::context::{Actor, RequestInfo, TenantContext};
use crate::gateway::{PersonPrincipal, Standing};
use crate::platform::Platform;

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
            Standing::Member(tenant, ..) => Some(*tenant),
            Standing::Operator => None,
        }
    }

    /// Returns where the request came from.
    pub fn request(&self) -> &RequestInfo {
        &self.request
    }

    /// Returns the context of the tenant that the person is signed in to; none of an operator.
    pub fn context(&self) -> Option<TenantContext> {
        let Standing::Member(tenant, rights) = &self.principal.standing else {
            return None;
        };
        let context = TenantContext::new(
            self.platform.clone(),
            *tenant,
            Actor::Member(self.principal.person),
            self.request.clone(),
        );
        Some(context.with_rights(rights.clone()))
    }
}
