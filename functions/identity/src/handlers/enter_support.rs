//! `POST /api/v1/admin/support-sessions/{support}/token`

use kernel::PersonId;
use tenancy::OperatorPermit;
use tenancy::claims::{AccessClaims, SupportClaim};
use tenancy::keys::SupportKey;
use tenancy::permission::SupportTenants;
use web::{Body, Found, Path, Problem, ProblemType, State};

use crate::handlers::issue_tokens::{claims_of, sign};
use crate::handlers::own::require_open_of;
use crate::state;
use crate::views::{AccessView, SupportEntry, SupportPath};

/// Lets an operator into a tenant that let operators in. The token is good for as long as access tokens are, and no
/// longer than the support session; as long as that is open, there is another one. Whoever came in with the
/// break-glass key is let into no tenant: two people are to be known by name there.
pub(crate) async fn enter_support(
    permit: OperatorPermit<SupportTenants>,
    State(state): State<state::State>,
    Path(path): Path<SupportPath>,
    Body(entry): Body<SupportEntry>,
) -> Result<Found<AccessView>, Problem> {
    if permit.person() == PersonId::BREAK_GLASS {
        return Err(Problem::new(ProblemType::Forbidden));
    }
    let open = require_open_of(&state, permit.person(), permit.session()).await?;
    let (tenant, now) = (entry.tenant_id, permit.now());
    let support = permit.support_session(tenant, path.support).await?;
    let support = support.ok_or_else(|| Problem::new(ProblemType::NotFound))?;
    if !support.is_open(now) {
        let detail = "the support session is over";
        return Err(Problem::new(ProblemType::Conflict).detail(detail));
    }
    let claims = AccessClaims {
        tenant: Some(tenant),
        operator: false,
        support: Some(SupportClaim {
            id: support.id,
            by: support.created_by,
            end: support.ends_at.as_second(),
            may_change: support.may_change,
        }),
        ..claims_of(&state, &open.session, &open.person, None)
    };
    let token = sign(&state, &claims)?;
    match permit.enter(tenant, &support).await {
        Ok(()) => Ok(Found(AccessView::of(token).until(support.ends_at, now))),
        Err(error) if error.refused::<SupportKey>() => {
            let detail = "the support session was ended just now";
            Err(Problem::new(ProblemType::Conflict).detail(detail))
        }
        Err(error) => Err(error.into()),
    }
}
