//! A client of the platform, as a customer would write one.

use std::net::IpAddr;
use std::time::Duration;

use anyhow::{Context, ensure};
use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, Request, Response, StatusCode, header};
use local::gateway::SourceAddress;
use serde_json::Value;

use crate::documented;

/// A way to a platform.
#[async_trait]
pub trait Way: Send + Sync {
    /// Sends one request and waits for its answer.
    async fn send(&self, request: Request<Bytes>) -> anyhow::Result<Response<Bytes>>;

    /// Waits until what was set in motion may have moved on.
    async fn rest(&self) -> anyhow::Result<()>;
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub bytes: Bytes,
}

impl Answer {
    /// Returns the body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }

    /// Returns the body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// Returns a header's text, empty where it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// Returns the text at a JSON pointer into the body, which must be there.
    pub fn at(&self, pointer: &str) -> anyhow::Result<String> {
        self.json()
            .pointer(pointer)
            .and_then(Value::as_str)
            .map(str::to_owned)
            .with_context(|| format!("no text at `{pointer}` of {}", self.text()))
    }

    /// Returns the last part of the problem's type, empty where the answer is no problem.
    pub fn problem(&self) -> String {
        let kind = self.at("/type").unwrap_or_default();
        kind.rsplit('/').next().unwrap_or_default().to_owned()
    }

    /// Returns the answer if it has this status.
    pub fn expect(self, status: StatusCode) -> anyhow::Result<Self> {
        ensure!(
            self.status == status,
            "expected {status}, got {} with {}",
            self.status,
            self.text()
        );
        Ok(self)
    }
}

/// A request in the making.
#[derive(Debug, Clone)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// The path with its query.
    pub path: String,
    /// Header names and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// The network address that it comes from, where it is not this machine.
    pub from: Option<IpAddr>,
}

impl Call {
    /// Begins a request.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            headers: Vec::new(),
            body: Bytes::new(),
            from: None,
        }
    }

    /// Begins a `GET`.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    /// Begins a `POST` of JSON.
    pub fn post(path: impl Into<String>, body: &Value) -> Self {
        Self::new(Method::POST, path).json(body)
    }

    /// Begins a `PUT` of JSON.
    pub fn put(path: impl Into<String>, body: &Value) -> Self {
        Self::new(Method::PUT, path).json(body)
    }

    /// Begins a `DELETE`.
    pub fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path)
    }

    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Adds a bearer token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.with("authorization", format!("Bearer {token}"))
    }

    /// Says which network address it comes from, which it does on a platform in this process alone.
    #[must_use]
    pub fn from(self, address: impl Into<IpAddr>) -> Self {
        let from = Some(address.into());
        Self { from, ..self }
    }

    /// Says which version is meant.
    #[must_use]
    pub fn if_match(self, etag: &str) -> Self {
        self.with("if-match", etag)
    }

    fn json(mut self, body: &Value) -> Self {
        self.body = Bytes::from(body.to_string());
        self.with("content-type", "application/json")
    }
}

/// A client of one platform.
#[derive(Clone)]
pub struct Client<'a> {
    way: &'a dyn Way,
    /// The host of the API, such as `localhost:3000`.
    host: String,
}

impl<'a> Client<'a> {
    /// Makes a client of the platform whose API is at `host`.
    pub fn new(way: &'a dyn Way, host: impl Into<String>) -> Self {
        Self {
            way,
            host: host.into(),
        }
    }

    /// Calls the API.
    pub async fn call(&self, call: Call) -> anyhow::Result<Answer> {
        let host = self.host.clone();
        self.send(&host, call).await
    }

    /// Visits a website: `host` without port.
    pub async fn visit(&self, host: &str, path: &str) -> anyhow::Result<Answer> {
        self.send(&self.with_port(host), Call::get(path)).await
    }

    /// Sends a request to a website.
    pub async fn visit_with(&self, host: &str, call: Call) -> anyhow::Result<Answer> {
        self.send(&self.with_port(host), call).await
    }

    /// Waits until what was set in motion may have moved on.
    pub async fn rest(&self) -> anyhow::Result<()> {
        self.way.rest().await
    }

    fn with_port(&self, host: &str) -> String {
        match self.host.rsplit_once(':') {
            Some((_, port)) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    async fn send(&self, host: &str, call: Call) -> anyhow::Result<Answer> {
        let mut request = Request::builder()
            .method(call.method)
            .uri(&call.path)
            .header(header::HOST, host);
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        let mut request = request.body(call.body)?;
        if let Some(from) = call.from {
            request.extensions_mut().insert(SourceAddress(from));
        }
        let path = request.uri().path().to_owned();
        let response = self.way.send(request).await?;
        documented::check_privacy(host == self.host, &path, &response)?;
        let (parts, bytes) = response.into_parts();
        Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            bytes,
        })
    }
}

impl std::fmt::Debug for Client<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Client")
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

/// Checks why a request was refused: by status and by the last part of the problem's type.
///
/// # Panics
///
/// If it was not, or for another reason.
#[track_caller]
pub fn assert_refused(answer: &Answer, status: u16, problem: &str) {
    let found = (answer.status.as_u16(), answer.problem());
    assert_eq!(found, (status, problem.to_owned()), "{}", answer.text());
}

/// Returns where in a body what is wrong is, in order.
///
/// # Panics
///
/// If the request was not refused for its fields.
#[track_caller]
pub fn pointers(answer: &Answer) -> Vec<String> {
    assert_refused(answer, 422, "validation_failed");
    let body = answer.json();
    let errors = body.pointer("/errors").and_then(Value::as_array);
    let mut pointers: Vec<String> = errors
        .into_iter()
        .flatten()
        .filter_map(|error| error.pointer("/pointer")?.as_str().map(str::to_owned))
        .collect();
    pointers.sort_unstable();
    pointers
}

/// Returns for how long whoever is refused has to wait, where there were so many requests in this minute as there may
/// be.
pub fn rest_of_minute(status: StatusCode, headers: &HeaderMap) -> Option<Duration> {
    const LEFT: HeaderName = HeaderName::from_static("ratelimit");
    const NOTHING: &str = ";r=0;";
    let told = |name| headers.get(name)?.to_str().ok();
    let seconds = told(header::RETRY_AFTER)?.parse().ok()?;
    let is_used_up = status == StatusCode::TOO_MANY_REQUESTS && told(LEFT)?.contains(NOTHING);
    (is_used_up && seconds <= 60).then(|| Duration::from_secs(seconds))
}
