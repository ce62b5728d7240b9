//! Texts that only we can make.

use std::sync::LazyLock;

use bytes::Bytes;
use http::{Request, StatusCode, header};
use jiff::Timestamp;
use publication::PreviewSealer;
use serde_json::json;

use crate::host::{self, API};

/// Shows a token.
pub(crate) fn access_token(bytes: &[u8]) {
    let Ok(value) = http::HeaderValue::from_bytes(bytes) else {
        return;
    };
    host::with(|host| {
        let request = Request::get("/api/v1/tenant/profile")
            .header(header::HOST, API)
            .header(header::AUTHORIZATION, value.clone());
        let answer = host.ask(request.body(Bytes::new()).unwrap());
        let issued = format!("Bearer {}", host.owner.tokens.access);
        let is_issued = value.as_bytes().eq_ignore_ascii_case(issued.as_bytes());
        assert!(is_issued || answer.status() != StatusCode::OK, "{value:?}");
    });
}

/// Asks for new tokens, and ends a session.
pub(crate) fn refresh_token(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let body = json!({"refreshToken": text}).to_string();
    host::with(|host| {
        let ask = |path: &str| {
            let request = Request::post(path)
                .header(header::HOST, API)
                .header(header::CONTENT_TYPE, "application/json");
            host.ask(request.body(Bytes::from(body.clone())).unwrap())
        };
        let is_issued = text == host.owner.tokens.refresh.as_str();
        let answer = ask("/api/v1/auth/refresh");
        assert!(is_issued || answer.status() != StatusCode::OK, "{text}");
        ask("/api/v1/auth/logout");
    });
}

/// Follows a link, and ends a sign-in of which the password was right.
pub(crate) fn link_token(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let link = json!({ "token": text });
    let half = json!({ "mfaToken": text, "code": "000000" });
    host::with(|host| {
        for (path, body) in [
            ("/api/v1/auth/verify", &link),
            ("/api/v1/auth/invitations/lookup", &link),
            ("/api/v1/auth/mfa/verify", &half),
        ] {
            let request = Request::post(path)
                .header(header::HOST, API)
                .header(header::CONTENT_TYPE, "application/json");
            let answer = host.ask(request.body(Bytes::from(body.to_string())).unwrap());
            assert!(!answer.status().is_success(), "{path} took {text}");
        }
    });
}

/// The lists that have cursors, below a website and elsewhere.
const LISTS: [&str; 3] = ["/pages", "/releases", ""];

/// Asks for a list's next page.
pub(crate) fn cursor(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let mut query = url_encoded(text);
    query.insert_str(0, "cursor=");
    host::with(|host| {
        for list in LISTS {
            let path = if list.is_empty() {
                "/api/v1/websites".to_owned()
            } else {
                format!("{}{list}", host.owner.website)
            };
            let request = Request::get(format!("{path}?{query}"))
                .header(header::HOST, API)
                .header(
                    header::AUTHORIZATION,
                    format!("Bearer {}", host.owner.tokens.access),
                );
            let Ok(request) = request.body(Bytes::new()) else {
                return;
            };
            // Lists here have one page: no cursor is theirs.
            let answer = host.ask(request);
            let refused = [StatusCode::BAD_REQUEST, StatusCode::URI_TOO_LONG];
            assert!(refused.contains(&answer.status()), "{text}");
        }
    });
}

/// Writes a text as a query has it.
fn url_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

static SEALER: LazyLock<PreviewSealer> = LazyLock::new(|| PreviewSealer::new("a secret"));

/// Opens a preview's link.
pub(crate) fn preview_token(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let opened = SEALER.open(text, Timestamp::UNIX_EPOCH);
    assert!(opened.is_none(), "nobody else has the secret: {text}");
}
