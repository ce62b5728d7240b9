//! Answers that no service gave: faults and denials, in each service's own words. It must never
//! know what the call was.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::Value;

use crate::fault::Fault;
use crate::history::Service;
use crate::services::wire_failure;

/// Answers a call that is throttled, or that the service fails at.
pub(crate) fn of_fault(fault: Fault, service: Service) -> Response<Bytes> {
    if fault == Fault::Throttle {
        let (status, code) = match service {
            Service::S3 => (503, "SlowDown"),
            Service::Sqs => (403, "RequestThrottled"),
            Service::CloudFront | Service::Sts => (400, "Throttling"),
            Service::Ses => (429, "TooManyRequestsException"),
            Service::DynamoDb
            | Service::EventBridge
            | Service::SecretsManager
            | Service::Unknown => (400, "ThrottlingException"),
        };
        return wire_failure(service, status, code, "Rate exceeded");
    }
    let code = match service {
        Service::DynamoDb => "InternalServerError",
        Service::S3 => "InternalError",
        Service::SecretsManager => "InternalServiceError",
        Service::EventBridge => "InternalException",
        Service::Sqs | Service::CloudFront | Service::Ses | Service::Sts | Service::Unknown => {
            "InternalFailure"
        }
    };
    wire_failure(service, 500, code, "internal failure")
}

/// Answers a batch of which nothing is left.
pub(crate) fn nothing() -> Response<Bytes> {
    Response::new(Bytes::from_static(b"{}"))
}

/// Answers a transaction that another one was in the way of.
pub(crate) fn conflict() -> Response<Bytes> {
    let body = serde_json::json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons",
        "CancellationReasons": [{
            "Code": "TransactionConflict",
            "Message": "Transaction is ongoing for the item",
        }],
    });
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}

/// Answers a call that the policy denies.
pub(crate) fn denied(service: Service, message: &str) -> Response<Bytes> {
    let (status, code) = match service {
        Service::S3 | Service::CloudFront | Service::Sts => (403, "AccessDenied"),
        Service::Ses => (403, "AccessDeniedException"),
        Service::DynamoDb
        | Service::Sqs
        | Service::EventBridge
        | Service::SecretsManager
        | Service::Unknown => (400, "AccessDeniedException"),
    };
    wire_failure(service, status, code, message)
}

/// Answers a call of a session that is over, or never was.
pub(crate) fn expired(service: Service) -> Response<Bytes> {
    let (status, code) = match service {
        Service::S3 => (400, "ExpiredToken"),
        Service::CloudFront | Service::Sts => (403, "ExpiredToken"),
        Service::DynamoDb
        | Service::Sqs
        | Service::EventBridge
        | Service::SecretsManager
        | Service::Ses
        | Service::Unknown => (400, "ExpiredTokenException"),
    };
    let message = "The security token included in the request is expired";
    wire_failure(service, status, code, message)
}

/// Reads the code of a refusal in either form.
pub(crate) fn code(body: &Bytes) -> String {
    let text = String::from_utf8_lossy(body);
    let json = serde_json::from_str::<Value>(&text).ok();
    let kind = json
        .as_ref()
        .and_then(|body| body.get("__type"))
        .and_then(Value::as_str);
    let code = kind
        .map(|kind| kind.rsplit('#').next().unwrap_or(kind))
        .or_else(|| {
            let (_, after) = text.split_once("<Code>")?;
            after.split_once("</Code>").map(|(code, _)| code)
        });
    code.unwrap_or_default().to_owned()
}
