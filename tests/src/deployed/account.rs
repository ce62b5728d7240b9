//! Signed calls to the services of an account. It must never know what they are for.

use std::time::{Duration, SystemTime};

use anyhow::{Context, bail, ensure};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, SignableBody, SignableRequest, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use http::header::HOST;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use kernel::{Clock, SystemClock};
use serde_json::Value;

/// The longest that one answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);

/// The version of each service's XML protocol.
const CLOUDFORMATION_VERSION: &str = "2010-05-15";
const IAM_VERSION: &str = "2010-05-08";
const SNS_VERSION: &str = "2010-03-31";

/// An account behind one endpoint.
#[derive(Debug, Clone)]
pub struct Account {
    endpoint: String,
    region: String,
    credentials: Credentials,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Account {
    /// Makes the account at `endpoint`, such as `127.0.0.1:4566`.
    pub fn new(endpoint: &str, region: &str, key: &str, secret: &str) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            region: region.to_owned(),
            credentials: Credentials::new(key, secret, None, None, "deployed"),
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// Returns the region.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Calls a service that speaks JSON under targets, such as `secretsmanager.GetSecretValue`.
    pub async fn target(&self, service: &str, target: &str, body: &Value) -> anyhow::Result<Value> {
        let request = Request::builder()
            .method(Method::POST)
            .uri("/")
            .header("x-amz-target", target)
            .header("content-type", "application/x-amz-json-1.1")
            .body(Bytes::from(body.to_string()))?;
        json(&self.signed(service, request).await?).with_context(|| target.to_owned())
    }

    /// Calls a service that speaks JSON under paths.
    pub async fn rest(
        &self,
        service: &str,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json")
            .body(
                body.map(|body| Bytes::from(body.to_string()))
                    .unwrap_or_default(),
            )?;
        json(&self.signed(service, request).await?).with_context(|| path.to_owned())
    }

    /// Calls `CloudFormation` and returns its XML.
    pub async fn cloudformation(&self, fields: &[(&str, &str)]) -> anyhow::Result<String> {
        self.query("cloudformation", CLOUDFORMATION_VERSION, fields)
            .await
    }

    /// Calls IAM and returns its XML.
    pub async fn iam(&self, fields: &[(&str, &str)]) -> anyhow::Result<String> {
        self.query("iam", IAM_VERSION, fields).await
    }

    /// Calls SNS and returns its XML.
    pub async fn sns(&self, fields: &[(&str, &str)]) -> anyhow::Result<String> {
        self.query("sns", SNS_VERSION, fields).await
    }

    /// Reads the XML that a service has under a path.
    pub async fn xml(&self, service: &str, path: &str) -> anyhow::Result<String> {
        let request = Request::builder().uri(path).body(Bytes::new())?;
        let answer = self.signed(service, request).await?;
        let text = String::from_utf8_lossy(answer.body()).into_owned();
        ensure!(
            answer.status().is_success(),
            "{service} answered {} to `{path}`: {text}",
            answer.status()
        );
        Ok(text)
    }

    async fn query(
        &self,
        service: &str,
        version: &str,
        fields: &[(&str, &str)],
    ) -> anyhow::Result<String> {
        let mut form = fields.to_vec();
        form.push(("Version", version));
        let request = Request::builder()
            .method(Method::POST)
            .uri("/")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from(serde_urlencoded::to_string(form)?))?;
        let answer = self.signed(service, request).await?;
        let text = String::from_utf8_lossy(answer.body()).into_owned();
        if !answer.status().is_success() {
            bail!("{service} answered {}: {text}", answer.status());
        }
        Ok(text)
    }

    /// Signs a request for a service and sends it.
    pub async fn signed(
        &self,
        service: &str,
        request: Request<Bytes>,
    ) -> anyhow::Result<Response<Bytes>> {
        let mut request = request;
        if !request.headers().contains_key(HOST) {
            request.headers_mut().insert(HOST, self.endpoint.parse()?);
        }
        let identity = self.credentials.clone().into();
        let now = Duration::try_from(
            SystemClock
                .now()
                .duration_since(jiff::Timestamp::UNIX_EPOCH),
        )?;
        let mut settings = SigningSettings::default();
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(service)
            .time(SystemTime::UNIX_EPOCH + now)
            .settings(settings)
            .build()?
            .into();
        let headers: Vec<(String, String)> = request
            .headers()
            .iter()
            .map(|(name, value)| Ok((name.to_string(), value.to_str()?.to_owned())))
            .collect::<anyhow::Result<_>>()?;
        let host = request.headers().get(HOST).context("no host")?.to_str()?;
        let url = format!("http://{host}{}", request.uri());
        let signable = SignableRequest::new(
            request.method().as_str(),
            &url,
            headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
            SignableBody::Bytes(request.body()),
        )?;
        let (instructions, _) = sign(signable, &params)?.into_parts();
        instructions.apply_to_request_http1x(&mut request);
        self.plain(request).await
    }

    /// Sends a request as it is.
    pub async fn plain(&self, request: Request<Bytes>) -> anyhow::Result<Response<Bytes>> {
        let (mut parts, body) = request.into_parts();
        let path = parts.uri.path_and_query().context("a request has a path")?;
        parts.uri = format!("http://{}{path}", self.endpoint).parse()?;
        let request = Request::from_parts(parts, Full::new(body));
        let answer = tokio::time::timeout(ANSWER_TIMEOUT, self.client.request(request)).await??;
        let (parts, body) = answer.into_parts();
        Ok(Response::from_parts(
            parts,
            body.collect().await?.to_bytes(),
        ))
    }
}

/// Reads an answer that must be good.
fn json(answer: &Response<Bytes>) -> anyhow::Result<Value> {
    if !answer.status().is_success() {
        let text = String::from_utf8_lossy(answer.body());
        bail!("the answer is {}: {text}", answer.status());
    }
    if answer.body().is_empty() {
        return Ok(Value::Null);
    }
    Ok(serde_json::from_slice(answer.body())?)
}
