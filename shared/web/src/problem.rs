//! Refusals as RFC 9457 problem documents, of a closed list of types.

mod mapping;
mod registry;

use http::{HeaderValue, StatusCode, header};
use kernel::limits::{PROBLEM_ERRORS_MAX, PROBLEM_TEXT_CHARS_MAX};
use serde::Serialize;
use serde_json::{Map, Value, json};

pub use registry::{PROBLEM_PATH, ProblemType};

/// One thing that is wrong with a request's body, query or headers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Where: a JSON pointer into the body (RFC 6901), or `query:<name>` or `header:<name>`.
    pub pointer: String,
    /// What, for the person who sent it.
    pub detail: String,
}

impl FieldError {
    /// Says that what stands at `pointer` is wrong in the way that `detail` tells.
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            detail: detail.into(),
        }
    }
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    kind: ProblemType,
    detail: Option<String>,
    errors: Vec<FieldError>,
    members: Map<String, Value>,
    retry_after_s: Option<u32>,
}

impl Problem {
    /// Makes a refusal of `kind`.
    pub fn new(kind: ProblemType) -> Self {
        Self {
            kind,
            detail: None,
            errors: Vec::new(),
            members: Map::new(),
            retry_after_s: None,
        }
    }

    /// Refuses a request because of what its fields hold. What is wrong beyond a limit is not told:
    /// a refusal is no second copy of what was sent.
    pub fn invalid(mut errors: Vec<FieldError>) -> Self {
        errors.truncate(PROBLEM_ERRORS_MAX);
        for error in &mut errors {
            cut(&mut error.pointer);
            cut(&mut error.detail);
        }
        Self {
            errors,
            ..Self::new(ProblemType::ValidationFailed)
        }
    }

    /// Refuses a request because of what one field holds.
    pub fn invalid_field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError::new(pointer, detail)])
    }

    /// Says more about this one case, without any data of others.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        let mut detail = detail.into();
        cut(&mut detail);
        self.detail = Some(detail);
        self
    }

    /// Adds a member of its own to the document.
    #[must_use]
    pub fn member(mut self, name: &str, value: impl Serialize) -> Self {
        self.members.insert(name.to_owned(), json!(value));
        self
    }

    /// Says when to try again, in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// Logs a failure of ours and refuses with nothing of it in the answer.
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error = %Chain(error), "a request failed");
        Self::new(ProblemType::Internal)
    }

    /// Returns the type.
    pub fn kind(&self) -> ProblemType {
        self.kind
    }

    /// Returns the answer: `origin` is where the type's documentation is, `instance` the request.
    pub(crate) fn into_response(
        self,
        origin: &str,
        instance: &str,
    ) -> http::Response<axum::body::Body> {
        let status = self.kind.status();
        let mut document = self.members;
        document.insert(
            "type".to_owned(),
            json!(format!("{origin}{PROBLEM_PATH}/{}", self.kind)),
        );
        document.insert("title".to_owned(), json!(self.kind.title()));
        document.insert("status".to_owned(), json!(status.as_u16()));
        document.insert("instance".to_owned(), json!(instance));
        if let Some(detail) = self.detail {
            document.insert("detail".to_owned(), json!(detail));
        }
        if !self.errors.is_empty() {
            document.insert("errors".to_owned(), json!(self.errors));
        }
        let body = Value::Object(document).to_string();
        let mut response = http::Response::new(axum::body::Body::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// Shortens a text that is longer than problems tell.
fn cut(text: &mut String) {
    if let Some((end, _)) = text.char_indices().nth(PROBLEM_TEXT_CHARS_MAX) {
        text.truncate(end);
        text.push('\u{2026}');
    }
}

/// An error with all that caused it, for the log.
struct Chain<'a>(&'a (dyn std::error::Error + 'static));

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(formatter, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
