//! `POST /api/v1/auth/password/reset`

use tenancy::links::Link;
use tenancy::password;
use tenancy::records::{PersonByEmailRecord, PersonRecord};
use web::{Body, NoContent, Open, Problem, ProblemType, State};

use crate::handlers::sign_out_everywhere::{Asked, sign_out_everywhere};
use crate::handlers::{check_password, link_expired};
use crate::state;
use crate::views::PasswordReset;

/// Gives whoever followed the link another password, once, and signs the person out everywhere. The link came
/// to the person's address, so that the address is proved with it, and the person can sign in from there
/// whatever others tried.
pub(crate) async fn reset_password(
    caller: Open,
    State(state): State<state::State>,
    Body(body): Body<PasswordReset>,
) -> Result<NoContent, Problem> {
    let mut errors = Vec::new();
    check_password("/newPassword", &body.new_password, &mut errors);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let Some(Link::Reset {
        person,
        resets,
        ends_at,
    }) = state.links.read(&body.token)
    else {
        return Err(link_expired());
    };
    let platform = state.identity.platform();
    let now = platform.now();
    let before = state.identity.person(person).await?;
    let before = before.filter(|before| before.resets == resets && now < ends_at);
    let before = before.ok_or_else(link_expired)?;
    let email = PersonByEmailRecord::digest(&before.email);
    state.identity.proved(email, &caller.request).await?;
    let password_hash = password::hash_apart(&body.new_password, platform.entropy()).await?;
    let asked = Asked {
        tenant: None,
        request: &caller.request,
        over: ProblemType::LinkExpired,
    };
    sign_out_everywhere(&state, asked, before, |person| PersonRecord {
        password_hash: password_hash.clone(),
        verified_at: person.verified_at.or(Some(now)),
        resets: resets.saturating_add(1),
        ..person
    })
    .await?;
    Ok(NoContent)
}
