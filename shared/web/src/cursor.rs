//! Cursors: sealed, so that nobody can make one, and bound to the tenant, the route and the filter
//! they came from, so that nobody can use one elsewhere.

use std::fmt;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use kernel::limits::{CURSOR_BYTES_MAX, CURSOR_LIFE_S};
use kernel::{ContentHash, Entropy, chance};
use tenancy::Position;

const NONCE_BYTES: usize = 12;
const INSTANT_BYTES: usize = 8;

/// Seals and opens cursors.
#[derive(Clone)]
pub struct CursorSealer {
    cipher: Aes256Gcm,
}

impl CursorSealer {
    /// Makes a sealer from a secret text.
    pub fn new(secret: &str) -> Self {
        let key = ContentHash::of_parts(&[b"hotswap cursor", secret.as_bytes()]);
        Self {
            cipher: Aes256Gcm::new(key.as_bytes().into()),
        }
    }

    /// Seals `position` for `scope`: good for a day.
    pub(crate) fn seal(
        &self,
        entropy: &dyn Entropy,
        now: Timestamp,
        scope: &ContentHash,
        position: &Position,
    ) -> Option<String> {
        let nonce = chance::random::<NONCE_BYTES>(entropy);
        let mut plain = (now.as_second() + CURSOR_LIFE_S).to_be_bytes().to_vec();
        plain.extend_from_slice(position.as_str().as_bytes());
        let payload = Payload {
            msg: &plain,
            aad: scope.as_bytes(),
        };
        let sealed = self.cipher.encrypt(&Nonce::from(nonce), payload).ok()?;
        Some(URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat()))
    }

    /// Opens a cursor; `None` for one that is not of this scope, was changed or has expired.
    pub(crate) fn open(&self, now: Timestamp, scope: &ContentHash, text: &str) -> Option<Position> {
        if text.len() > CURSOR_BYTES_MAX {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload {
            msg: sealed,
            aad: scope.as_bytes(),
        };
        let plain = self.cipher.decrypt(&Nonce::from(*nonce), payload).ok()?;
        let (ends_at, position) = plain.split_first_chunk::<INSTANT_BYTES>()?;
        if i64::from_be_bytes(*ends_at) < now.as_second() {
            return None;
        }
        String::from_utf8(position.to_vec())
            .ok()
            .map(Position::from_sealed)
    }
}

impl fmt::Debug for CursorSealer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CursorSealer")
    }
}
