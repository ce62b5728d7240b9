//! Conditions on requests: which version is meant, and how often it may happen.

use http::{Method, header};
use kernel::ContentHash;
use kernel::limits::IDEMPOTENCY_KEY_BYTES_MAX;
use tenancy::Once;

use crate::extract::{Call, FromCall};
use crate::openapi::OperationDoc;
use crate::problem::{Problem, ProblemType};

/// The version of a resource that a request means: `If-Match` (RFC 9110 §13.1.1), without which
/// the request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IfMatch(Vec<String>);

impl IfMatch {
    /// Returns whether whatever the resource is now is meant.
    pub fn is_any(&self) -> bool {
        self.0.iter().any(|tag| tag == "*")
    }

    /// Refuses a request that means another version than the resource has.
    pub fn check(&self, version: u64) -> Result<(), Problem> {
        let current = etag(version);
        if self.is_any() || self.0.contains(&current) {
            Ok(())
        } else {
            Err(Problem::new(ProblemType::PreconditionFailed))
        }
    }
}

/// Returns the `ETag` of a version.
pub(crate) fn etag(version: u64) -> String {
    format!("\"{version}\"")
}

impl<S> FromCall<S> for IfMatch {
    fn from_call(call: &mut Call<S>) -> Result<Self, Problem> {
        let text = call
            .header(header::IF_MATCH.as_str())
            .ok_or_else(|| Problem::new(ProblemType::PreconditionRequired))?;
        Ok(Self(
            text.split(',').map(|tag| tag.trim().to_owned()).collect(),
        ))
    }

    fn describe(operation: &mut OperationDoc) {
        operation.header("If-Match", true, "The `ETag` of the version that is meant.");
        operation.refuses(&[
            ProblemType::PreconditionRequired,
            ProblemType::PreconditionFailed,
        ]);
    }
}

/// `If-Match` where it may be missing: then whatever the resource is now is meant.
impl<S> FromCall<S> for Option<IfMatch> {
    fn from_call(call: &mut Call<S>) -> Result<Self, Problem> {
        if call.headers.contains_key(header::IF_MATCH) {
            IfMatch::from_call(call).map(Some)
        } else {
            Ok(None)
        }
    }

    fn describe(operation: &mut OperationDoc) {
        operation.header(
            "If-Match",
            false,
            "The `ETag` of the version that is meant.",
        );
        operation.refuses(&[ProblemType::PreconditionFailed]);
    }
}

/// The request's `Idempotency-Key`, if it has one, bound to the caller and the operation and not to
/// the token: a new token does not make the request new.
#[derive(Debug, Clone, Copy)]
pub struct Idempotent(pub Option<Once>);

const KEY_HEADER: &str = "idempotency-key";

impl<S> FromCall<S> for Idempotent {
    fn from_call(call: &mut Call<S>) -> Result<Self, Problem> {
        if call.method != Method::POST || !call.headers.contains_key(KEY_HEADER) {
            return Ok(Self(None));
        }
        let key = call.header(KEY_HEADER).unwrap_or_default();
        // The gateway joins headers of the same name by commas: whoever sent two keys meant one.
        let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b',';
        let is_valid =
            !key.is_empty() && key.len() <= IDEMPOTENCY_KEY_BYTES_MAX && key.bytes().all(is_plain);
        if !is_valid {
            return Err(Problem::invalid_field(
                "header:Idempotency-Key",
                "must be one key of 1 to 255 visible ASCII characters without commas",
            ));
        }
        // A request that takes no body may have none, or an empty one.
        let body = match call.body.trim_ascii() {
            b"{}" => b"",
            body => body,
        };
        let place = call.place();
        let if_match = call.header(header::IF_MATCH.as_str()).unwrap_or_default();
        let digest = ContentHash::of_parts(&[
            call.caller.as_bytes(),
            call.operation.as_bytes(),
            place.as_bytes(),
            key.as_bytes(),
        ]);
        Ok(Self(Some(Once {
            digest,
            // A body may hold a password, and a plain hash of one can be guessed at.
            fingerprint: ContentHash::of_parts(&[key.as_bytes(), body, if_match.as_bytes()]),
        })))
    }

    fn describe(operation: &mut OperationDoc) {
        operation.header_of(
            "Idempotency-Key",
            "Makes the request happen once, however often it is sent within a day.",
            &serde_json::json!({
                "type": "string",
                "pattern": "^[!-+\\--~]+$",
                "minLength": 1,
                "maxLength": IDEMPOTENCY_KEY_BYTES_MAX,
            }),
        );
        operation.refuses(&[ProblemType::IdempotencyMismatch, ProblemType::Conflict]);
    }
}
