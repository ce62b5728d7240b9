//! Message authentication codes: proof that a message was written by somebody who has the key. It
//! must never know what a message says.
//!
//! A code is HMAC-SHA-256 (RFC 2104, FIPS 180-4): 32 bytes, never cut short. A key is 32 bytes, as
//! many as the hash gives, fewer than which RFC 2104 §3 discourages. It is derived from a secret
//! and a purpose, each with its length before it, so that one secret serves several purposes and
//! a code made for one is none for another. The secret has to be as hard to guess as a key:
//! nothing here slows down a guesser, so a password is no secret for it.
//!
//! A code is verified in constant time: how long that takes says nothing about where a forged one
//! begins to differ.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::ContentHash;

/// Bytes of a code.
pub const CODE_BYTES: usize = 32;

/// Bytes of a block of SHA-256.
const BLOCK_BYTES: usize = 64;

/// A key for the messages of one purpose.
#[derive(Clone)]
pub struct MacKey(ContentHash);

impl MacKey {
    /// Derives the key of a purpose, such as `hotswap preview`, from a secret.
    pub fn derive(purpose: &str, secret: &str) -> Self {
        let parts = [purpose.as_bytes(), secret.as_bytes()];
        Self(ContentHash::of_parts(&parts))
    }

    /// Returns the code of `message`: the same one for the same message.
    pub fn code(&self, message: &[u8]) -> [u8; CODE_BYTES] {
        self.begun(message).finalize().into_bytes().into()
    }

    /// Reports whether `code` is the code of `message`, in constant time.
    pub fn verifies(&self, message: &[u8], code: &[u8]) -> bool {
        self.begun(message).verify_slice(code).is_ok()
    }

    fn begun(&self, message: &[u8]) -> Hmac<Sha256> {
        // HMAC fills a key up to its block with zeros (RFC 2104 §2).
        let mut block = [0; BLOCK_BYTES];
        for (place, byte) in block.iter_mut().zip(self.0.as_bytes()) {
            *place = *byte;
        }
        <Hmac<Sha256> as KeyInit>::new(&block.into()).chain_update(message)
    }
}

impl fmt::Debug for MacKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("MacKey")
    }
}

#[cfg(test)]
mod tests {
    use super::MacKey;
    use crate::{ContentHash, text};

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 4231 §4.2: a key of 20 bytes, which zeros make as long as ours.
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        let code = MacKey(ContentHash::from_bytes(key)).code(b"Hi There");
        let expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
        assert_eq!(text::to_hex(&code), expected);
    }

    #[test]
    fn a_key_is_of_its_purpose_and_its_secret() {
        let key = MacKey::derive("purpose", "secret");
        let code = key.code(b"message");
        let expected = "c1eaebeb8473157042e52a1205315fa9232e1c911cd33746bdfde384ff2f1ee1";
        assert_eq!(text::to_hex(&code), expected, "it never changes");
        assert!(key.verifies(b"message", &code));
        for (purpose, secret) in [
            ("another", "secret"),
            ("purpose", "another"),
            ("purposes", "ecret"),
        ] {
            let other = MacKey::derive(purpose, secret);
            assert!(!other.verifies(b"message", &code), "{purpose} {secret}");
        }
    }

    #[test]
    fn nothing_but_the_whole_code_of_the_message_is_good() {
        let key = MacKey::derive("purpose", "secret");
        let code = key.code(b"message");
        assert!(!key.verifies(b"massage", &code));
        assert!(!key.verifies(b"message", &code[..31]));
        assert!(!key.verifies(b"message", &[&code[..], &[0]].concat()));
        assert!(!key.verifies(b"message", &[]));
        for place in 0..code.len() {
            let mut forged = code;
            forged[place] ^= 1;
            assert!(!key.verifies(b"message", &forged), "{place}");
        }
    }

    #[test]
    fn a_key_is_never_shown() {
        assert_eq!(
            format!("{:?}", MacKey::derive("purpose", "secret")),
            "MacKey"
        );
    }
}
