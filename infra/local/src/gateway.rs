//! The HTTP API: requests become events of payload format 2.0, the authorizer is asked as the
//! template says, and the function's answer becomes a response.

mod answer;
mod event;
mod routing;

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};

use crate::platform::{InvokeError, Pools};
use crate::services::Services;
use crate::template::{Source, Template};
use event::EventBuilder;
use routing::Table;

pub(crate) use answer::response_of;
pub use event::SourceAddress;
pub(crate) use event::{header_map, query_map};

/// Bytes of a request, at most: the gateway's own limit.
const REQUEST_BYTES_MAX: usize = 10_485_760;

/// The HTTP API.
#[derive(Debug)]
pub struct Gateway {
    table: Table,
    authorizer: Option<String>,
    pools: Arc<Pools>,
    services: Arc<Services>,
}

impl Gateway {
    /// Makes the gateway of a template.
    pub(crate) fn new(
        template: &Template,
        pools: Arc<Pools>,
        services: Arc<Services>,
    ) -> anyhow::Result<Self> {
        let mut table = Table::default();
        for function in &template.functions {
            for source in &function.sources {
                if let Source::Http(route) = source {
                    table.add(&route.method, &route.path, &function.name)?;
                }
            }
        }
        Ok(Self {
            table,
            authorizer: template.authorizer.clone(),
            pools,
            services,
        })
    }

    /// Answers a request.
    pub(crate) async fn answer(&self, request: Request<Bytes>) -> Response<Bytes> {
        if request.body().len() > REQUEST_BYTES_MAX {
            return plain(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
        }
        let path = request.uri().path().to_owned();
        let Some(found) = self.table.find(request.method(), &path) else {
            return plain(StatusCode::NOT_FOUND, "Not Found");
        };
        let builder = EventBuilder {
            request: &request,
            route_key: &found.route_key,
            parameters: &found.parameters,
            request_id: &self.pools.request_id(),
            now: self.pools.clock().now(),
            region: self.services.region(),
            account: self.services.account(),
        };
        let mut event = builder.event();
        if let Some(authorizer) = &self.authorizer {
            match self
                .pools
                .invoke(authorizer, builder.authorizer_event(&event))
                .await
                .map(|answer| Verdict::of(&answer))
            {
                Ok(Verdict::Passes(context)) => {
                    if let Some(members) = event
                        .get_mut("requestContext")
                        .and_then(Value::as_object_mut)
                    {
                        members.insert("authorizer".to_owned(), json!({ "lambda": context }));
                    }
                }
                Ok(Verdict::Refused) => return plain(StatusCode::FORBIDDEN, "Forbidden"),
                Ok(Verdict::Malformed) => {
                    tracing::error!(authorizer, "a verdict is not of its form");
                    return broken();
                }
                Err(error) => {
                    tracing::error!(authorizer, error = %error, "an authorizer failed");
                    return broken();
                }
            }
        }
        match self.pools.invoke(&found.function, event).await {
            Ok(answer) => response_of(&answer).unwrap_or_else(|| {
                tracing::error!(function = found.function, "an answer is not of its form");
                broken()
            }),
            Err(error) => failed(&found.function, &error),
        }
    }
}

fn failed(function: &str, error: &InvokeError) -> Response<Bytes> {
    if matches!(error, InvokeError::PayloadTooLarge) {
        // The caller's doing.
        tracing::info!(function, error = %error, "a request is too large");
    } else {
        tracing::error!(function, error = %error, "an invocation failed");
    }
    match error {
        InvokeError::TimedOut => plain(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
        InvokeError::PayloadTooLarge => {
            plain(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large")
        }
        InvokeError::Unknown(_)
        | InvokeError::NotStarted(..)
        | InvokeError::AnswerTooLarge
        | InvokeError::Killed
        | InvokeError::Function(_) => broken(),
    }
}

/// What an authorizer says.
enum Verdict {
    /// The request may pass, with this context.
    Passes(Value),
    /// It may not.
    Refused,
    /// What it says is not of its form.
    Malformed,
}

impl Verdict {
    fn of(answer: &Value) -> Self {
        match answer.get("isAuthorized").and_then(Value::as_bool) {
            Some(true) => match answer.get("context") {
                None | Some(Value::Null) => Self::Passes(json!({})),
                Some(context) if context.is_object() => Self::Passes(context.clone()),
                Some(_) => Self::Malformed,
            },
            Some(false) => Self::Refused,
            None => Self::Malformed,
        }
    }
}

/// Makes the answer for what went wrong behind the gateway.
fn broken() -> Response<Bytes> {
    plain(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
}

/// Makes an answer of the gateway's own.
fn plain(status: StatusCode, message: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(json!({ "message": message }).to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static("application/json"),
    );
    response
}
