//! Who asks: permits for guarded routes, the bare caller for open ones.

use http::HeaderMap;
use tenancy::{
    Admission, GatewayContext, OperatorPermission, OperatorPermit, Permission, Permit, Refusal,
    RequestInfo, SignedIn, TenantContext,
};

use crate::extract::{Call, FromCall};
use crate::openapi::OperationDoc;
use crate::problem::{Problem, ProblemType};
use crate::routes::Guarded;

/// The header by which a request names the tenant it means.
const TENANT_HEADER: &str = "x-tenant-id";

/// How paths call the website that they lead to: a permit is for that one alone.
const WEBSITE: &str = "website";

/// A caller who was not asked for a credential.
#[derive(Debug, Clone)]
pub struct Open {
    /// Where the request came from.
    pub request: RequestInfo,
    gateway: GatewayContext,
    requested: Option<String>,
}

impl Open {
    /// Lets the caller in all the same, where what is asked for turns out to need it.
    pub fn admit(&self, platform: &tenancy::Platform) -> Result<TenantContext, Problem> {
        let admission = platform.admit(
            &self.gateway,
            self.requested.as_deref(),
            self.request.clone(),
        )?;
        match admission {
            Admission::Tenant(context) => Ok(context),
            Admission::Operator(_) => Err(Refusal::TenantRequired.into()),
        }
    }
}

/// Returns what a request names as its tenant. What is no text names none, which is another one than
/// any credential's.
pub(crate) fn requested(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(TENANT_HEADER)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// Lets a request in that names the tenant of its credential, or none, by `door`. One who is refused for naming
/// another tenant is noted as who asks, for the trail.
fn enter<S, T>(
    call: &mut Call<S>,
    door: impl Fn(&Call<S>, Option<&str>) -> Result<T, Refusal>,
) -> Result<T, Problem> {
    let requested = requested(&call.headers);
    let entered = door(call, requested.as_deref());
    if matches!(entered, Err(Refusal::TenantMismatch)) {
        call.tenant = call.platform.trail(&call.gateway, call.request.clone());
    }
    Ok(entered?)
}

fn admit<S>(call: &Call<S>, requested: Option<&str>) -> Result<Admission, Refusal> {
    let request = call.request.clone();
    call.platform.admit(&call.gateway, requested, request)
}

fn recognise<S>(call: &Call<S>, requested: Option<&str>) -> Result<SignedIn, Refusal> {
    let request = call.request.clone();
    call.platform.recognise(&call.gateway, requested, request)
}

impl<S> FromCall<S> for Open {
    fn from_call(call: &mut Call<S>) -> Result<Self, Problem> {
        Ok(Self {
            request: call.request.clone(),
            gateway: call.gateway.clone(),
            requested: requested(&call.headers),
        })
    }

    fn describe(operation: &mut OperationDoc) {
        operation.permission = "open";
    }
}

impl<S, P: Permission> FromCall<S> for Permit<P> {
    fn from_call(call: &mut Call<S>) -> Result<Self, Problem> {
        let Admission::Tenant(context) = enter(call, admit)? else {
            return Err(Refusal::TenantRequired.into());
        };
        let (tenant, actor) = (context.tenant(), context.actor());
        call.caller = match actor.impersonator() {
            None => format!("{tenant}/{actor}"),
            // What is repeated under a key of the one is no repetition of the other's.
            Some(impersonator) => format!("{tenant}/{actor}/{impersonator}"),
        };
        let permit = match call.path.get(WEBSITE) {
            None => context.permit(),
            Some(website) => context.permit_on(website.parse().ok()),
        };
        call.tenant = Some(context);
        Ok(permit?)
    }

    fn describe(operation: &mut OperationDoc) {
        operation.permission = P::NAME;
        operation.least_role = P::LEAST_ROLE.name();
        operation.refuses(&[
            ProblemType::Unauthenticated,
            ProblemType::TokenExpired,
            ProblemType::TenantRequired,
            ProblemType::TenantInactive,
            ProblemType::FeatureUnavailable,
            ProblemType::MfaRequired,
        ]);
        operation.refuses(&[ProblemType::Forbidden]);
    }
}

impl<P: Permission> Guarded for Permit<P> {}

impl<S, P: OperatorPermission> FromCall<S> for OperatorPermit<P> {
    fn from_call(call: &mut Call<S>) -> Result<Self, Problem> {
        match admit(call, None)? {
            Admission::Operator(operator) => {
                call.caller = format!("operator/{}", operator.person());
                Ok(operator.permit())
            }
            Admission::Tenant(_) => Err(Refusal::OperatorRequired.into()),
        }
    }

    fn describe(operation: &mut OperationDoc) {
        operation.permission = P::NAME;
        operation.least_role = OPERATOR;
        operation.refuses(&[
            ProblemType::Unauthenticated,
            ProblemType::TokenExpired,
            ProblemType::TenantInactive,
            ProblemType::FeatureUnavailable,
            ProblemType::MfaRequired,
            ProblemType::Forbidden,
        ]);
    }
}

impl<P: OperatorPermission> Guarded for OperatorPermit<P> {}

impl<S> FromCall<S> for SignedIn {
    fn from_call(call: &mut Call<S>) -> Result<Self, Problem> {
        let caller = enter(call, recognise)?;
        // What is a person's own is no tenant's: an id of somebody else is as good as none.
        call.caller = format!("person/{}", caller.person());
        Ok(caller)
    }

    fn describe(operation: &mut OperationDoc) {
        operation.permission = "own";
        operation.least_role = SIGNED_IN;
        operation.refuses(&[
            ProblemType::Unauthenticated,
            ProblemType::TokenExpired,
            ProblemType::TenantInactive,
            ProblemType::FeatureUnavailable,
            ProblemType::Forbidden,
        ]);
    }
}

impl Guarded for SignedIn {}

/// How charts call everybody who is signed in, in a tenant or as an operator.
const SIGNED_IN: &str = "signedIn";

/// How charts call those who run the platform; above every role of a tenant.
const OPERATOR: &str = "operator";

#[cfg(test)]
mod tests {
    #[test]
    fn no_role_of_a_tenant_is_called_like_those_of_the_platform() {
        for name in [super::OPERATOR, super::SIGNED_IN] {
            assert!(tenancy::Role::ALL.iter().all(|role| role.name() != name));
        }
    }
}
