//! `GET /api/v1/auth/tenants`

use futures_util::future::try_join_all;
use tenancy::{SignedIn, Slice};
use web::{Listed, Paging, Problem, State};

use crate::handlers::own::require_open;
use crate::state;
use crate::views::OwnTenantView;

/// Tenants that are read at once: a session begins for each, and the calls for that are limited over all functions.
const TENANTS_AT_ONCE: usize = 8;

/// Lists the tenants of which the person who asks is a member, by id.
pub(crate) async fn list_own_tenants(
    caller: SignedIn,
    State(state): State<state::State>,
    paging: Paging,
) -> Result<Listed<OwnTenantView>, Problem> {
    require_open(&state, &caller).await?;
    let after = paging.from.after.as_ref();
    let read = state.identity.tenants_of(&caller, after, paging.limit);
    let Slice { records, next } = read.await?;
    let mut tenants = Vec::with_capacity(records.len());
    for some in records.chunks(TENANTS_AT_ONCE) {
        let read = some.iter().map(|one| state.identity.tenant(one.tenant_id));
        tenants.extend(try_join_all(read).await?);
    }
    let mut tenants = tenants.into_iter();
    let slice = Slice { records, next };
    Ok(paging.page(slice, |membership| {
        let tenant = tenants.next().flatten();
        OwnTenantView::of(&membership, tenant.as_ref(), &caller)
    }))
}
