//! The ports: what was begun is finished, and nobody who does nothing is waited for.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use local::server::{Answer, open, serve_with_grace};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// Nothing here takes so long.
const LONG: Duration = Duration::from_secs(30);

/// A server that answers with what `answer` makes, on a port of its own.
struct Server {
    port: u16,
    stop: watch::Sender<bool>,
    serving: BoxFuture<'static, anyhow::Result<()>>,
}

async fn server<F, R>(answer: F, grace: Duration) -> Server
where
    F: Fn(Request<Bytes>) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Response<Bytes>> + Send + 'static,
{
    let listener = open(0).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (stop, stopped) = watch::channel(false);
    let answer: Answer = Arc::new(move |request| Box::pin(answer(request)));
    Server {
        port,
        stop,
        serving: Box::pin(serve_with_grace(listener, answer, stopped, grace)),
    }
}

async fn hello(_: Request<Bytes>) -> Response<Bytes> {
    Response::new(Bytes::from_static(b"hello"))
}

async fn connect(port: u16) -> TcpStream {
    TcpStream::connect(("127.0.0.1", port)).await.unwrap()
}

/// Reads until `text` has come.
async fn read_to(stream: &mut TcpStream, text: &str) -> String {
    let mut read = Vec::new();
    while !String::from_utf8_lossy(&read).contains(text) {
        let mut part = [0; 1_024];
        let count = stream.read(&mut part).await.unwrap();
        assert!(count > 0, "it ends at {:?}", String::from_utf8_lossy(&read));
        read.extend_from_slice(&part[..count]);
    }
    String::from_utf8(read).unwrap()
}

/// Runs what a test does beside the server, bounded.
async fn beside<T>(
    serving: &mut BoxFuture<'static, anyhow::Result<()>>,
    does: impl Future<Output = T>,
) -> T {
    tokio::select! {
        _ = serving => panic!("the server ended"),
        done = timeout(LONG, does) => done.expect("it takes too long"),
    }
}

#[tokio::test]
async fn connections_that_do_nothing_end_at_once() {
    let Server {
        port,
        stop,
        mut serving,
    } = server(hello, LONG).await;
    let (mut silent, mut kept) = beside(&mut serving, async {
        let silent = connect(port).await;
        let mut kept = connect(port).await;
        kept.write_all(REQUEST).await.unwrap();
        let answer = read_to(&mut kept, "hello").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        (silent, kept)
    })
    .await;
    stop.send(true).unwrap();
    // Well before the server stops waiting for those who do something.
    let ended = timeout(LONG / 3, serving).await;
    ended.expect("the server does not end").unwrap();
    for stream in [&mut silent, &mut kept] {
        let mut rest = Vec::new();
        let end = timeout(LONG, stream.read_to_end(&mut rest)).await;
        assert!(end.is_ok() && rest.is_empty());
    }
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
}

/// What a function has come to, and may go on to.
#[derive(Clone)]
struct Steps {
    begun: Arc<Semaphore>,
    go: Arc<Semaphore>,
    done: Arc<Semaphore>,
}

impl Steps {
    fn new() -> Self {
        let [begun, go, done] = [(); 3].map(|()| Arc::new(Semaphore::new(0)));
        Self { begun, go, done }
    }

    async fn answer(self, request: Request<Bytes>) -> Response<Bytes> {
        self.begun.add_permits(1);
        pass(&self.go).await;
        self.done.add_permits(1);
        hello(request).await
    }
}

async fn pass(step: &Semaphore) {
    step.acquire().await.unwrap().forget();
}

#[tokio::test]
async fn what_was_begun_is_finished() {
    let steps = Steps::new();
    let Server {
        port,
        stop,
        mut serving,
    } = {
        let steps = steps.clone();
        server(move |request| steps.clone().answer(request), LONG).await
    };
    let mut stream = beside(&mut serving, async {
        let mut stream = connect(port).await;
        stream.write_all(REQUEST).await.unwrap();
        pass(&steps.begun).await;
        stream
    })
    .await;
    stop.send(true).unwrap();
    let answered = async {
        steps.go.add_permits(1);
        read_to(&mut stream, "hello").await
    };
    let both = async { tokio::join!(serving, answered) };
    let (served, answer) = timeout(LONG, both).await.unwrap();
    served.unwrap();
    assert!(answer.contains("200 OK"), "{answer}");
}

#[tokio::test]
async fn a_function_that_was_begun_ends_even_if_nobody_waits_for_its_answer() {
    let steps = Steps::new();
    let Server {
        port,
        mut serving,
        stop: _stop,
    } = {
        let steps = steps.clone();
        server(move |request| steps.clone().answer(request), LONG).await
    };
    beside(&mut serving, async {
        let mut gone = connect(port).await;
        gone.write_all(REQUEST).await.unwrap();
        pass(&steps.begun).await;
        drop(gone);
        // That another one is answered shows that the server has seen the end of the first.
        let mut other = connect(port).await;
        other.write_all(REQUEST).await.unwrap();
        pass(&steps.begun).await;
        steps.go.add_permits(2);
        pass(&steps.done).await;
        pass(&steps.done).await;
        read_to(&mut other, "hello").await;
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_cannot_be_made_is_an_internal_error() {
    let panics = |_| async { panic!("on purpose") };
    let Server {
        port,
        mut serving,
        stop: _stop,
    } = server(panics, LONG).await;
    beside(&mut serving, async {
        let mut stream = connect(port).await;
        for _ in 0..2 {
            stream.write_all(REQUEST).await.unwrap();
            let answer = read_to(&mut stream, "\r\n\r\n").await;
            assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_request_that_never_ends_is_cut() {
    let Server {
        port,
        stop,
        mut serving,
    } = server(hello, Duration::ZERO).await;
    let mut stream = beside(&mut serving, async {
        // Half a request, on a connection that has had a whole one: the server knows of it.
        let mut stream = connect(port).await;
        stream.write_all(REQUEST).await.unwrap();
        read_to(&mut stream, "hello").await;
        let half = b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\nhalf";
        stream.write_all(half).await.unwrap();
        stream
    })
    .await;
    stop.send(true).unwrap();
    timeout(LONG, serving).await.unwrap().unwrap();
    drop(stream.shutdown().await);
}
