//! Preview links: a signed text that shows one tree of one website until its time is over.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use kernel::{ContentHash, WebsiteId};
use release::TreeId;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// What a preview link shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Preview {
    /// The website.
    pub website_id: WebsiteId,
    /// The tree.
    pub tree_id: TreeId,
    /// When the link ends.
    pub ends_at: Timestamp,
}

/// Bytes of a signature.
const SIGNATURE_BYTES: usize = 32;

/// Bytes of a block of SHA-256.
const BLOCK_BYTES: usize = 64;

/// A link's text, in bytes, at most.
const TOKEN_BYTES_MAX: usize = 512;

/// Signs and checks preview links.
#[derive(Clone)]
pub struct PreviewSealer {
    key: ContentHash,
}

impl PreviewSealer {
    /// Makes a sealer from a secret text.
    pub fn new(secret: &str) -> Self {
        Self {
            key: ContentHash::of_parts(&[b"hotswap preview", secret.as_bytes()]),
        }
    }

    /// Signs a preview.
    pub fn seal(&self, preview: &Preview) -> String {
        let text = serde_json::to_vec(preview).unwrap_or_default();
        let signature = self.mac(&text).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode([&signature[..], &text].concat())
    }

    /// Opens a link's text; `None` for one that we did not sign, or whose time is over.
    pub fn open(&self, token: &str, now: Timestamp) -> Option<Preview> {
        if token.len() > TOKEN_BYTES_MAX {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (signature, text) = bytes.split_first_chunk::<SIGNATURE_BYTES>()?;
        self.mac(text).verify_slice(signature).ok()?;
        let preview: Preview = serde_json::from_slice(text).ok()?;
        (now < preview.ends_at).then_some(preview)
    }

    fn mac(&self, text: &[u8]) -> Hmac<Sha256> {
        // HMAC fills a key up to its block with zeros (RFC 2104 §2).
        let mut block = [0; BLOCK_BYTES];
        for (place, byte) in block.iter_mut().zip(self.key.as_bytes()) {
            *place = *byte;
        }
        let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
        mac.update(text);
        mac
    }
}

impl fmt::Debug for PreviewSealer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PreviewSealer")
    }
}
