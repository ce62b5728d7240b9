//! `GET /api/v1/auth/sessions`

use tenancy::{SignedIn, Slice};
use web::{Listed, Paging, Problem, State};

use crate::handlers::own::require_open;
use crate::state;
use crate::views::SessionView;

/// Lists where the person who asks is signed in, the newest sign-in first. Those that have ended are
/// left out, so that a page may hold fewer than it may and still have a next one.
pub(crate) async fn list_sessions(
    caller: SignedIn,
    State(state): State<state::State>,
    paging: Paging,
) -> Result<Listed<SessionView>, Problem> {
    let person = require_open(&state, &caller).await?.person;
    let memberships = state.identity.memberships(caller.person()).await?;
    let after = paging.after.as_ref();
    let read = state.identity.sessions(&caller, after, paging.limit);
    let Slice { mut records, next } = read.await?;
    let now = state.identity.platform().now();
    records.retain(|session| {
        let mut memberships = memberships.iter();
        let of_tenant = memberships.find(|one| Some(one.tenant_id) == session.tenant_id);
        let membership = of_tenant.map(|stored| &stored.record);
        session.is_open(now) && !session.is_ended_by(&person, membership)
    });
    let slice = Slice { records, next };
    Ok(paging.page(slice, |session| SessionView::of(&session, &caller)))
}
