//! Verifying access tokens (RFC 9068 §4): one algorithm, one issuer, one audience, one type, and
//! our own clock.

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use kernel::limits::ACCESS_TOKEN_LIFE_S;
use serde::Deserialize;
use tenancy::claims::{AUDIENCE, AccessClaims, Claimed, TOKEN_TYPE};

/// How far clocks may be apart, in seconds.
const LEEWAY_S: i64 = 10;

/// The header that our tokens have, and no member more: a token that points to a key of its own
/// (`jku`, `jwk`, `x5u`) or asks for an extension (`crit`, RFC 7515 §4.1.11) is none of ours.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
}

/// What came of a token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verified {
    /// It is good, and claims this.
    Good(Claimed, Box<AccessClaims>),
    /// It was good.
    Expired,
    /// It never was.
    Forged,
}

/// Returns the id of the key that a token names, if its header is one of ours.
pub(crate) fn kid(token: &str) -> Option<String> {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next()?).ok()?;
    let header: Header = serde_json::from_slice(&header).ok()?;
    (header.alg == "EdDSA" && header.typ == TOKEN_TYPE).then_some(header.kid)
}

/// Verifies a token.
pub(crate) fn verify(token: &str, key: &DecodingKey, issuer: &str, now: Timestamp) -> Verified {
    let mut rules = Validation::new(Algorithm::EdDSA);
    // The times are checked below, by the platform's clock.
    rules.validate_exp = false;
    rules.validate_nbf = false;
    rules.required_spec_claims = HashSet::new();
    rules.set_audience(&[AUDIENCE]);
    rules.set_issuer(&[issuer]);
    let Ok(data) = jsonwebtoken::decode::<AccessClaims>(token, key, &rules) else {
        return Verified::Forged;
    };
    let claims = data.claims;
    let now = now.as_second();
    let has_our_life = claims.exp.checked_sub(claims.iat) == Some(ACCESS_TOKEN_LIFE_S);
    let is_ours = claims.iss == issuer && claims.aud == AUDIENCE && has_our_life;
    match claims.claimed() {
        Some(_) if is_ours && now >= claims.exp.saturating_add(LEEWAY_S) => Verified::Expired,
        Some(claimed) if is_ours && claims.iat <= now.saturating_add(LEEWAY_S) => {
            Verified::Good(claimed, Box::new(claims))
        }
        _ => Verified::Forged,
    }
}

#[cfg(test)]
mod tests;
