//! `POST /api/v1/auth/switch`

use tenancy::SignedIn;
use web::{Body, Browser, Problem, State};

use crate::handlers::begin_session::begin_session;
use crate::handlers::cookies::carrier;
use crate::handlers::issue_tokens::Tokens;
use crate::handlers::log_in::membership_in;
use crate::handlers::own::require_open;
use crate::state;
use crate::views::TenantChoice;

/// Signs the person who asks in to another of the person's tenants, without a password. The sign-in that
/// it was asked with stays, though where it was in cookies, those of the new one take their place. The new one lasts no longer than that one may, and ends with it.
pub(crate) async fn switch_tenant(
    caller: SignedIn,
    State(state): State<state::State>,
    browser: Browser,
    Body(choice): Body<TenantChoice>,
) -> Result<Tokens, Problem> {
    let open = require_open(&state, &caller).await?;
    let membership = membership_in(&state, caller.person(), choice.tenant_id).await?;
    let (from, request) = (Some(&open.session.record), caller.request().clone());
    let (membership, tokens_in) = (Some(&membership), carrier(&browser));
    begin_session(&state, &open.person, membership, from, request, tokens_in).await
}
