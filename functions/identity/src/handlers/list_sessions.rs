//! `GET /api/v1/auth/sessions`

use std::collections::BTreeSet;

use tenancy::records::SessionRecord;
use tenancy::{SignedIn, Slice, Stored};
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
    let after = paging.from.after.as_ref();
    let read = state.identity.sessions(&caller, after, paging.limit);
    let Slice { mut records, next } = read.await?;
    let origins = origins(&state, &caller, &records).await?;
    let now = state.identity.platform().now();
    records.retain(|session| {
        let origin = origins.iter().find(|one| Some(one.id) == session.origin);
        let mut memberships = memberships.iter();
        let of_tenant = memberships.find(|one| Some(one.tenant_id) == session.tenant_id);
        let membership = of_tenant.map(|stored| &stored.record);
        session.is_open(now) && !session.is_ended_by(&person, membership, origin)
    });
    let slice = Slice { records, next };
    Ok(paging.page(slice, |session| SessionView::of(&session, &person, &caller)))
}

/// Reads the sign-ins that others of a page were switched to from.
async fn origins(
    state: &state::State,
    caller: &SignedIn,
    page: &[Stored<SessionRecord>],
) -> Result<Vec<SessionRecord>, Problem> {
    let wanted: BTreeSet<_> = page.iter().filter_map(|session| session.origin).collect();
    let mut found = Vec::new();
    for origin in wanted {
        let seen = page.iter().find(|session| session.id == origin);
        let origin = match seen {
            Some(seen) => Some(seen.record.clone()),
            None => state
                .identity
                .session(caller.person(), origin)
                .await?
                .map(|stored| stored.record),
        };
        found.extend(origin);
    }
    Ok(found)
}
