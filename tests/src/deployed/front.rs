//! The way in: the API through the gateway, websites through the function URL, signed as the network
//! in front of it signs. It must never know what is asked for.

use anyhow::Context;
use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use serde_json::Value;

use super::stack::Stack;
use crate::client::{Client, Way};
use crate::{documented, over_http};

/// The host under which this client calls the API.
const API_HOST: &str = "api.hotswap.example";

/// The header in which the network names the website's host.
const SITE_HOST: &str = "x-site-host";

/// The headers of a visitor that the network hands on.
const FORWARDED: [header::HeaderName; 2] = [header::IF_NONE_MATCH, header::USER_AGENT];

/// The two doors of a stack.
#[derive(Debug, Clone)]
pub struct Front {
    stack: Stack,
    api_host: String,
    site_host: String,
}

impl Front {
    /// Finds the doors of a stack.
    pub async fn of(stack: &Stack) -> anyhow::Result<Self> {
        let api = stack.physical("HttpApi")?;
        let function = stack.physical("DeliveryFunction")?;
        let path = format!("/2021-10-31/functions/{function}/url");
        let account = &stack.account;
        let url = account
            .rest("lambda", http::Method::GET, &path, None)
            .await?;
        let url = url.pointer("/FunctionUrl").and_then(Value::as_str);
        let url: http::Uri = url.context("no function URL")?.parse()?;
        Ok(Self {
            stack: stack.clone(),
            api_host: format!("{api}.execute-api.localhost"),
            site_host: url
                .host()
                .context("the function URL has no host")?
                .to_owned(),
        })
    }

    /// Returns a client.
    pub fn client(&self) -> Client<'_> {
        Client::new(self, API_HOST)
    }

    /// Returns the host of the function URL.
    pub fn site_host(&self) -> &str {
        &self.site_host
    }

    async fn api(&self, mut request: Request<Bytes>) -> anyhow::Result<Response<Bytes>> {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let host = HeaderValue::from_str(&self.api_host)?;
        request.headers_mut().insert(header::HOST, host);
        let plain = |request| self.stack.account.plain(request);
        let answer = over_http::patiently(request, plain).await?;
        documented::check(&method, &path, &answer)?;
        Ok(answer)
    }

    async fn site(&self, request: Request<Bytes>) -> anyhow::Result<Response<Bytes>> {
        let mut sent = Request::builder()
            .method(request.method())
            .uri(request.uri())
            .header(header::HOST, &self.site_host);
        let host = request.headers().get(header::HOST);
        sent = sent.header(SITE_HOST, host.context("a visitor names a host")?);
        for name in FORWARDED {
            if let Some(value) = request.headers().get(&name) {
                sent = sent.header(name, value);
            }
        }
        let sent = sent.body(request.into_body())?;
        self.stack.account.signed("lambda", sent).await
    }
}

#[async_trait]
impl Way for Front {
    async fn send(&self, request: Request<Bytes>) -> anyhow::Result<Response<Bytes>> {
        let is_api =
            request.headers().get(header::HOST) == Some(&HeaderValue::from_static(API_HOST));
        if is_api {
            self.api(request).await
        } else {
            self.site(request).await
        }
    }

    async fn rest(&self) -> anyhow::Result<()> {
        over_http::rest().await;
        Ok(())
    }
}
