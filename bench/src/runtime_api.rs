//! Lambda's Runtime API for one process: it hands out events, takes answers, and tells when it was
//! asked. It must never know what the events are.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

/// How long a process may be silent; one that is counted takes its time.
const SILENCE_MAX: Duration = Duration::from_mins(2);

/// What a process asks for when it is ready.
const NEXT: &str = "GET /2018-06-01/runtime/invocation/next ";

/// What whoever told something is told.
const ACCEPTED: &str = "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n";

/// The API on a port of its own.
#[derive(Debug)]
pub struct RuntimeApi {
    address: String,
    requests: Receiver<Asked>,
    waiting: Option<Sender<Vec<u8>>>,
    number: u32,
}

/// A request of the process.
#[derive(Debug)]
struct Asked {
    at: Instant,
    line: String,
    body: Vec<u8>,
    reply: Sender<Vec<u8>>,
}

impl RuntimeApi {
    /// Opens a port.
    pub fn open() -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?.to_string();
        let (tell, requests) = channel();
        let _detached = std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let tell = tell.clone();
                // A process that is ended leaves its connections broken.
                let _detached = std::thread::spawn(move || read(&stream, &tell).is_ok());
            }
        });
        Ok(Self {
            address,
            requests,
            waiting: None,
            number: 0,
        })
    }

    /// Returns where it is, as `AWS_LAMBDA_RUNTIME_API` says it.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Waits until the process asks for an event. Returns when it did.
    pub fn asked(&mut self) -> anyhow::Result<Instant> {
        let asked = self.next()?;
        let told = String::from_utf8_lossy(&asked.body);
        ensure!(asked.line.starts_with(NEXT), "the process failed: {told}");
        self.waiting = Some(asked.reply);
        Ok(asked.at)
    }

    /// Hands out an event and waits for the answer. Returns how long it took, and the answer.
    pub fn invoke(&mut self, event: &[u8]) -> anyhow::Result<(Duration, Vec<u8>)> {
        if self.waiting.is_none() {
            self.asked()?;
        }
        self.number += 1;
        let number = self.number;
        let length = event.len();
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
             lambda-runtime-aws-request-id: request-{number}\r\n\
             lambda-runtime-deadline-ms: 32503680000000\r\n\
             lambda-runtime-invoked-function-arn: \
             arn:aws:lambda:eu-central-1:000000000000:function:bench\r\n\
             content-length: {length}\r\n\r\n"
        );
        let waiting = self.waiting.take().context("nobody waits")?;
        let begun = now();
        waiting.send([head.as_bytes(), event].concat())?;
        let answer = self.next()?;
        answer.reply.send(ACCEPTED.as_bytes().to_vec())?;
        let path = format!("POST /2018-06-01/runtime/invocation/request-{number}/response ");
        if !answer.line.starts_with(&path) {
            bail!("{}: {}", answer.line, String::from_utf8_lossy(&answer.body));
        }
        Ok((answer.at.duration_since(begun), answer.body))
    }

    fn next(&self) -> anyhow::Result<Asked> {
        let asked = self.requests.recv_timeout(SILENCE_MAX);
        asked.context("the process says nothing")
    }
}

/// Returns the instant.
#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
pub fn now() -> Instant {
    Instant::now()
}

/// Reads the requests of one connection, one after the other.
fn read(stream: &TcpStream, tell: &Sender<Asked>) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        ensure!(!line.is_empty(), "the connection ended");
        let at = now();
        let mut length = 0;
        let mut is_chunked = false;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            let header = header.trim().to_ascii_lowercase();
            match header.split_once(':') {
                Some(("content-length", value)) => length = value.trim().parse()?,
                Some(("transfer-encoding", _)) => is_chunked = true,
                Some(_) => {}
                None => break,
            }
        }
        let body = if is_chunked {
            chunks(&mut reader)?
        } else {
            exactly(&mut reader, length)?
        };
        let (reply, replied) = channel();
        tell.send(Asked {
            at,
            line,
            body,
            reply,
        })?;
        writer.write_all(&replied.recv()?)?;
    }
}

fn exactly(reader: &mut impl Read, length: usize) -> anyhow::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Reads a body in chunks (RFC 9112 §7.1) without trailers.
fn chunks(reader: &mut impl BufRead) -> anyhow::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut size = String::new();
        reader.read_line(&mut size)?;
        let size = usize::from_str_radix(size.trim(), 16)?;
        body.extend(exactly(reader, size)?);
        exactly(reader, 2)?;
        if size == 0 {
            return Ok(body);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::RuntimeApi;

    #[test]
    fn a_process_is_asked_and_answers() {
        let mut api = RuntimeApi::open().unwrap();
        let address = api.address().to_owned();
        let process = std::thread::spawn(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            let next = b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nhost: a\r\n\r\n";
            stream.write_all(next).unwrap();
            let mut event = vec![0; 1_024];
            let length = stream.read(&mut event).unwrap();
            let event = String::from_utf8(event[..length].to_vec()).unwrap();
            assert!(event.ends_with("\r\n\r\n{}"), "{event}");
            let answer = "POST /2018-06-01/runtime/invocation/request-1/response HTTP/1.1\r\n\
                transfer-encoding: chunked\r\n\r\n2\r\n[]\r\n1\r\n!\r\n0\r\n\r\n";
            stream.write_all(answer.as_bytes()).unwrap();
            let mut accepted = [0; 12];
            stream.read_exact(&mut accepted).unwrap();
        });
        api.asked().unwrap();
        assert_eq!(api.invoke(b"{}").unwrap().1, b"[]!");
        process.join().unwrap();
    }
}
