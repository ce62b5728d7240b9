//! Sign-ins that a browser keeps in cookies, for pages of the portal alone.

use browser::{ACCESS_COOKIE, CSRF_COOKIE, Cookie, REFRESH_COOKIE};
use kernel::limits::ACCESS_TOKEN_LIFE_S;
use kernel::time::seconds_until;
use tenancy::records::SessionRecord;
use web::{Browser, Cookies, HostCookie, Problem, ProblemType};

use crate::domain::refresh::RefreshToken;
use crate::state::State;
use crate::views::{Refresh, TokensIn};

/// Refuses to put tokens into cookies for whoever is no page of the portal: another website must not sign anybody in,
/// neither.
pub(super) fn require_portal(
    state: &State,
    browser: &Browser,
    tokens_in: TokensIn,
) -> Result<(), Problem> {
    match tokens_in {
        TokensIn::Cookies if !browser.sent().is_from(&state.portal) => {
            Err(Problem::new(ProblemType::CrossSite))
        }
        TokensIn::Cookies | TokensIn::Body => Ok(()),
    }
}

/// Returns where the tokens are of whoever is signed in.
pub(super) fn carrier(browser: &Browser) -> TokensIn {
    if browser.is_credential() {
        TokensIn::Cookies
    } else {
        TokensIn::Body
    }
}

/// Finds the refresh token: in the body, or without one in the cookie, if a page of the portal asks that has the token
/// of the same sign-in. The error is `wrong` where it is not one of ours.
pub(super) fn shown(
    state: &State,
    browser: &Browser,
    body: Option<Refresh>,
    wrong: impl Fn() -> Problem,
) -> Result<(RefreshToken, TokensIn), Problem> {
    let tokens = &state.refresh_tokens;
    if let Some(body) = body {
        let token = tokens.read(&body.refresh_token).ok_or_else(wrong)?;
        return Ok((token, TokensIn::Body));
    }
    let sent = browser.sent();
    let token = match sent.cookie(REFRESH_COOKIE) {
        Cookie::One(token) => tokens.read(token).ok_or_else(wrong)?,
        Cookie::Several => return Err(wrong()),
        Cookie::Missing => {
            let missing = "is missing, and so is the cookie";
            return Err(Problem::invalid_field("/refreshToken", missing));
        }
    };
    let is_of = |csrf: &str| state.csrf_tokens.is_of(token.session, csrf);
    if sent.is_proved(&state.portal, is_of) {
        Ok((token, TokensIn::Cookies))
    } else {
        Err(Problem::new(ProblemType::CrossSite))
    }
}

/// Has a browser keep the access token, the refresh token and what goes with them, for as long as they are good.
pub(super) fn kept(
    state: &State,
    session: &SessionRecord,
    [access, refresh, csrf]: [String; 3],
) -> Cookies {
    let life_s = seconds_until(session.ends_at, state.identity.platform().now()).into();
    Cookies(vec![
        HostCookie::hidden(ACCESS_COOKIE, access, ACCESS_TOKEN_LIFE_S),
        HostCookie::hidden(REFRESH_COOKIE, refresh, life_s),
        HostCookie::readable(CSRF_COOKIE, csrf, life_s),
    ])
}

/// Has a browser forget a sign-in that was in its cookies.
pub(super) fn cleared(tokens_in: TokensIn) -> Cookies {
    let gone = |name| HostCookie::hidden(name, String::new(), 0);
    Cookies(match tokens_in {
        TokensIn::Body => Vec::new(),
        TokensIn::Cookies => vec![
            gone(ACCESS_COOKIE),
            gone(REFRESH_COOKIE),
            HostCookie::readable(CSRF_COOKIE, String::new(), 0),
        ],
    })
}
