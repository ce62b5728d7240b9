//! What a page of the portal shows beside a sign-in that is in cookies. It is made of the sign-in by a keyed hash, so
//! nothing of it is stored, it is the same for as long as the sign-in lasts, and no other sign-in's.

use kernel::{MacKey, SessionId, text};

/// Makes and knows these tokens.
#[derive(Debug)]
pub(crate) struct CsrfTokens {
    key: MacKey,
}

impl CsrfTokens {
    pub(crate) fn new(secret: &str) -> Self {
        Self {
            key: MacKey::derive("hotswap csrf tokens", secret),
        }
    }

    /// Returns the token of a sign-in.
    pub(crate) fn token(&self, session: SessionId) -> String {
        text::to_hex(&self.key.code(session.to_string().as_bytes()))
    }

    /// Returns whether a token is that of the sign-in.
    pub(crate) fn is_of(&self, session: SessionId, token: &str) -> bool {
        let code = text::from_hex(token);
        let session = session.to_string();
        code.is_some_and(|code| self.key.verifies(session.as_bytes(), &code))
    }
}

#[cfg(test)]
mod tests {
    use kernel::{IdMint, ManualClock, SeededEntropy, SessionId};

    use super::CsrfTokens;

    #[test]
    fn a_token_is_of_one_sign_in_and_one_secret() {
        let clock = ManualClock::at(jiff::Timestamp::UNIX_EPOCH);
        let entropy = SeededEntropy::new(1);
        let mint = IdMint::new(&clock, &entropy);
        let (one, other) = (SessionId::mint(mint), SessionId::mint(mint));
        let tokens = CsrfTokens::new("secret");
        let token = tokens.token(one);
        assert_eq!(token, tokens.token(one));
        assert!(tokens.is_of(one, &token));
        assert!(!tokens.is_of(other, &token));
        assert!(!CsrfTokens::new("another").is_of(one, &token));
        for forged in ["", "0", "é", &token[1..], &token.to_uppercase()] {
            assert!(!tokens.is_of(one, forged), "{forged}");
        }
    }
}
