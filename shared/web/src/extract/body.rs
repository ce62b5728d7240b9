//! JSON bodies, read strictly.

use http::{HeaderMap, header};
use kernel::limits::BODY_BYTES_MAX;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use crate::extract::{Call, FromCall};
use crate::openapi::OperationDoc;
use crate::problem::{Problem, ProblemType};
use crate::strict::{self, Refused};

/// A JSON body.
#[derive(Debug)]
pub struct Body<T>(pub T);

/// A JSON body that may be missing.
#[derive(Debug)]
pub struct OptionalBody<T>(pub Option<T>);

const PROBLEMS: &[ProblemType] = &[
    ProblemType::MalformedRequest,
    ProblemType::PayloadTooLarge,
    ProblemType::UnsupportedMediaType,
    ProblemType::ValidationFailed,
];

impl<S, T: DeserializeOwned + ToSchema + Send> FromCall<S> for Body<T> {
    fn from_call(call: &mut Call<S>) -> Result<Self, Problem> {
        read(call).map(Self)
    }

    fn describe(operation: &mut OperationDoc) {
        operation.body::<T>(true);
        operation.refuses(PROBLEMS);
    }
}

impl<S, T: DeserializeOwned + ToSchema + Send> FromCall<S> for OptionalBody<T> {
    fn from_call(call: &mut Call<S>) -> Result<Self, Problem> {
        if call.body.is_empty() {
            call.is_body_taken = true;
            return Ok(Self(None));
        }
        read(call).map(|value| Self(Some(value)))
    }

    fn describe(operation: &mut OperationDoc) {
        operation.body::<T>(false);
        operation.refuses(PROBLEMS);
    }
}

fn read<S, T: DeserializeOwned>(call: &mut Call<S>) -> Result<T, Problem> {
    call.is_body_taken = true;
    if call.body.len() > BODY_BYTES_MAX {
        return Err(Problem::new(ProblemType::PayloadTooLarge));
    }
    if !is_json(&call.headers) || !is_plain(&call.headers) {
        return Err(Problem::new(ProblemType::UnsupportedMediaType));
    }
    strict::read(&call.body).map_err(|refused| match refused {
        Refused::Unreadable { line, column } => Problem::new(ProblemType::MalformedRequest)
            .detail(format!("cannot be read at line {line}, column {column}")),
        Refused::Invalid(error) => Problem::invalid(vec![error]),
    })
}

/// Returns whether a body is declared as JSON in UTF-8, the only text that JSON is (RFC 8259 §8.1).
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let Some(kind) = kind.and_then(|kind| kind.to_str().ok()) else {
        return false;
    };
    let mut parts = kind.split(';').map(str::trim);
    let is_json = parts
        .next()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    is_json
        && parts
            .filter_map(|part| part.split_once('='))
            .filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
            .all(|(_, charset)| {
                let charset = charset.trim().trim_matches('"');
                charset.eq_ignore_ascii_case("utf-8")
            })
}

/// Returns whether a body is as it is: nothing here unpacks one (RFC 9110 §8.4).
fn is_plain(headers: &HeaderMap) -> bool {
    let coding = headers.get(header::CONTENT_ENCODING);
    coding.is_none_or(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, header};

    use super::{is_json, is_plain};

    #[test]
    fn only_json_in_utf_8_is_json() {
        for (kind, expected) in [
            ("application/json", true),
            ("Application/JSON ; charset=\"UTF-8\"", true),
            ("application/json;", true),
            ("application/json; profile=x", true),
            ("application/json; charset=utf-16", false),
            ("application/json, text/plain", false),
            ("application/jsonx", false),
            ("text/json", false),
            ("", false),
        ] {
            let value = HeaderValue::from_static(kind);
            let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, value)]);
            assert_eq!(is_json(&headers), expected, "{kind}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }

    #[test]
    fn a_packed_body_is_told_from_a_plain_one() {
        for (coding, expected) in [("identity", true), ("gzip", false), ("", false)] {
            let value = HeaderValue::from_static(coding);
            let headers = HeaderMap::from_iter([(header::CONTENT_ENCODING, value)]);
            assert_eq!(is_plain(&headers), expected, "{coding}");
        }
        assert!(is_plain(&HeaderMap::new()));
    }
}
