//! The two ports: one for people and browsers, one on which the services answer AWS tools and
//! functions that run as processes of their own.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::gateway::SourceAddress;

/// Bytes of a request, at most, on either port: the largest part of an upload to the bucket.
const REQUEST_BYTES_MAX: usize = 67_108_864;

/// How long what was begun may take at the end.
const GRACE: Duration = Duration::from_secs(10);

/// Wait before another connection is accepted, when one could not be.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

/// Answers requests.
pub type Answer = Arc<dyn Fn(Request<Bytes>) -> BoxFuture<'static, Response<Bytes>> + Send + Sync>;

/// Opens a port on this machine only.
pub async fn open(port: u16) -> anyhow::Result<TcpListener> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    TcpListener::bind(address).await.with_context(|| {
        format!("port {port} is taken: stop what uses it, or choose another one with --port")
    })
}

/// Answers requests on a port until `stop` says so; what was begun is finished within ten seconds.
pub async fn serve(
    listener: TcpListener,
    answer: Answer,
    stop: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    serve_with_grace(listener, answer, stop, GRACE).await
}

/// Answers requests on a port until `stop` says so; what was begun is finished, but nobody is
/// waited for longer than `grace`.
pub async fn serve_with_grace(
    listener: TcpListener,
    answer: Answer,
    mut stop: watch::Receiver<bool>,
    grace: Duration,
) -> anyhow::Result<()> {
    let server = auto::Builder::new(TokioExecutor::new());
    let connections = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // The peer is gone already, or too many connections are open for now.
                tracing::warn!(error = %error, "a connection cannot be accepted");
                tokio::time::sleep(ACCEPT_AGAIN).await;
                continue;
            }
        };
        let answer = Arc::clone(&answer);
        let service = service_fn(move |mut request: Request<Incoming>| {
            let answer = Arc::clone(&answer);
            request.extensions_mut().insert(SourceAddress(peer.ip()));
            async move { Ok::<_, Infallible>(handle(&answer, request).await) }
        });
        let connection = server
            .serve_connection(TokioIo::new(stream), service)
            .into_owned();
        let connection = connections.watch(connection);
        #[expect(
            clippy::disallowed_methods,
            reason = "this is a server and no function"
        )]
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = %error, "a connection ended early");
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(grace, connections.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("a connection did not end and is cut");
    }
    Ok(())
}

async fn handle(answer: &Answer, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, REQUEST_BYTES_MAX).collect().await else {
        let mut response = Response::new(Full::default());
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        return response;
    };
    let answering = answer(Request::from_parts(parts, body.to_bytes()));
    #[expect(
        clippy::disallowed_methods,
        reason = "a function that was begun ends, even if nobody waits for its answer"
    )]
    let answering = tokio::spawn(answering);
    answering.await.map_or_else(
        |error| {
            tracing::error!(error = %error, "a request was not answered");
            let mut response = Response::new(Full::default());
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        },
        |response| response.map(Full::new),
    )
}
