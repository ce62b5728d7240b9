//! What a request shows as its credential.

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
    /// An API key.
    Key(&'a str),
    /// Something else.
    Unknown,
}

/// Finds the credential in the authorizer's event: an access token or an API key as a bearer token, or an API key in
/// its own header, and not both (RFC 6750 §2). The gateway writes header names in lower case and joins several
/// values of one by commas, which no credential has.
pub(crate) fn credential(payload: &Value) -> Credential<'_> {
    let header = |name: &str| payload.get("headers")?.get(name)?.as_str();
    match (header("authorization"), header("x-api-key")) {
        (None, None) => Credential::None,
        (Some(header), None) => bearer(header),
        (None, Some(key)) => Credential::Key(key.trim()),
        (Some(_), Some(_)) => Credential::Unknown,
    }
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

    use super::{Credential, credential};

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
}
