//! The AWS JSON protocols: requests and answers of services that are told apart by a header. It
//! must never know what any operation does.

use bytes::Bytes;
use http::{HeaderValue, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::services::ServicesError;
use crate::services::protocol::answer;

const CONTENT_TYPE: &str = "application/x-amz-json-1.0";

/// A refused request, as AWS words it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    status: u16,
    kind: String,
    message: String,
    query_error: Option<&'static str>,
}

impl Failure {
    /// Makes a failure of `kind`, which is a shape's name with or without its namespace.
    pub(crate) fn new(status: u16, kind: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            kind: kind.to_owned(),
            message: message.into(),
            query_error: None,
        }
    }

    /// Adds the code that the service's former query protocol had, which SDKs still read.
    pub(crate) fn with_query_error(mut self, code: &'static str) -> Self {
        self.query_error = Some(code);
        self
    }

    /// Makes the failure of an engine that broke.
    pub(crate) fn internal(error: &ServicesError) -> Self {
        tracing::error!(error = %error, "a local service failed");
        Self::new(500, "InternalServerError", "internal failure")
    }

    /// Returns the kind without its namespace.
    pub(crate) fn code(&self) -> &str {
        self.kind.rsplit('#').next().unwrap_or(&self.kind)
    }

    /// Returns the message.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }
}

impl From<ServicesError> for Failure {
    fn from(error: ServicesError) -> Self {
        Self::internal(&error)
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::internal(&error.into())
    }
}

impl From<Failure> for Response<Bytes> {
    fn from(failure: Failure) -> Self {
        let mut body = serde_json::Map::new();
        body.insert("__type".to_owned(), Value::from(failure.kind));
        if !failure.message.is_empty() {
            body.insert("message".to_owned(), Value::from(failure.message));
        }
        let mut response = success_of(failure.status, &Value::Object(body));
        if let Some(code) = failure.query_error {
            response
                .headers_mut()
                .insert("x-amzn-query-error", HeaderValue::from_static(code));
        }
        response
    }
}

/// Reads a request's body.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|error| {
        Failure::new(
            400,
            "com.amazon.coral.service#SerializationException",
            error.to_string(),
        )
    })
}

/// Writes the outcome of an operation.
pub(crate) fn respond(outcome: Result<Value, Failure>) -> Response<Bytes> {
    match outcome {
        Ok(body) => success_of(200, &body),
        Err(failure) => failure.into(),
    }
}

/// Answers an operation that the service has, but not here, or not at all.
pub(crate) fn unknown(operation: &str) -> Failure {
    Failure::new(
        400,
        "com.amazon.coral.service#UnknownOperationException",
        format!("the operation {operation} is not known"),
    )
}

/// Sets a member of an object.
pub(crate) fn set(object: &mut Value, name: &str, value: impl Into<Value>) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value.into());
    }
}

/// Returns an empty body.
pub(crate) fn empty() -> Value {
    json!({})
}

fn success_of(status: u16, body: &Value) -> Response<Bytes> {
    answer(status, CONTENT_TYPE, body.to_string())
}
