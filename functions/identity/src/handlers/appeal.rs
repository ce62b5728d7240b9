//! `POST /api/v1/auth/appeals`

use kernel::limits::APPEAL_CHARS_MAX;
use tenancy::links::Link;
use web::{Body, NoContent, Open, Problem, State};

use crate::handlers::{link_expired, persist};
use crate::state;
use crate::views::Appeal;

/// Appeals against the suspension of a tenant, by the link that those who run it got: once, whoever of them it is.
/// Operators find it with the tenant.
pub(crate) async fn appeal(
    caller: Open,
    State(state): State<state::State>,
    Body(body): Body<Appeal>,
) -> Result<NoContent, Problem> {
    let text = body.text.trim();
    if text.is_empty() || text.chars().count() > APPEAL_CHARS_MAX {
        let detail = format!("must have 1 to {APPEAL_CHARS_MAX} characters");
        return Err(Problem::invalid_field("/text", detail));
    }
    let Some(Link::Appeal {
        tenant,
        person,
        suspended_at,
    }) = state.links.read(&body.token)
    else {
        return Err(link_expired());
    };
    let suspension = (tenant, suspended_at);
    let appealed = || {
        state
            .identity
            .appeal(person, suspension, text, &caller.request)
    };
    if persist(appealed).await? {
        Ok(NoContent)
    } else {
        Err(link_expired())
    }
}
