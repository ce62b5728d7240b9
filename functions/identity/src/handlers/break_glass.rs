//! `POST /api/v1/auth/break-glass`

use kernel::limits::ACCESS_TOKEN_LIFE_S;
use kernel::{PersonId, SessionId};
use tenancy::WebsiteRoles;
use tenancy::claims::{AUDIENCE, AccessClaims};
use web::{Body, Found, Open, Problem, ProblemType, State};

use crate::handlers::issue_tokens::sign;
use crate::state;
use crate::views::{AccessView, BreakGlass};

/// Lets in as an operator whoever holds the key that is kept for when no operator can sign in, for as long as an
/// access token is good. Where the deployment has no such key, every one is wrong.
pub(crate) async fn break_glass(
    caller: Open,
    State(state): State<state::State>,
    Body(body): Body<BreakGlass>,
) -> Result<Found<AccessView>, Problem> {
    if !state.break_glass.is(&body.key) {
        tracing::warn!(
            event = "security.break_glass_refused",
            "another key was shown as the break-glass key"
        );
        return Err(Problem::new(ProblemType::InvalidCredentials));
    }
    let platform = state.identity.platform();
    let session = SessionId::mint(platform.mint());
    let now = platform.now().as_second();
    let token = sign(
        &state,
        &AccessClaims {
            iss: state.signer.issuer().to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: PersonId::BREAK_GLASS,
            sid: session,
            iat: now,
            exp: now + ACCESS_TOKEN_LIFE_S,
            outs: 0,
            amr: Vec::new(),
            tenant: None,
            role: None,
            websites: WebsiteRoles::default(),
            rights: None,
            operator: true,
            support: None,
            csrf: None,
        },
    )?;
    state.identity.break_glass(session, &caller.request).await?;
    tracing::error!(
        event = "security.break_glass",
        session.id = %session,
        "somebody came in with the break-glass key"
    );
    Ok(Found(AccessView::of(token)))
}
