//! `DELETE /api/v1/auth/tenants/{tenant}`

use tenancy::{SignedIn, StorageError};
use web::{NoContent, Path, Problem, ProblemType, State};

use crate::handlers::ATTEMPTS_MAX;
use crate::handlers::members::{is_lost, refusal};
use crate::handlers::own::require_open;
use crate::state;
use crate::views::OwnTenantPath;

/// Ends the membership of the person who asks: refresh tokens at once, access tokens within a minute. The
/// other tenants of the person stay as they are.
pub(crate) async fn leave_tenant(
    caller: SignedIn,
    State(state): State<state::State>,
    Path(path): Path<OwnTenantPath>,
) -> Result<NoContent, Problem> {
    require_open(&state, &caller).await?;
    for attempt in 0..ATTEMPTS_MAX {
        match state.identity.leave(&caller, path.tenant).await {
            Ok(true) => return Ok(NoContent),
            // One that ended meanwhile was there when this was asked for.
            Ok(false) if attempt > 0 => return Ok(NoContent),
            Ok(false) => return Err(Problem::new(ProblemType::NotFound)),
            Err(error) if is_lost(&error) => {}
            Err(error) => return Err(refusal(error)),
        }
    }
    Err(StorageError::Contended.into())
}
