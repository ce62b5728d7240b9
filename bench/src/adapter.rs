//! `delivery` behind a plain HTTP server: a request becomes the event of a function URL, and the
//! function's answer a response. It must never know what pages are.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::{BufRead, Write};
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::SignedDuration;
use kernel::{Clock, ManualClock, SeededEntropy, SystemClock};
use lambda_runtime::Context;
use runtime::{Environment, Function, LogFormat};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The header into which the edge copies the host that a visitor asked for.
pub const SITE_HOST: &str = "x-site-host";

/// How a function is started.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Settings {
    /// The function's variables.
    pub variables: BTreeMap<String, String>,
    /// Milliseconds that the function's clock moves with each request; 0 is a clock that stands.
    pub step_ms: i64,
}

/// A started `delivery` with its clock.
#[derive(Debug, Clone)]
pub struct Delivery {
    function: Function,
    clock: ManualClock,
    step: SignedDuration,
}

impl Delivery {
    /// Starts the function, as its process does: with the same configuration of the SDK, to
    /// wherever the function's variables lead it.
    pub async fn start(settings: &Settings) -> anyhow::Result<Self> {
        let clock = ManualClock::at(SystemClock.now());
        let environment = Environment {
            variables: settings.variables.clone(),
            sdk: runtime::sdk::config(&settings.variables)?,
            clock: Arc::new(clock.clone()),
            entropy: Arc::new(SeededEntropy::new(1)),
        };
        Ok(Self {
            function: delivery::start(&environment).await?,
            clock,
            step: SignedDuration::from_millis(settings.step_ms),
        })
    }

    /// Answers one request, as the function URL would.
    pub async fn answer(&self, host: &str, path: &str) -> anyhow::Result<Value> {
        self.clock.advance(self.step);
        let event = event(host, path);
        Ok(self.function.invoke(event, Context::default()).await?)
    }
}

/// Reads its settings from the standard input, says its port, and serves for ever on one thread.
pub async fn run() -> anyhow::Result<()> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let settings: Settings = serde_json::from_str(&line)?;
    let filter = settings.variables.get("LOG_FILTER");
    runtime::start_logs(LogFormat::Json, filter.map_or("", String::as_str));
    let delivery = Delivery::start(&settings).await?;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let mut out = std::io::stdout();
    writeln!(out, "{}", listener.local_addr()?.port())?;
    out.flush()?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let delivery = delivery.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let delivery = delivery.clone();
            async move {
                Ok::<_, Infallible>(
                    respond(&delivery, request.headers(), request.uri().path()).await,
                )
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(stream), service);
        #[expect(
            clippy::disallowed_methods,
            reason = "this is a server and no function"
        )]
        tokio::spawn(async move {
            // A connection that breaks is its client's to open again.
            let _ended = connection.await;
        });
    }
}

async fn respond(delivery: &Delivery, headers: &HeaderMap, path: &str) -> Response<Full<Bytes>> {
    let host = headers.get(SITE_HOST).and_then(|host| host.to_str().ok());
    let answer = delivery.answer(host.unwrap_or_default(), path).await;
    answer.ok().and_then(response).unwrap_or_else(|| {
        let mut response = Response::new(Full::default());
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        response
    })
}

/// Makes a response of an answer in payload format 2.0.
fn response(mut answer: Value) -> Option<Response<Full<Bytes>>> {
    let Some(Value::String(body)) = answer.get_mut("body").map(Value::take) else {
        return None;
    };
    let status = u16::try_from(answer.get("statusCode")?.as_u64()?).ok()?;
    let mut response = Response::builder().status(status);
    for (name, value) in answer.get("headers")?.as_object()? {
        response = response.header(name, value.as_str()?);
    }
    response.body(Full::new(Bytes::from(body))).ok()
}

/// Makes the event that a function URL behind the content delivery network makes of a request.
fn event(host: &str, path: &str) -> Value {
    let function = "local.lambda-url.eu-central-1.on.aws";
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {
            "accept-encoding": "br,gzip",
            "host": function,
            "user-agent": "Amazon CloudFront",
            "via": "1.1 local.cloudfront.net (CloudFront)",
            "x-amz-cf-id": "b4Y5nq3sTq0JrM1q8tZ9yQm2y6o0mXc1dQeR7pV5kWlN3uA8sTgHjw==",
            "x-amz-date": "20260714T090000Z",
            "x-amz-source-account": "000000000000",
            "x-amz-source-arn": "arn:aws:cloudfront::000000000000:distribution/local",
            "x-amzn-trace-id": "Root=1-6a55f690-1234567890abcdef12345678",
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
            SITE_HOST: host,
        },
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": function,
            "domainPrefix": "local",
            "http": {
                "method": "GET",
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "Amazon CloudFront",
            },
            "requestId": "8a5c0a0e-5f0c-4d0f-9d3a-2f6b7f0a6b11",
            "routeKey": "$default",
            "stage": "$default",
            "time": "14/Jul/2026:09:00:00 +0000",
            "timeEpoch": 1_784_019_600_000_u64,
        },
        "isBase64Encoded": false,
    })
}
