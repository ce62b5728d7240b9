//! What a request shows as its credential.

use browser::{ACCESS_COOKIE, CSRF_HEADER, Cookie, Sent};
use kernel::ContentHash;
use kernel::limits::ACCESS_TOKEN_BYTES_MAX;
use serde_json::Value;
use tenancy::api_keys::ApiKeyToken;

/// A credential.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Credential<'a> {
    /// There is none.
    None,
    /// An access token (RFC 6750 §2.1).
    Bearer(&'a str),
    /// An access token that a browser keeps.
    Cookie(&'a str),
    /// An API key.
    Key(&'a str),
    /// Something else.
    Unknown,
}

/// Finds the credential in the authorizer's event: an access token or an API key as a bearer token, or an API key in
/// its own header, and not both (RFC 6750 §2); and without either, an access token in a browser's cookie. The gateway
/// writes header names in lower case and joins several values of one by commas, which no credential has.
pub(crate) fn credential(payload: &Value) -> Credential<'_> {
    let header = |name: &str| header(payload, name);
    match (header("authorization"), header("x-api-key")) {
        (None, None) => match sent(payload).cookie(ACCESS_COOKIE) {
            Cookie::Missing => Credential::None,
            Cookie::One(token) if token.len() <= ACCESS_TOKEN_BYTES_MAX => {
                Credential::Cookie(token)
            }
            Cookie::One(_) | Cookie::Several => Credential::Unknown,
        },
        (Some(header), None) => bearer(header),
        (None, Some(key)) => Credential::Key(key.trim()),
        (Some(_), Some(_)) => Credential::Unknown,
    }
}

/// Returns whether what a browser asks may be done: because nothing changes, or because a page of `portal` asks that
/// has what the hash is of.
pub(crate) fn may_be_done(payload: &Value, portal: &str, csrf: &ContentHash) -> bool {
    let method = payload.pointer("/requestContext/http/method");
    let is_safe = method.and_then(Value::as_str).is_some_and(browser::is_safe);
    is_safe || sent(payload).is_proved(portal, |token| csrf.is_of(token.as_bytes()))
}

fn header<'a>(payload: &'a Value, name: &str) -> Option<&'a str> {
    payload.get("headers")?.get(name)?.as_str()
}

/// Returns what a browser sent beside the request. Its cookies stand apart from the headers, or if not, among them.
fn sent(payload: &Value) -> Sent<'_> {
    let cookies = payload.get("cookies").and_then(Value::as_array);
    let joined = header(payload, "cookie").filter(|_| cookies.is_none());
    let cookies = cookies.into_iter().flatten().filter_map(Value::as_str);
    let (origin, csrf) = (header(payload, "origin"), header(payload, CSRF_HEADER));
    Sent::new(cookies.chain(joined), origin, csrf)
}

fn bearer(header: &str) -> Credential<'_> {
    match header.split_once(' ') {
        Some((scheme, token))
            if scheme.eq_ignore_ascii_case("bearer") && token.len() <= ACCESS_TOKEN_BYTES_MAX =>
        {
            let token = token.trim();
            if ApiKeyToken::is_one(token) {
                Credential::Key(token)
            } else {
                Credential::Bearer(token)
            }
        }
        _ => Credential::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use kernel::ContentHash;

    use super::{Credential, credential, may_be_done};

    #[test]
    fn only_a_bearer_token_or_an_api_key_is_one() {
        for (header, expected) in [
            (json!("Bearer a.b.c"), Credential::Bearer("a.b.c")),
            (json!("bearer a.b.c"), Credential::Bearer("a.b.c")),
            (json!("Bearer hsk_a_b.c"), Credential::Key("hsk_a_b.c")),
            (json!("Basic YTpi"), Credential::Unknown),
            (json!("Bearer"), Credential::Unknown),
            (json!(""), Credential::Unknown),
            (json!(7), Credential::None),
        ] {
            let payload = json!({ "headers": { "authorization": header } });
            assert_eq!(credential(&payload), expected, "{payload}");
        }
        assert_eq!(credential(&json!({})), Credential::None);
        let own = json!({ "headers": { "x-api-key": "hsk_a_b.c" } });
        assert_eq!(credential(&own), Credential::Key("hsk_a_b.c"));
        let both = json!({ "headers": { "authorization": "Bearer a.b.c", "x-api-key": "k" } });
        assert_eq!(credential(&both), Credential::Unknown);
    }
    #[test]
    fn a_cookie_is_one_where_no_header_is() {
        for (payload, expected) in [
            (
                json!({ "cookies": ["a=b", "__Host-access=a.b.c"] }),
                Credential::Cookie("a.b.c"),
            ),
            (
                json!({ "headers": { "cookie": "a=b; __Host-access=a.b.c" } }),
                Credential::Cookie("a.b.c"),
            ),
            (
                json!({ "headers": { "cookie": "__Host-access=x" }, "cookies": ["__Host-access=a"] }),
                Credential::Cookie("a"),
            ),
            (
                json!({ "headers": { "authorization": "Bearer d" }, "cookies": ["__Host-access=a"] }),
                Credential::Bearer("d"),
            ),
            (
                json!({ "headers": { "x-api-key": "k" }, "cookies": ["__Host-access=a"] }),
                Credential::Key("k"),
            ),
            (
                json!({ "headers": { "authorization": "" }, "cookies": ["__Host-access=a"] }),
                Credential::Unknown,
            ),
            (
                json!({ "cookies": ["__Host-access=a", "__Host-access=a"] }),
                Credential::Unknown,
            ),
            (
                json!({ "cookies": [format!("__Host-access={}", "a".repeat(4_097))] }),
                Credential::Unknown,
            ),
            (json!({ "cookies": ["__host-access=a"] }), Credential::None),
            (json!({ "cookies": [7, null, {}] }), Credential::None),
            (json!({ "cookies": "__Host-access=a" }), Credential::None),
        ] {
            assert_eq!(credential(&payload), expected, "{payload}");
        }
    }

    #[test]
    fn with_a_cookie_only_the_portal_changes_anything() {
        const PORTAL: &str = "https://app.example.com";
        let csrf = ContentHash::of(b"t");
        let asked = |method: &str, origin: &str, shown: &str| {
            json!({
                "requestContext": { "http": { "method": method } },
                "headers": { "origin": origin, "x-csrf-token": shown },
                "cookies": [format!("__Host-csrf={shown}")],
            })
        };
        for (payload, expected) in [
            (asked("POST", PORTAL, "t"), true),
            (asked("POST", PORTAL, "u"), false),
            (asked("POST", "https://a.example.com", "t"), false),
            (asked("get", "null", "u"), false),
            (asked("GET", "null", "u"), true),
            (json!({}), false),
        ] {
            assert_eq!(may_be_done(&payload, PORTAL, &csrf), expected, "{payload}");
        }
    }
}
