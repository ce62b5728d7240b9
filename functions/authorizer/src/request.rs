//! What a request shows as its credential.

use kernel::limits::ACCESS_TOKEN_BYTES_MAX;
use serde_json::Value;

/// A credential.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Credential<'a> {
    /// There is none.
    None,
    /// A bearer token (RFC 6750 §2.1).
    Bearer(&'a str),
    /// Something else.
    Unknown,
}

/// Finds the credential in the authorizer's event. The gateway writes header names in lower case
/// and joins several values of one by commas, which no token has.
pub(crate) fn credential(payload: &Value) -> Credential<'_> {
    let Some(header) = payload
        .pointer("/headers/authorization")
        .and_then(Value::as_str)
    else {
        return Credential::None;
    };
    match header.split_once(' ') {
        Some((scheme, token))
            if scheme.eq_ignore_ascii_case("bearer") && token.len() <= ACCESS_TOKEN_BYTES_MAX =>
        {
            Credential::Bearer(token.trim())
        }
        _ => Credential::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Credential, credential};

    #[test]
    fn only_a_bearer_token_is_one() {
        for (header, expected) in [
            (json!("Bearer a.b.c"), Credential::Bearer("a.b.c")),
            (json!("bearer a.b.c"), Credential::Bearer("a.b.c")),
            (json!("Basic YTpi"), Credential::Unknown),
            (json!("Bearer"), Credential::Unknown),
            (json!(""), Credential::Unknown),
            (json!(7), Credential::None),
        ] {
            let payload = json!({ "headers": { "authorization": header } });
            assert_eq!(credential(&payload), expected, "{payload}");
        }
        assert_eq!(credential(&json!({})), Credential::None);
    }
}
