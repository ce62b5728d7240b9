//! The public API, as the seed calls it.

use anyhow::{Context, bail};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use serde_json::Value;

/// Whatever answers requests as the platform does.
#[async_trait]
pub trait FrontDoor: Send + Sync {
    /// Answers one request; its `Host` says whether the API or a website is meant.
    async fn answer(&self, request: Request<Bytes>) -> Response<Bytes>;
}

/// An answer of the API.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The version, if it has one.
    pub etag: Option<String>,
    /// The body; null where there is none.
    pub body: Value,
}

impl Answer {
    /// Returns the answer, if its status is one of these.
    pub fn expect(self, statuses: &[StatusCode]) -> anyhow::Result<Self> {
        if statuses.contains(&self.status) {
            return Ok(self);
        }
        bail!("the platform answered {}: {}", self.status, self.body)
    }

    /// Returns the text at a JSON pointer.
    pub fn text(&self, pointer: &str) -> Option<String> {
        self.body.pointer(pointer)?.as_str().map(str::to_owned)
    }
}

/// Calls the API.
pub(super) async fn call(
    door: &dyn FrontDoor,
    method: Method,
    path: &str,
    token: Option<&str>,
    body: Option<Value>,
) -> anyhow::Result<Answer> {
    call_versioned(door, method, path, token, body, None).await
}

/// Calls the API about one version of a resource.
pub(super) async fn call_versioned(
    door: &dyn FrontDoor,
    method: Method,
    path: &str,
    token: Option<&str>,
    body: Option<Value>,
    etag: Option<&str>,
) -> anyhow::Result<Answer> {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "localhost")
        .header(header::USER_AGENT, "hotswap-seed");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    if let Some(etag) = etag {
        request = request.header(header::IF_MATCH, etag);
    }
    let bytes = match body {
        Some(body) => {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Bytes::from(serde_json::to_vec(&body)?)
        }
        None => Bytes::new(),
    };
    let response = door.answer(request.body(bytes)?).await;
    let (parts, bytes) = response.into_parts();
    let body = if bytes.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&bytes)
            .with_context(|| format!("`{path}` was not answered with JSON"))?
    };
    let etag = parts
        .headers
        .get(header::ETAG)
        .and_then(|etag| etag.to_str().ok());
    Ok(Answer {
        status: parts.status,
        etag: etag.map(str::to_owned),
        body,
    })
}
