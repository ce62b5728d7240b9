//! The doors: `admit` for the gateway's requests, `resume` for delivered messages, `visit` (in
//! [`crate::visitor`]) for the public. Nothing else makes a context for an existing tenant.

use events::Envelope;
use kernel::TenantId;

use crate::abuse::{EGRESS, REFUSED};
use crate::actor::Actor;
use crate::audit::{Action, AuditRecord, ChangedField, Subject};
use crate::change::{Change, CommitError};
use crate::context::{RequestInfo, TenantContext};
use crate::gateway::{GatewayContext, Notice, Outcome, Principal, Refusal};
use crate::key::Key;
use crate::keys::{ApiKeyKey, TrafficKey};
use crate::platform::{Admission, Platform};
use crate::predicate::{Facts, Predicate};
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
        match principal(gateway, requested)? {
            Principal::Key { key, grant } => {
                let context = TenantContext::granted(self.clone(), grant, Actor::Key(key), request);
                Ok(Admission::Tenant(context))
            }
            Principal::Support(support) => {
                let actor = support.actor();
                let context = TenantContext::granted(self.clone(), support.grant, actor, request);
                Ok(Admission::Tenant(context))
            }
            Principal::Person(person) => SignedIn::new(self.clone(), person, request).admit(),
        }
    }

    /// Lets in whoever is signed in, wherever, for what concerns the person alone. As with [`Self::admit`]
    /// the tenant that a member's request names must be that of the credential. A program is nobody, and neither is
    /// an operator in a support session, in whose name ever.
    pub fn recognise(
        &self,
        gateway: &GatewayContext,
        requested: Option<&str>,
        request: RequestInfo,
    ) -> Result<SignedIn, Refusal> {
        match principal(gateway, requested)? {
            Principal::Key { .. } | Principal::Support(_) => Err(Refusal::PersonRequired),
            Principal::Person(person) => Ok(SignedIn::new(self.clone(), person, request)),
        }
    }

    /// Returns what a request is noted in that was refused for naming another tenant than that of its credential:
    /// nothing may be done in it.
    pub fn trail(&self, gateway: &GatewayContext, request: RequestInfo) -> Option<TenantContext> {
        let principal = principal(gateway, None).ok()?;
        let context = |tenant| TenantContext::new(self.clone(), tenant, principal.actor(), request);
        principal.tenant().map(context)
    }

    /// Writes down what was noticed, in the trail of the tenant whose credential it is about. Whoever used it may be
    /// many, or nobody who is known.
    pub async fn write_down(
        &self,
        notice: Notice,
        request: RequestInfo,
    ) -> Result<(), CommitError> {
        let at = |tenant| TenantContext::new(self.clone(), tenant, Actor::Visitor, request);
        let counted = |context: &TenantContext, field: &str, amount: u64| {
            let count = ChangedField {
                field: field.to_owned(),
                before: None,
                after: Some(amount.to_string()),
            };
            let subject = Subject {
                changes: vec![count],
                ..Subject::named(TrafficKey::ENTITY, context.tenant())
            };
            AuditRecord::new(context, Action::Overused, subject)
        };
        let (context, entry) = match notice {
            Notice::Misused(tenant, key) => {
                let context = at(tenant);
                let subject = Subject::named(ApiKeyKey::ENTITY, key);
                let entry = AuditRecord::new(&context, Action::Misused, subject);
                (context, entry)
            }
            Notice::Refused(tenant, requests) => {
                let context = at(tenant);
                let entry = counted(&context, REFUSED, requests);
                (context, entry)
            }
            Notice::Answered(tenant, bytes) => {
                let context = at(tenant);
                let entry = counted(&context, EGRESS, bytes);
                (context, entry)
            }
        };
        let change = Change::new(&context, entry.action).noting(entry);
        change.commit().await
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

/// Returns whose a request's credential is, if it is good and the request names no other tenant.
fn principal(gateway: &GatewayContext, requested: Option<&str>) -> Result<Principal, Refusal> {
    let principal = match &gateway.outcome {
        Outcome::Anonymous => return Err(Refusal::Unauthenticated),
        Outcome::Refused(refusal) => return Err(*refusal),
        Outcome::Authenticated(principal) => principal,
    };
    let facts = Facts::at_the_door(&gateway.outcome, requested);
    if Predicate::TenantIsolation.holds(&facts) {
        Ok(principal.clone())
    } else {
        Err(Refusal::TenantMismatch)
    }
}
