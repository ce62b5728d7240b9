//! Redirects: entries of a tree that lead elsewhere. Their object is a small JSON document,
//! `{"to": "/new", "status": 301}`.

use http::StatusCode;
use serde::Deserialize;

/// Where an entry leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Redirect {
    /// A path of the same website, or an address elsewhere.
    pub(crate) to: String,
    /// How it leads there.
    pub(crate) status: StatusCode,
}

/// Why stored bytes are not a redirect.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RedirectError {
    /// The bytes are not the JSON of a redirect.
    #[error("the bytes are not a redirect")]
    Malformed(#[from] serde_json::Error),
    /// The status is not one that redirects.
    #[error("the status {0} does not redirect")]
    Status(u16),
    /// The address cannot stand in a header, or leads nowhere.
    #[error("the redirect's address cannot be used")]
    Address,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Stored {
    to: String,
    status: u16,
}

impl Redirect {
    /// Reads a redirect's object.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, RedirectError> {
        let stored: Stored = serde_json::from_slice(bytes)?;
        let status = match stored.status {
            301 => StatusCode::MOVED_PERMANENTLY,
            302 => StatusCode::FOUND,
            307 => StatusCode::TEMPORARY_REDIRECT,
            308 => StatusCode::PERMANENT_REDIRECT,
            other => return Err(RedirectError::Status(other)),
        };
        if is_address(&stored.to) {
            Ok(Self {
                to: stored.to,
                status,
            })
        } else {
            Err(RedirectError::Address)
        }
    }

    /// Tells whether it leads to the same website.
    pub(crate) fn is_local(&self) -> bool {
        self.to.starts_with('/')
    }
}

/// A browser reads `//host` and `/\host` as another host's address, so neither is a path.
fn is_address(text: &str) -> bool {
    let is_plain = |byte: u8| {
        byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'<' | b'>' | b'"' | b'`' | b'{' | b'}')
    };
    let is_path = text.starts_with('/') && !text.starts_with("//");
    let is_elsewhere = ["https://", "http://"].iter().any(|scheme| {
        text.strip_prefix(scheme)
            .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_alphanumeric()))
    });
    text.bytes().all(is_plain) && (is_path || is_elsewhere)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Redirect;

    #[test]
    fn only_addresses_that_lead_somewhere_are_read() {
        for (to, is_read) in [
            ("/", true),
            ("/new", true),
            ("/new?from=old#part", true),
            ("https://example.com/new", true),
            ("http://example.com", true),
            ("", false),
            ("new", false),
            ("//example.com", false),
            ("/\\example.com", false),
            ("https://", false),
            ("https:///example.com", false),
            ("https://@example.com", false),
            ("javascript:alert(1)", false),
            ("data:text/html,x", false),
            ("/new\r\nset-cookie: a=b", false),
            ("/new page", false),
            ("/é", false),
        ] {
            let bytes = json!({ "to": to, "status": 301 }).to_string();
            let read = Redirect::from_bytes(bytes.as_bytes());
            assert_eq!(read.is_ok(), is_read, "{to:?}");
        }
    }

    #[test]
    fn only_statuses_that_redirect_are_read() {
        for status in [200, 300, 301, 302, 303, 304, 305, 306, 307, 308, 309, 404] {
            let bytes = json!({ "to": "/new", "status": status }).to_string();
            let read = Redirect::from_bytes(bytes.as_bytes());
            assert_eq!(
                read.is_ok(),
                [301, 302, 307, 308].contains(&status),
                "{status}"
            );
        }
        assert!(Redirect::from_bytes(b"{\"to\":\"/new\",\"status\":301,\"x\":1}").is_err());
    }
}
