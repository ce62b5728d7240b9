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
pub struct IfMatch(Meant);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Meant {
    /// Whatever the resource is now.
    Any,
    /// One of these; a weak tag stands for no version.
    Tags(Vec<String>),
}

impl IfMatch {
    /// Returns whether whatever the resource is now is meant.
    pub fn is_any(&self) -> bool {
        self.0 == Meant::Any
    }

    /// Refuses a request that means another version than the resource has.
    pub fn check(&self, version: u64) -> Result<(), Problem> {
        let is_meant = match &self.0 {
            Meant::Any => true,
            Meant::Tags(tags) => tags.contains(&etag(version)),
        };
        if is_meant {
            Ok(())
        } else {
            Err(Problem::new(ProblemType::PreconditionFailed))
        }
    }

    fn describe_header(operation: &mut OperationDoc, is_required: bool) {
        let tag = r#"(W/)?"[!#-~]*""#;
        operation.header(
            "If-Match",
            is_required,
            "The `ETag` of the version that is meant, or several; `*` for whatever there is now.",
            &serde_json::json!({
                "type": "string",
                "minLength": 1,
                "pattern": format!(r"^[ \t]*(\*|{tag}([ \t]*,[ \t]*{tag})*)[ \t]*$"),
            }),
        );
    }

    /// Reads `*`, or tags with commas between them (RFC 9110 §8.8.3); `None` for anything else.
    fn parse(text: &str) -> Option<Self> {
        let mut rest = text.trim_matches(SPACE);
        if rest == "*" {
            return Some(Self(Meant::Any));
        }
        let mut tags = Vec::new();
        loop {
            let strong = rest.strip_prefix("W/").unwrap_or(rest);
            let (tag, after) = strong.strip_prefix('"')?.split_once('"')?;
            if !tag.bytes().all(|byte| byte.is_ascii_graphic()) {
                return None;
            }
            if strong.len() == rest.len() {
                tags.push(format!("\"{tag}\""));
            }
            rest = after.trim_start_matches(SPACE);
            match rest.strip_prefix(',') {
                Some(next) => rest = next.trim_start_matches(SPACE),
                None if rest.is_empty() => return Some(Self(Meant::Tags(tags))),
                None => return None,
            }
        }
    }
}

/// White space between the parts of a header (RFC 9110 §5.6.3).
const SPACE: [char; 2] = [' ', '\t'];

/// Returns the `ETag` of a version.
pub(crate) fn etag(version: u64) -> String {
    format!("\"{version}\"")
}

impl<S> FromCall<S> for IfMatch {
    fn from_call(call: &mut Call<S>) -> Result<Self, Problem> {
        let Some(value) = call.headers.get(header::IF_MATCH) else {
            return Err(Problem::new(ProblemType::PreconditionRequired));
        };
        value.to_str().ok().and_then(Self::parse).ok_or_else(|| {
            Problem::invalid_field(
                "header:If-Match",
                "must be `*`, or entity tags in quotes with commas between them",
            )
        })
    }

    fn describe(operation: &mut OperationDoc) {
        IfMatch::describe_header(operation, true);
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
        IfMatch::describe_header(operation, false);
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
        operation.header(
            "Idempotency-Key",
            false,
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

#[cfg(test)]
mod tests {
    use super::IfMatch;

    #[test]
    fn a_list_of_tags_is_read_and_nothing_else() {
        for (text, is_any, is_met) in [
            ("*", true, true),
            (" * ", true, true),
            ("\"7\"", false, true),
            ("\"1\" , \"7\"", false, true),
            ("W/\"1\",\t\"7\"", false, true),
            ("\"a,b\",\"7\"", false, true),
            ("W/\"7\"", false, false),
            ("\"8\"", false, false),
            ("\"\"", false, false),
        ] {
            let read = IfMatch::parse(text).unwrap();
            assert_eq!(read.is_any(), is_any, "{text}");
            assert_eq!(read.check(7).is_ok(), is_met, "{text}");
        }
        for text in [
            "",
            " ",
            ",",
            "7",
            "\"7",
            "7\"",
            "w/\"7\"",
            "W/7",
            "**",
            "*, \"7\"",
            "\"7\", *",
            "\"7\",",
            "\"7\" \"8\"",
            "\"7\",,\"8\"",
            "\" 7\"",
            "\"\u{7f}\"",
        ] {
            assert_eq!(IfMatch::parse(text), None, "{text}");
        }
    }
}
