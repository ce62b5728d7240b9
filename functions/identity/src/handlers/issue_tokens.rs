//! Making tokens for a sign-in.

use kernel::ContentHash;
use kernel::limits::ACCESS_TOKEN_LIFE_S;
use tenancy::claims::{AUDIENCE, AccessClaims, AuthenticationMethod};
use tenancy::records::{PersonRecord, PersonTenantRecord, SessionRecord};
use web::{Cookies, Either, Found, Problem};

use crate::handlers::cookies::kept;
use crate::state::State;
use crate::views::{TokensIn, TokensView};

/// Tokens, where they were asked for.
pub(crate) type Tokens = Either<Found<TokensView>, Cookies>;

/// Makes the tokens of a sign-in of a person: as a member with `membership`, or as an operator without.
pub(super) fn issue_tokens(
    state: &State,
    session: &SessionRecord,
    person: &PersonRecord,
    membership: Option<&PersonTenantRecord>,
    tokens_in: TokensIn,
) -> Result<Tokens, Problem> {
    let csrf = match tokens_in {
        TokensIn::Body => None,
        TokensIn::Cookies => Some(state.csrf_tokens.token(session.id)),
    };
    let claims = AccessClaims {
        csrf: csrf.as_ref().map(|csrf| ContentHash::of(csrf.as_bytes())),
        ..claims_of(state, session, person, membership)
    };
    let access_token = sign(state, &claims)?;
    let refresh_token = state.refresh_tokens.token(session);
    Ok(match csrf {
        Some(csrf) => Either::Right(kept(state, session, [access_token, refresh_token, csrf])),
        None => Either::Left(Found(TokensView {
            access_token,
            refresh_token,
            token_type: "Bearer",
            expires_in: ACCESS_TOKEN_LIFE_S,
        })),
    })
}

/// Signs an access token.
pub(super) fn sign(state: &State, claims: &AccessClaims) -> Result<String, Problem> {
    let token = state.signer.sign(claims);
    token.map_err(|error| Problem::internal(&error))
}

/// Returns what the access token of a sign-in claims that is made now, and is shown as a bearer token.
pub(super) fn claims_of(
    state: &State,
    session: &SessionRecord,
    person: &PersonRecord,
    membership: Option<&PersonTenantRecord>,
) -> AccessClaims {
    let now = state.identity.platform().now().as_second();
    AccessClaims {
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
        support: None,
        csrf: None,
    }
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
