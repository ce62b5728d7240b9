//! Access tokens: signed with Ed25519 (RFC 8037) by a key that is made of the signing secret.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kernel::{ContentHash, text};
use tenancy::claims::{AccessClaims, TOKEN_TYPE};
use tenancy::records::PublicKey;

/// Bytes of the hash of a public key that name it.
const KID_BYTES: usize = 8;

/// Why there is no key or no token.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignError {
    /// The key cannot be written in the form that the signer reads.
    #[error("the signing key cannot be encoded")]
    Key(#[from] ed25519_dalek::pkcs8::Error),
    /// The token cannot be signed.
    #[error("an access token cannot be signed")]
    Token(#[from] jsonwebtoken::errors::Error),
}

/// Signs access tokens.
pub(crate) struct Signer {
    key: EncodingKey,
    public: PublicKey,
    issuer: String,
}

impl Signer {
    pub(crate) fn new(secret: &str, issuer: &str) -> Result<Self, SignError> {
        let seed = ContentHash::of_parts(&[b"hotswap signing key", secret.as_bytes()]);
        let key = SigningKey::from_bytes(seed.as_bytes());
        let public = key.verifying_key().to_bytes();
        let digest = ContentHash::of(&public);
        let kid = digest.as_bytes().get(..KID_BYTES).unwrap_or_default();
        Ok(Self {
            key: EncodingKey::from_ed_der(key.to_pkcs8_der()?.as_bytes()),
            public: PublicKey {
                kid: text::to_hex(kid),
                x: URL_SAFE_NO_PAD.encode(public),
            },
            issuer: issuer.to_owned(),
        })
    }

    /// Returns the key that verifies the tokens.
    pub(crate) fn public_key(&self) -> PublicKey {
        self.public.clone()
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    pub(crate) fn sign(&self, claims: &AccessClaims) -> Result<String, SignError> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TOKEN_TYPE.to_owned());
        header.kid = Some(self.public.kid.clone());
        Ok(jsonwebtoken::encode(&header, claims, &self.key)?)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Signer")
            .field("kid", &self.public.kid)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use browser::ACCESS_COOKIE;
    use kernel::limits::{ACCESS_TOKEN_BYTES_MAX, WEBSITE_ROLES_MAX};
    use kernel::{
        ContentHash, IdMint, ManualClock, PersonId, SeededEntropy, SessionId, TenantId, WebsiteId,
    };
    use tenancy::Role;
    use tenancy::claims::{AUDIENCE, AccessClaims, AuthenticationMethod};

    use super::Signer;

    /// A cookie's name and value, in bytes, as browsers keep them (RFC 6265bis §5.6).
    const COOKIE_BYTES_MAX: usize = 4_096;

    #[test]
    fn a_token_with_as_many_roles_as_can_be_is_no_longer_than_what_is_read() {
        let clock = ManualClock::at(jiff::Timestamp::UNIX_EPOCH);
        let entropy = SeededEntropy::new(1);
        let mint = IdMint::new(&clock, &entropy);
        let websites = (0..WEBSITE_ROLES_MAX).map(|_| (WebsiteId::mint(mint), Role::ContentEditor));
        let host = "a".repeat(kernel::limits::HOST_BYTES_MAX);
        let claims = AccessClaims {
            iss: format!("https://{host}"),
            aud: AUDIENCE.to_owned(),
            sub: PersonId::mint(mint),
            sid: SessionId::mint(mint),
            iat: i64::MAX,
            exp: i64::MAX,
            outs: u64::MAX,
            amr: vec![
                AuthenticationMethod::Pwd,
                AuthenticationMethod::Otp,
                AuthenticationMethod::Mfa,
            ],
            tenant: Some(TenantId::mint(mint)),
            role: Some(Role::ContentEditor),
            websites: websites.collect(),
            rights: Some(u64::MAX),
            operator: false,
            support: None,
            csrf: Some(ContentHash::of(b"")),
        };
        let signer = Signer::new("secret", &claims.iss).unwrap();
        let token = signer.sign(&claims).unwrap();
        assert_eq!(claims.websites.iter().count(), WEBSITE_ROLES_MAX);
        assert!(token.len() <= ACCESS_TOKEN_BYTES_MAX, "{}", token.len());
        let cookie = ACCESS_COOKIE.len() + token.len();
        assert!(cookie <= COOKIE_BYTES_MAX, "{cookie}");
    }
}
