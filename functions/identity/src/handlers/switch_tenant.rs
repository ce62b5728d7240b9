//! `POST /api/v1/auth/switch`

use tenancy::SignedIn;
use web::{Body, Found, Problem, State};

use crate::handlers::begin_session::begin_session;
use crate::handlers::log_in::membership_in;
use crate::handlers::own::require_open;
use crate::state;
use crate::views::{TenantChoice, TokensView};

/// Signs the person who asks in to another of the person's tenants, without a password. The sign-in that
/// it was asked with stays. The new one lasts no longer than that one may, and ends with it.
pub(crate) async fn switch_tenant(
    caller: SignedIn,
    State(state): State<state::State>,
    Body(choice): Body<TenantChoice>,
) -> Result<Found<TokensView>, Problem> {
    let open = require_open(&state, &caller).await?;
    let membership = membership_in(&state, caller.person(), choice.tenant_id).await?;
    let (from, request) = (Some(&open.session.record), caller.request().clone());
    begin_session(&state, &open.person, Some(&membership), from, request)
        .await
        .map(Found)
}
