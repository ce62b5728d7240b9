//! The way to a platform behind an address.

use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::client::{Way, rest_of_minute};

/// The longest that one answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Time between two looks at something that is under way.
const REST: Duration = Duration::from_millis(100);

/// A platform behind an address: every request goes there, whatever host it names.
#[derive(Debug, Clone)]
pub struct OverHttp {
    client: Client<HttpConnector, Full<Bytes>>,
    authority: String,
}

impl OverHttp {
    /// Makes a way to the platform at `authority`, such as `127.0.0.1:3000`.
    pub fn to(authority: impl Into<String>) -> Self {
        Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            authority: authority.into(),
        }
    }
}

impl OverHttp {
    async fn send_once(&self, request: Request<Bytes>) -> anyhow::Result<Response<Bytes>> {
        let request = request.map(Full::new);
        let response = tokio::time::timeout(ANSWER_TIMEOUT, self.client.request(request)).await??;
        let (parts, body) = response.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Response::from_parts(parts, body))
    }
}

#[async_trait]
impl Way for OverHttp {
    async fn send(&self, request: Request<Bytes>) -> anyhow::Result<Response<Bytes>> {
        let (mut parts, body) = request.into_parts();
        let path = parts
            .uri
            .path_and_query()
            .context("a request has a path")?
            .clone();
        parts.uri = Uri::builder()
            .scheme("http")
            .authority(self.authority.as_str())
            .path_and_query(path)
            .build()?;
        let request = Request::from_parts(parts, body);
        patiently(request, |request| self.send_once(request)).await
    }

    async fn rest(&self) -> anyhow::Result<()> {
        rest().await;
        Ok(())
    }
}

/// Sends a request, and once more when the minute is over in which it was one too many.
pub async fn patiently<F>(
    request: Request<Bytes>,
    send: impl Fn(Request<Bytes>) -> F,
) -> anyhow::Result<Response<Bytes>>
where
    F: Future<Output = anyhow::Result<Response<Bytes>>>,
{
    let answer = send(request.clone()).await?;
    let Some(rest) = rest_of_minute(answer.status(), answer.headers()) else {
        return Ok(answer);
    };
    tokio::time::sleep(rest).await;
    send(request).await
}

/// Waits until what was set in motion may have moved on.
pub async fn rest() {
    tokio::time::sleep(REST).await;
}
