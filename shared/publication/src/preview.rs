//! Preview links: a signed text that shows one tree of one website until its time is over.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use kernel::limits::PREVIEW_TOKEN_BYTES_MAX;
use kernel::mac::CODE_BYTES;
use kernel::{MacKey, WebsiteId};
use release::TreeId;
use serde::{Deserialize, Serialize};

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

/// Signs and checks preview links.
#[derive(Debug, Clone)]
pub struct PreviewSealer {
    key: MacKey,
}

impl PreviewSealer {
    /// Makes a sealer from a secret text.
    pub fn new(secret: &str) -> Self {
        Self {
            key: MacKey::derive("hotswap preview", secret),
        }
    }

    /// Signs a preview.
    pub fn seal(&self, preview: &Preview) -> String {
        let text = serde_json::to_vec(preview).unwrap_or_default();
        let code = self.key.code(&text);
        URL_SAFE_NO_PAD.encode([&code[..], &text].concat())
    }

    /// Opens a link's text; `None` for one that we did not sign, or whose time is over.
    pub fn open(&self, token: &str, now: Timestamp) -> Option<Preview> {
        if token.len() > PREVIEW_TOKEN_BYTES_MAX {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (code, text) = bytes.split_first_chunk::<CODE_BYTES>()?;
        if !self.key.verifies(text, code) {
            return None;
        }
        let preview: Preview = serde_json::from_slice(text).ok()?;
        (now < preview.ends_at).then_some(preview)
    }
}
