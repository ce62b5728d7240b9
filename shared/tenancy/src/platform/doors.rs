//! The doors: `admit` for the gateway's requests, `resume` for delivered messages, `visit` (in
//! [`crate::visitor`]) for the public. Nothing else makes a context for an existing tenant.

use events::Envelope;
use kernel::TenantId;

use crate::context::{Actor, RequestInfo, TenantContext};
use crate::gateway::{GatewayContext, Outcome, Refusal, Standing};
use crate::operator::OperatorContext;
use crate::platform::{Admission, Platform};
use crate::signed_in::SignedIn;

impl Platform {
    /// Lets a request in for which the authorizer answered. The credential is the authority;
    /// `requested`, the tenant that the request names, may only agree with it.
    pub fn admit(
        &self,
        gateway: &GatewayContext,
        requested: Option<&str>,
        request: RequestInfo,
    ) -> Result<Admission, Refusal> {
        let signed_in = self.recognise(gateway, requested, request)?;
        Ok(match signed_in.context() {
            Some(context) => Admission::Tenant(context),
            None => Admission::Operator(OperatorContext::new(
                self.clone(),
                signed_in.person(),
                signed_in.request().clone(),
            )),
        })
    }

    /// Lets in whoever is signed in, wherever, for what concerns the person alone. As with [`Self::admit`]
    /// the tenant that a member's request names must be that of the credential.
    pub fn recognise(
        &self,
        gateway: &GatewayContext,
        requested: Option<&str>,
        request: RequestInfo,
    ) -> Result<SignedIn, Refusal> {
        let principal = match &gateway.outcome {
            Outcome::Anonymous => return Err(Refusal::Unauthenticated),
            Outcome::Refused(refusal) => return Err(*refusal),
            Outcome::Authenticated(principal) => principal.clone(),
        };
        if let (Standing::Member(tenant, ..), Some(requested)) = (&principal.standing, requested)
            && requested != tenant.to_string()
        {
            return Err(Refusal::TenantMismatch);
        }
        Ok(SignedIn::new(self.clone(), principal, request))
    }

    /// Takes up a delivered message for the tenant it is about, as the platform itself. Only the
    /// batch runner for consumers may call this.
    pub fn resume(&self, consumer: &'static str, envelope: &Envelope) -> TenantContext {
        let request = RequestInfo::of_message(envelope.request_id.clone());
        TenantContext::new(
            self.clone(),
            envelope.tenant_id,
            Actor::System(consumer),
            request,
        )
    }

    /// Acts on a tenant for [`crate::identity::Identity`]: one that is founded, one of the person's own who
    /// asks, or one that a link names.
    pub(crate) fn found(
        &self,
        tenant: TenantId,
        actor: Actor,
        request: RequestInfo,
    ) -> TenantContext {
        TenantContext::new(self.clone(), tenant, actor, request)
    }
}
