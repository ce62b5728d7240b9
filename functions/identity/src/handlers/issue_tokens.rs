//! Making tokens for a sign-in.

use kernel::limits::ACCESS_TOKEN_LIFE_S;
use tenancy::claims::{AUDIENCE, AccessClaims, AuthenticationMethod};
use tenancy::records::{PersonRecord, PersonTenantRecord, SessionRecord};
use web::Problem;

use crate::state::State;
use crate::views::TokensView;

/// Makes the tokens of a sign-in of a person: as a member with `membership`, or as an operator without.
pub(super) fn issue_tokens(
    state: &State,
    session: &SessionRecord,
    person: &PersonRecord,
    membership: Option<&PersonTenantRecord>,
) -> Result<TokensView, Problem> {
    let now = state.identity.platform().now().as_second();
    let claims = AccessClaims {
        iss: state.signer.issuer().to_owned(),
        aud: AUDIENCE.to_owned(),
        sub: session.person_id,
        sid: session.id,
        iat: now,
        exp: now + ACCESS_TOKEN_LIFE_S,
        outs: session.sign_outs,
        amr: proved_with(session, person),
        tenant: session.tenant_id,
        role: membership.map(|membership| membership.role),
        websites: membership
            .map(|membership| membership.websites.clone())
            .unwrap_or_default(),
        rights: membership.map(|membership| membership.rights),
        operator: session.tenant_id.is_none(),
    };
    let access_token = state
        .signer
        .sign(&claims)
        .map_err(|error| Problem::internal(&error))?;
    Ok(TokensView {
        access_token,
        refresh_token: state.refresh_tokens.token(session),
        token_type: "Bearer",
        expires_in: ACCESS_TOKEN_LIFE_S,
    })
}

/// Returns how the person proved to be that person.
fn proved_with(session: &SessionRecord, person: &PersonRecord) -> Vec<AuthenticationMethod> {
    use AuthenticationMethod::{Mfa, Otp, Pwd};
    if session.has_second_factor(person) {
        vec![Pwd, Otp, Mfa]
    } else {
        vec![Pwd]
    }
}
