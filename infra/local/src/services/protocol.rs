//! What the services' wire protocols have in common: which service a request is for, and how
//! answers are written. It must never know what any operation does.

pub(crate) mod json;
pub(crate) mod text;
pub(crate) mod xml;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use kernel::Entropy;

use crate::history::Service;

/// The capacity units that a request took.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Units {
    /// Read request units.
    pub read: f64,
    /// Write request units.
    pub write: f64,
}

/// The service, and in JSON protocols the operation, that a request is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    DynamoDb(String),
    Sqs(String),
    EventBridge(String),
    SecretsManager(String),
    Sts,
    CloudFront,
    Ses,
    S3,
    Unknown,
}

/// The CloudFront API's version, which its paths begin with.
pub(crate) const CLOUDFRONT_PATH: &str = "/2020-05-31/";

/// What the paths of the SES API begin with.
pub(crate) const MAIL_PATH: &str = "/v2/email/";

impl Target {
    pub(crate) fn of<B>(request: &Request<B>) -> Self {
        let headers = request.headers();
        if let Some(target) = text_of(headers, "x-amz-target") {
            return Self::of_header(target);
        }
        let host = host_of(request).unwrap_or_default();
        if host.starts_with("sts.") || is_form(headers) {
            return Self::Sts;
        }
        if request.uri().path().starts_with(CLOUDFRONT_PATH) {
            return Self::CloudFront;
        }
        if request.uri().path().starts_with(MAIL_PATH) {
            return Self::Ses;
        }
        Self::S3
    }

    fn of_header(target: &str) -> Self {
        let Some((service, operation)) = target.split_once('.') else {
            return Self::Unknown;
        };
        let operation = operation.to_owned();
        match service {
            "DynamoDB_20120810" | "DynamoDBStreams_20120810" => Self::DynamoDb(operation),
            "AmazonSQS" => Self::Sqs(operation),
            "AWSEvents" => Self::EventBridge(operation),
            "secretsmanager" => Self::SecretsManager(operation),
            _ => Self::Unknown,
        }
    }
}

/// Returns the header `name` where it is text.
pub(crate) fn text_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Returns the header `name` of a request where it is text.
pub(crate) fn header_text<'a, B>(request: &'a Request<B>, name: &str) -> Option<&'a str> {
    text_of(request.headers(), name)
}

/// Writes a failure the way `service` does.
pub(crate) fn wire_failure(
    service: Service,
    status: u16,
    code: &str,
    message: &str,
) -> Response<Bytes> {
    match service {
        Service::S3 => xml::object_failure(status, code, message),
        Service::CloudFront | Service::Sts => xml::failure(status, "", code, message),
        Service::DynamoDb
        | Service::Sqs
        | Service::EventBridge
        | Service::SecretsManager
        | Service::Ses
        | Service::Unknown => json::Failure::new(status, code, message).into(),
    }
}

/// Returns the host that a request names, in its URI or its header, with any port.
pub(crate) fn host_of<B>(request: &Request<B>) -> Option<&str> {
    let in_uri = request.uri().authority().map(http::uri::Authority::as_str);
    in_uri.or_else(|| text_of(request.headers(), "host"))
}

fn is_form(headers: &HeaderMap) -> bool {
    text_of(headers, "content-type")
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
}

/// Makes an answer.
pub(crate) fn answer(
    status: u16,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static(content_type),
    );
    response
}

/// Answers a request that is for no service known here.
pub(crate) fn unknown_operation() -> Response<Bytes> {
    json::Failure::new(
        400,
        "com.amazon.coral.service#UnknownOperationException",
        "",
    )
    .into()
}

/// Returns a new random id in the shape of a version 4 UUID.
pub(crate) fn random_id(entropy: &dyn Entropy) -> String {
    let bytes: [u8; 16] = kernel::chance::random(entropy);
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string()
}
