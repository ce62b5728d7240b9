//! `DELETE /api/v1/auth/sessions`

use tenancy::records::PersonTenantRecord;
use tenancy::{SignedIn, StorageError, Stored};
use web::{NoContent, Problem, State};

use crate::handlers::end_session::ATTEMPTS_MAX;
use crate::handlers::is_overtaken;
use crate::handlers::own::require_open;
use crate::state;

/// Signs the person who asks out everywhere, in every tenant and as an operator: refresh tokens at once,
/// access tokens within a minute. Where this sign-in is comes last, so that it can be said again where it
/// fails half way.
pub(crate) async fn end_sessions(
    caller: SignedIn,
    State(state): State<state::State>,
) -> Result<NoContent, Problem> {
    require_open(&state, &caller).await?;
    let (here, elsewhere): (Vec<_>, Vec<_>) = state
        .identity
        .memberships(caller.person())
        .await?
        .into_iter()
        .partition(|membership| Some(membership.tenant_id) == caller.tenant());
    if caller.tenant().is_some() {
        end_as_operator(&state, &caller).await?;
    }
    for membership in elsewhere.into_iter().chain(here) {
        end_in(&state, &caller, membership).await?;
    }
    if caller.tenant().is_none() {
        end_as_operator(&state, &caller).await?;
    }
    Ok(NoContent)
}

async fn end_as_operator(state: &state::State, caller: &SignedIn) -> Result<(), Problem> {
    for _ in 0..ATTEMPTS_MAX {
        let person = state.identity.person(caller.person()).await?;
        let Some(operator) = person.filter(|person| person.is_operator) else {
            return Ok(());
        };
        match state.identity.end_operator_sessions(&operator).await {
            Ok(()) => return Ok(()),
            Err(error) if is_overtaken(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StorageError::Contended.into())
}

async fn end_in(
    state: &state::State,
    caller: &SignedIn,
    membership: Stored<PersonTenantRecord>,
) -> Result<(), Problem> {
    let tenant = membership.tenant_id;
    let mut read = Some(membership);
    for _ in 0..ATTEMPTS_MAX {
        let Some(membership) = read else {
            return Ok(());
        };
        match state
            .identity
            .end_sessions_in(&membership, caller.request())
            .await
        {
            Ok(()) => return Ok(()),
            Err(error) if is_overtaken(&error) => {}
            Err(error) => return Err(error.into()),
        }
        read = state.identity.membership(caller.person(), tenant).await?;
    }
    Err(StorageError::Contended.into())
}
